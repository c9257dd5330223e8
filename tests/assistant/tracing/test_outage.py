from pathlib import Path

import pytest

from tests.assistant.tracing.outage import Outage

TURNS = 30


@pytest.mark.timeout(300)
def test_whoever_is_killed_and_whatever_breaks_langfuse_has_it_all_in_the_end_and_once(home: Path) -> None:
    outage = Outage(home=home, turns=TURNS)
    outage.run()
    assert outage.differences() == []
    assert outage.kills >= 3
    assert len(outage.langfuse.traces) >= TURNS
    assert outage.scores
    assert len(outage.faults) >= 5
