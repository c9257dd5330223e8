from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.diagnosis import FAULTS, Fault, Place
from assistant.diagnosis.evidence import Evidence
from assistant.diagnosis.rules import checks_of, fault_of
from assistant.feedback import REASONS

RIGHT = Place(document="handbook.pdf", page=2, quote="It is £165.", rank=1)
FOUND: dict[str, Any] = {"right": RIGHT, "confidence": 0.8, "many": 8}
WRITTEN: dict[str, Any] = {**FOUND, "by_model": True, "shown": True, "used": True}


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (Evidence(rail="jailbreak", reasons=("tone",)), "stopped-by-a-rail"),
        (Evidence(), "not-on-the-desk"),
        (Evidence(abstained=True), "not-on-the-desk"),
        (Evidence(**FOUND), "not-retrieved"),
        (Evidence(**FOUND, abstained=True), "not-retrieved"),
        (Evidence(**FOUND, outside="minutes"), "not-retrieved"),
        (Evidence(**FOUND, shown=True, abstained=True), "wrongly-refused"),
        (Evidence(**FOUND, shown=True), "not-used"),
        (Evidence(**WRITTEN, unsupported=1, reasons=("tone",)), "unsupported"),
        (Evidence(**WRITTEN, reasons=("tone",)), "style"),
        (Evidence(**WRITTEN, reasons=("outdated",)), "outdated"),
        (Evidence(**WRITTEN, replaced="handbook.pdf"), "outdated"),
        (Evidence(**WRITTEN, reasons=("wrong",)), "misread"),
        (Evidence(**WRITTEN, holds_better=True, said=False), "misread"),
        (Evidence(**WRITTEN, holds_better=True, said=True), "unknown"),
        (Evidence(**WRITTEN, total_s=9, usual_s=3), "slow"),
        (Evidence(**WRITTEN, total_s=5, usual_s=3), "unknown"),
        (Evidence(**FOUND, shown=True, used=True, reasons=("incomplete",)), "unknown"),
    ],
)
def test_the_fault_is_the_one_to_put_right_first(evidence: Evidence, fault: Fault) -> None:
    assert fault_of(evidence, checks_of(evidence)) == fault


@pytest.mark.parametrize(
    ("confidence", "known", "fault"),
    [
        (0.5, {"shown": True, "abstained": True}, "wrongly-refused"),
        (0.3, {"shown": True, "abstained": True}, "not-on-the-desk"),
        (0.3, {"shown": True, "abstained": True, "reasons": ("should-have-answered",)}, "wrongly-refused"),
        (0.3, {"shown": True, "abstained": True, "holds_better": True}, "wrongly-refused"),
        (0.5, {"shown": True, "used": True}, "not-on-the-desk"),
        (0.3, {}, "not-retrieved"),
        (0.3, {"many": 0}, "not-on-the-desk"),
        (0.05, {"unsupported": 2}, "not-on-the-desk"),
        (0.3, {"shown": True, "unsupported": 2}, "unsupported"),
    ],
)
def test_how_sure_the_desk_has_to_be_depends_on_what_speaks_for_it(
    confidence: float, known: dict[str, Any], fault: Fault
) -> None:
    evidence = Evidence(**({"right": RIGHT, "many": 8, "confidence": confidence} | known))
    assert fault_of(evidence, checks_of(evidence)) == fault


evidences = st.builds(
    Evidence,
    reasons=st.lists(st.sampled_from(sorted(REASONS)), unique=True, max_size=3).map(tuple),
    abstained=st.booleans(),
    by_model=st.booleans(),
    unsupported=st.integers(0, 2),
    confidence=st.floats(0, 1),
    right=st.sampled_from([None, RIGHT]),
    shown=st.booleans(),
    used=st.booleans(),
    holds_better=st.booleans(),
    said=st.sampled_from([None, True, False]),
    many=st.sampled_from([0, 8]),
    replaced=st.sampled_from(["", "handbook.pdf"]),
    total_s=st.floats(0, 10),
    usual_s=st.sampled_from([None, 1.0]),
)


@given(evidences)
def test_every_fault_is_shown_by_a_check_or_said_by_the_person(evidence: Evidence) -> None:
    checks = checks_of(evidence)
    fault = fault_of(evidence, checks)
    assert fault in FAULTS
    assert (
        fault in {check.points_to for check in checks}
        or (fault == "unknown" and not any(check.points_to for check in checks))
        or evidence.reasons in (("tone",), ("too-slow",))
    )
