from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.evaluation.gate import GateError, read_gate
from assistant.evaluation.runs import Run
from assistant.evaluation.summaries import summarise
from tests.assistant.evaluation.examples import CONFIGURATION, NO_ANSWER, ROW, asked

RUN = Run(
    id="0123456789ab",
    label="quote",
    data_set="rows.jsonl",
    rows_hash="",
    configuration=CONFIGURATION,
    state="done",
    total=2,
    done=2,
    summary=summarise([asked(ROW), asked(NO_ANSWER)]),
    created_at=datetime(2026, 11, 25, tzinfo=UTC),
    finished_at=None,
)


def misses(tmp_path: Path, text: str, run: Run = RUN) -> list[str]:
    path = tmp_path / "metrics.toml"
    path.write_text(text, encoding="utf-8")
    return read_gate(path).misses(run)


def test_a_run_that_keeps_every_bound_passes(tmp_path: Path) -> None:
    text = (
        "rows = 2\n[floors]\ngives_gold = 1\n[ceilings]\nfalse_answers = 1.0\n[slices.money.floors]\ngives_gold = 1.0"
    )
    assert misses(tmp_path, text) == []


def test_each_miss_is_a_sentence(tmp_path: Path) -> None:
    text = (
        "rows = 3\n[floors]\nquote_mrr = 0.6\n[ceilings]\nfalse_answers = 0.5\n"
        "[slices.money.floors]\nexact_match = 0.1\n[slices.gone.floors]\nexact_match = 0.0"
    )
    assert misses(tmp_path, text) == [
        "2 rows were asked: at least 3 are wanted.",
        "quote_mrr is 0.500: at least 0.6 is wanted.",
        "false_answers is 1.000: at most 0.5 is wanted.",
        "exact_match of the rows with the tag “money” is 0.000: at least 0.1 is wanted.",
        "exact_match of the rows with the tag “gone” was not measured.",
    ]


def test_a_run_that_is_not_done_does_not_pass(tmp_path: Path) -> None:
    cancelled = replace(RUN, state="cancelled", summary=None, done=1)
    assert misses(tmp_path, "", cancelled) == ["The run is cancelled: 1 of 2 rows are asked."]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[floors", "is not TOML"),
        ("[floors]\ngives_golds = 0.5", "the nearest is “gives_gold”"),
        ("[floors]\ngives_gold = 'high'", "no number"),
        ("[floors]\ngives_gold = nan", "no number"),
        ("[floor]\ngives_gold = 0.5", "floors and ceilings"),
        ("floors = 3", "no table"),
        ("rows = true", "a number"),
        ("[slices]\nmoney = 3", "slices.money"),
    ],
)
def test_a_file_that_is_no_gate_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(GateError, match=said):
        misses(tmp_path, text)
