from dataclasses import replace

import pytest

from assistant.desk import Desk
from assistant.improvement.errors import ImprovementError
from assistant.improvement.progress import Progress
from assistant.improvement.quantisations import Quantisations, Quantised
from models.packaged import TAUGHT, UNTOUCHED
from models.tuning import KINDS
from tests.assistant.improvement.conftest import TINY, order

WHOLE = Quantised(
    kind="F16", bytes=400, read_rate=90, write_rate=30, top_1=1, kl=0, answer_f1=0.5, decision_accuracy=0.9
)


def test_all_are_measured_once_and_one_is_recommended(lab: Desk) -> None:
    lab.improvement.train(order())
    assert lab.improvement.quantisations("team-1") is None
    told: list[Progress] = []
    table = lab.improvement.compare_quantisations("team-1", rows=3, tell=told.append)
    assert [one.kind for one in table.kinds] == ["F16", *KINDS]
    assert table.rows == 3
    whole, sizes = table.kinds[0], [one.bytes for one in table.kinds]
    assert sizes == sorted(sizes, reverse=True)
    assert whole.top_1 == 1
    assert whole.kl < 1e-6
    divergences = {one.kind: one.kl for one in table.kinds}
    assert 0 < divergences["Q8_0"] < divergences["Q4_0"]
    assert all(one.read_rate > 0 and one.write_rate > 0 for one in table.kinds)
    assert {event.stage for event in told} >= {"asking F16", "quantising to Q4_0", "asking Q4_0"}

    told.clear()
    assert lab.improvement.compare_quantisations("team-1", rows=3, tell=told.append) == table
    assert not [event for event in told if event.stage.startswith("asking")]
    assert lab.improvement.quantisations("team-1") == table
    assert [entry.card.name for entry in lab.registry.entries()] == [UNTOUCHED, TAUGHT, "team-1", TINY]


def test_what_was_not_made_here_cannot_be_compared(lab: Desk) -> None:
    assert lab.improvement.quantisations(TINY) is None
    with pytest.raises(ImprovementError, match="was not made here"):
        lab.improvement.compare_quantisations(TINY)


def test_the_smallest_that_keeps_nearly_all_is_recommended() -> None:
    good = replace(WHOLE, kind="Q8_0", bytes=200, answer_f1=0.495)
    poor = replace(WHOLE, kind="Q4_0", bytes=100, answer_f1=0.4)
    table = Quantisations(rows=30, kinds=(WHOLE, good, poor))
    assert table.recommended == good
    assert "keeps 99% of F16's F1 on 30 rows" in table.says
    assert "Q4_0 80%" in table.says
    assert Quantisations(rows=30, kinds=(WHOLE, poor)).recommended == WHOLE
    refuses = replace(good, decision_accuracy=0.7)
    assert Quantisations(rows=30, kinds=(WHOLE, refuses)).recommended == WHOLE
    silent = replace(WHOLE, answer_f1=0.0)
    assert "nothing can be said" in Quantisations(rows=30, kinds=(silent, replace(silent, kind="Q8_0"))).says
    assert Quantisations.from_json(table.to_json()) == table
