import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from assistant.data_sets.rows import GoldSource
from assistant.evaluation.comparison import compare_runs
from assistant.evaluation.export import Exported
from assistant.evaluation.report import comparison_report, run_report, write_report
from assistant.evaluation.report.report import marked, verdict
from assistant.evaluation.results import Hit
from assistant.evaluation.runs import Run, UnknownRun
from assistant.evaluation.summaries import Asked, summarise
from models.backend import Message
from tests.assistant.evaluation.examples import ABSTAINED, CONFIGURATION, NO_ANSWER, ROW, asked, result

HOSTILE = (
    "</pre></details><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>{{ 7*7 }}\" onload='x"
)


def exported(rows: list[Asked], *, label: str = "quote") -> Exported:
    run = Run(
        id="0123456789ab",
        label=label,
        data_set="rows.jsonl",
        rows_hash="",
        configuration=CONFIGURATION,
        state="done",
        total=len(rows),
        done=len(rows),
        summary=summarise(rows),
        created_at=datetime(2026, 11, 25, tzinfo=UTC),
        finished_at=None,
    )
    return Exported(run=run, asked=rows)


def _hostile(text: str) -> Asked:
    row = replace(
        ROW,
        id=text,
        question=text,
        answers=(text,),
        sources=(GoldSource(document=text, quote=text),),
        history=(Message(role="user", content=text),),
        tags=(text,),
    )
    kept = result(
        answer=text, error=text, searched=text, passages=(Hit(document=text, text=text, score=1, heading=text),)
    )
    return Asked.of(row, kept)


def test_a_report_is_whole_and_asks_nobody_for_anything() -> None:
    page = run_report([exported([asked(ROW), asked(NO_ANSWER, **ABSTAINED)])])
    tree = html.fromstring(page)
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]
    assert tree.xpath("//script | //link | //img | //iframe | //@src | //@href") == []
    assert not re.search(r"url\(|@import", page)
    for said in ("What is paid for the duty phone?", "The allowance is £165 for the week.", "handbook.pdf, page 3"):
        assert said in tree.text_content()
    assert len(tree.xpath("//details[contains(@class, 'row')]")) == 2
    assert "The documents do not answer this." in tree.text_content()


@pytest.mark.parametrize("text", [HOSTILE, "\x00\x08", "a & b < c", "]]>", "‮abc"])
def test_what_documents_and_models_say_is_text_and_nothing_else(text: str) -> None:
    rows = [_hostile(text)]
    plain = html.fromstring(run_report([exported([asked(ROW)], label="quote")]))
    for page in (
        run_report([exported(rows, label=text)]),
        comparison_report(
            exported(rows), exported([asked(replace(rows[0].row))]), compare_runs(rows, [asked(rows[0].row)])
        ),
    ):
        tree = html.fromstring(page)
        assert tree.xpath("//script | //img | //@onerror | //@onload | //@src") == []
        assert {element.tag for element in tree.iter() if isinstance(element.tag, str)} <= {
            *(element.tag for element in plain.iter() if isinstance(element.tag, str)),
            *("mark", "h4", "b", "th", "br"),
        }
        assert text != HOSTILE or HOSTILE in tree.text_content()


@given(st.text(st.characters(codec="utf-8"), max_size=30))
@settings(max_examples=15, deadline=None)
def test_any_text_can_be_reported(text: str) -> None:
    run_report([exported([_hostile(text or "?")])]).encode()


def test_two_runs_are_compared() -> None:
    first = [asked(replace(ROW, id=str(at))) for at in range(8)]
    second = [asked(replace(ROW, id=str(at)), **ABSTAINED) for at in range(8)]
    alone = comparison_report(exported(first, label="one"), exported(second, label="two"), compare_runs(first, second))
    together = run_report([exported(first, label="one"), exported(second, label="two")])
    for page in (alone, together):
        text = html.fromstring(page).text_content()
        assert "one → two" in text
        assert "8 rows changed" in text
        assert "not answered any more" in text


def test_how_a_row_came_out_is_one_word() -> None:
    assert verdict(asked(ROW)) == "right"
    assert verdict(asked(ROW, answer="Nothing is paid.")) == "wrong"
    assert verdict(asked(ROW, **ABSTAINED)) == "refused"
    assert verdict(asked(ROW, error="It broke.")) == "failed"
    assert verdict(asked(ROW, stop_reason="No.", stopped_by="secrets")) == "stopped"
    assert verdict(asked(NO_ANSWER)) == "false answer"
    assert verdict(asked(NO_ANSWER, **ABSTAINED)) == "right"
    assert verdict(asked(replace(ROW, answers=()))) == "right"
    assert verdict(asked(replace(ROW, answers=()), citations=())) == "wrong"
    assert verdict(asked(replace(ROW, answers=(), sources=()))) == "answered"
    assert verdict(asked(ROW, answer=None)) == "searched"


def test_an_answer_in_pieces_is_the_answer() -> None:
    kept = result()
    pieces = list(marked(kept))
    assert "".join(text for text, _ in pieces) == kept.answer
    assert [judgement is not None for _, judgement in pieces] == [True, False]


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnknownRun, match="cannot be written"):
        write_report(tmp_path / "nowhere" / "report.html", "")
