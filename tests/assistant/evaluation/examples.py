"""Rows, and what comes back for them, made up by hand."""

from typing import Any

from assistant.data_sets.rows import GoldSource, Row
from assistant.evaluation.configuration import Configuration
from assistant.evaluation.results import Hit, Result, Said
from assistant.evaluation.summaries import Asked
from assistant.events import Citation, Span, Timings, Tokens
from assistant.support import Judgement

ROW = Row(
    id="duty",
    question="What is paid for the duty phone?",
    answers=("£165", "165 pounds"),
    sources=(GoldSource(document="handbook.pdf", page=3, quote="The allowance is £165 for the week."),),
    tags=("money",),
)
NO_ANSWER = Row(id="pin", question="What is the PIN?", answerable=False, tags=("unanswerable",))
CONFIGURATION = Configuration(prompt="quote@1", settings={"retrieval": {"passages": 8}})


def result(**changes: Any) -> Result:
    """A right and cited answer to `ROW`."""
    text = "The allowance is £165 for the week."
    right = {
        "searched": ROW.question,
        "passages": (
            Hit(document="other.md", text="Nothing of it.", score=0.9, n=1),
            Hit(document="handbook.pdf", text=f"Before. {text} After.", page=3, score=0.8, n=2),
        ),
        "answer": f"{text} [2]",
        "confidence": 0.9,
        "quotes": (Said(n=2, document="handbook.pdf", page=3, text=text, sentence=text, header="", score=0.9),),
        "citations": (Citation(n=2, document="handbook.pdf", page=3, quote=text),),
        "judgements": (
            Judgement(span=Span(start=0, end=len(text)), supporting=(2,), score=1.0, reason="it is there", cited=(2,)),
        ),
        "similarity": 0.5,
        "prompt": "quote",
        "timings": Timings(retrieve_s=0.02, quote_s=0.05, first_token_s=None, total_s=0.06),
        "stages": {"retrieve": 0.02},
        "tokens": Tokens(),
    }
    return Result(**{**right, **changes})


ABSTAINED: dict[str, Any] = {
    "answer": "Not in the documents.",
    "abstained": True,
    "confidence": 0.1,
    "quotes": (),
    "citations": (),
    "judgements": (),
    "similarity": None,
}


def asked(row: Row = ROW, **changes: Any) -> Asked:
    """The row with a result."""
    return Asked.of(row, result(**changes))
