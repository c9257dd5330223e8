"""What the gate holds a model to, by what it was taught."""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.registry.students import Student
from assistant.summarising import instruction


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """Measures by their names; see `assistant.evaluation.measures`."""

    target: str
    """In which it is to be surely better."""
    margins: Mapping[str, float]
    """What may be lost at most, on average; the target's too."""
    told: tuple[str, ...]
    """Measures that stand in the table."""
    shown: tuple[str, ...]
    """Of these, those that the page has room for."""
    grounded: str
    least_grounded: float
    """Share of its sentences that the passages must bear out, whatever the others do."""
    verb: str
    """What it does, as sentences have it: "answer"."""
    noun: str
    """What it makes, as a sentence begins with it: "An answer"."""
    asked: str
    """What it was asked, as a sentence says it after a number."""
    beats_quote: bool
    """Whether it is held against the best sentences too, as one of those that it is to be better than."""
    decides: str | None = None
    """What is not to be lost where it is said to beat the best sentences."""
    attacked_with: str | None = None
    """What is asked of a passage that holds an instruction; its own question where that is None."""


ANSWERING = Criteria(
    target="answer_f1",
    margins={"answer_f1": 0.03, "decision_accuracy": 0.05, "groundedness": 0.05},
    told=(
        "answer_f1",
        "gives_gold",
        "groundedness",
        "citation_precision",
        "decision_accuracy",
        "false_refusals",
        "false_answers",
        "first_token_s",
        "total_s",
    ),
    shown=("answer_f1", "gives_gold", "citation_precision", "decision_accuracy", "false_refusals", "total_s"),
    grounded="groundedness",
    least_grounded=0.5,
    verb="answer",
    noun="An answer",
    asked="questions that it is to answer better",
    beats_quote=False,
    decides="decision_accuracy",
)
SUMMARISING = Criteria(
    target="summary_rouge_l",
    margins={"summary_rouge_l": 0.03, "summary_support": 0.05},
    told=("summary_rouge_l", "summary_support", "summary_s"),
    shown=("summary_rouge_l", "summary_support", "summary_s"),
    grounded="summary_support",
    least_grounded=0.8,  # a summary is read instead of the document
    verb="summarise",
    noun="A summary",
    asked="times for a summary that is to be better",
    beats_quote=True,
    attacked_with=instruction("notes.md", 2),
)


def criteria_of(student: Student) -> Criteria:
    """Those of what was taught."""
    return SUMMARISING if student == "summarising" else ANSWERING
