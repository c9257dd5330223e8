"""What documents, models and rows say is shown as text."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assistant.data_sets.rows import GoldSource, Row
from assistant.evaluation.results import Hit
from assistant.evaluation.summaries import Asked
from assistant.events import Citation
from models.backend import Message
from pages.evaluation.row import answer_html, expected_html, passages_html, question_html
from tests.assistant.evaluation.examples import result

HOSTILE = st.sampled_from(
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '" onmouseover="alert(1)', "</div>"]
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_becomes_markup(asked: str, found: str, answered: str) -> None:
    row = Row(
        id=asked,
        question=asked,
        answers=(asked,),
        sources=(GoldSource(document=found, quote=found),),
        history=(Message(role="user", content=asked),),
    )
    came_back = replace(
        result(answer=answered, judgements=(), stopped_by=found, stop_reason=found, error=found),
        searched=found,
        passages=(Hit(document=found, text=found, heading=found, score=1.0, n=1),),
        citations=(Citation(n=1, document=found, page=None, quote=found),),
    )
    one = Asked.of(row, came_back)
    shown = "".join([question_html(row), answer_html(one), expected_html(row), passages_html(one)])
    for text in (asked, found, answered):
        assert text == "</div>" or text not in shown
    assert shown.count("<div") == shown.count("</div>")
