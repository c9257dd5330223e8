from typing import Any

import pytest

from assistant.diagnosis import Fault
from assistant.diagnosis.evidence import Evidence
from assistant.diagnosis.rules import checks_of, fault_of

FOUND: dict[str, Any] = {"document": "handbook.pdf", "rank": 1}


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (Evidence(rail="jailbreak", reasons=("tone",)), "stopped-by-a-rail"),
        (Evidence(answerable=False), "not-on-the-desk"),
        (Evidence(answerable=False, abstained=True), "not-on-the-desk"),
        (Evidence(**FOUND), "not-retrieved"),
        (Evidence(**FOUND, abstained=True), "not-retrieved"),
        (Evidence(**FOUND, shown=True, abstained=True), "wrongly-refused"),
        (Evidence(**FOUND, shown=True), "not-used"),
        (Evidence(**FOUND, shown=True, used=True, unsupported=1, reasons=("tone",)), "unsupported"),
        (Evidence(**FOUND, shown=True, used=True, reasons=("tone",)), "style"),
        (Evidence(**FOUND, shown=True, used=True, total_s=9, usual_s=3), "slow"),
        (Evidence(**FOUND, shown=True, used=True, total_s=5, usual_s=3), "not-used"),
    ],
)
def test_the_fault_is_the_one_to_put_right_first(evidence: Evidence, fault: Fault) -> None:
    assert fault_of(evidence, checks_of(evidence)) == fault
