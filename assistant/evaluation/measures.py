"""Every measure: its name, and what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assistant.evaluation.ranking import LEVELS, Level

Group = Literal["retrieval", "answer", "support", "decision", "judge", "speed", "cost"]
Values = Mapping[str, float | None]
"""By the measure's name; None where the row has nothing to measure by."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is measured of rows, or of a run."""

    name: str
    label: str
    """In a table's head."""
    group: Group
    about: str
    """One sentence."""
    lower_is_better: bool = False
    unit: Literal["", "s", "tokens", "money", "points"] = ""
    """Without one it is a share, 0 to 1 (a similarity can be below 0)."""
    of_run: bool = False
    """Whether it is of a whole run: single rows have no value."""


def _of_level(level: Level) -> list[Measure]:
    what = {"document": "document", "page": "page", "quote": "quoted passage"}[level]
    return [
        *(
            Measure(
                name=f"{level}_recall_{k}",
                label=f"{level} recall@{k}",
                group="retrieval",
                about=f"Share of the sources that the first {k} hold, by {what}.",
            )
            for k in (1, 5, 10)
        ),
        Measure(
            name=f"{level}_mrr",
            label=f"{level} MRR",
            group="retrieval",
            about=f"1 over the rank of the first {what} that holds a source, 0 without one among ten.",
        ),
        Measure(
            name=f"{level}_ndcg_10",
            label=f"{level} nDCG@10",
            group="retrieval",
            about=f"Normalised discounted cumulative gain of the first ten, by {what}.",
        ),
    ]


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *(measure for level in LEVELS for measure in _of_level(level)),
        Measure(
            name="quote_share_5",
            label="quote share@5",
            group="retrieval",
            about="Share of the sources' quotes, in words, that stands in the first five passages.",
        ),
        Measure(
            name="exact_match",
            label="exact match",
            group="answer",
            about="Share of answers that are an expected one but for case, punctuation and articles.",
        ),
        Measure(
            name="answer_f1",
            label="answer F1",
            group="answer",
            about="Words that answer and expected answer have in common: harmonic mean of the two shares.",
        ),
        Measure(
            name="rouge_l",
            label="ROUGE-L",
            group="answer",
            about="F-measure of the longest common subsequence of words with the expected answer.",
        ),
        Measure(
            name="summary_rouge_l",
            label="summary ROUGE-L",
            group="answer",
            about="F-measure of the longest common subsequence of words with the nearest expected summary.",
        ),
        Measure(
            name="contains_gold",
            label="contains answer",
            group="answer",
            about="Share of answers that hold an expected one word for word.",
        ),
        Measure(
            name="gives_gold",
            label="gives answer",
            group="answer",
            about="Share of answers that hold an expected one word for word or, of a long one, half of its words.",
        ),
        Measure(
            name="first_quote_gives_gold",
            label="first quote gives it",
            group="answer",
            about="Share of rows whose first quote, as it is shown, gives an expected answer.",
        ),
        Measure(
            name="best_sentence_gives_gold",
            label="best sentence gives it",
            group="answer",
            about="Share of rows whose single best sentence gives an expected answer.",
        ),
        Measure(
            name="similarity",
            label="similarity",
            group="answer",
            about="Cosine of the embeddings of the answer and of the nearest expected one.",
        ),
        Measure(
            name="groundedness",
            label="groundedness",
            group="support",
            about="Share of the answer's sentences that a passage supports.",
        ),
        Measure(
            name="summary_support",
            label="summary support",
            group="support",
            about="Share of a summary's sentences that a passage supports.",
        ),
        Measure(
            name="citation_precision",
            label="citation precision",
            group="support",
            about="Share of the answer's citations that support their sentence.",
        ),
        Measure(
            name="citation_recall",
            label="citation recall",
            group="support",
            about="Share of the answer's sentences that a passage which they cite supports.",
        ),
        Measure(
            name="source_precision",
            label="cited sources, precision",
            group="support",
            about="Share of the cited passages that hold an expected source.",
        ),
        Measure(
            name="source_recall",
            label="cited sources, recall",
            group="support",
            about="Share of the expected sources that a cited passage holds.",
        ),
        Measure(
            name="decision_accuracy",
            label="right decisions",
            group="decision",
            about="Share of rows answered that can be, or not answered that cannot.",
        ),
        Measure(
            name="false_refusals",
            label="false refusals",
            group="decision",
            about="Share of the answerable rows that were not answered.",
            lower_is_better=True,
        ),
        Measure(
            name="false_answers",
            label="false answers",
            group="decision",
            about="Share of the rows without an answer that were answered all the same.",
            lower_is_better=True,
        ),
        Measure(
            name="confidence_auroc",
            label="confidence AUROC",
            group="decision",
            about="Probability that the confidence is higher in a row with an answer than in one without.",
            of_run=True,
        ),
        Measure(
            name="risk_area",
            label="risk–coverage area",
            group="decision",
            about="Mean share of wrong answers when only the surest are given, over all shares of them.",
            lower_is_better=True,
            of_run=True,
        ),
        Measure(
            name="stopped",
            label="stopped",
            group="decision",
            about="Share of rows that a rail stopped.",
            lower_is_better=True,
        ),
        Measure(
            name="errors",
            label="errors",
            group="decision",
            about="Share of rows whose model failed, so that the quotes were the answer.",
            lower_is_better=True,
        ),
        *(
            Measure(
                name=name,
                label=label,
                group="speed",
                about=f"Mean seconds {until}.",
                lower_is_better=True,
                unit="s",
            )
            for name, label, until in (
                ("retrieve_s", "passages after (s)", "from the question until the passages are there"),
                ("quote_s", "quotes after (s)", "from the question until the quotes are there"),
                ("first_token_s", "first token after (s)", "from the question until a model's first word"),
                ("total_s", "whole turn (s)", "of the whole turn"),
                ("summary_s", "whole summary (s)", "of a whole summary"),
            )
        ),
        *(
            Measure(
                name=f"total_s_p{q}",
                label=f"whole turn, p{q} (s)",
                group="speed",
                about=f"Seconds within which {q}% of the turns end.",
                lower_is_better=True,
                unit="s",
                of_run=True,
            )
            for q in (50, 95)
        ),
        Measure(
            name="prompt_tokens",
            label="tokens read",
            group="cost",
            about="Mean tokens of the prompt.",
            lower_is_better=True,
            unit="tokens",
        ),
        Measure(
            name="completion_tokens",
            label="tokens written",
            group="cost",
            about="Mean tokens of the answer.",
            lower_is_better=True,
            unit="tokens",
        ),
        Measure(
            name="cost",
            label="cost",
            group="cost",
            about="Mean cost of an answer, by the price table.",
            lower_is_better=True,
            unit="money",
        ),
        *(
            Measure(
                name=f"judged_{rubric}",
                label=f"judged {rubric}",
                group="judge",
                about=f"Mean score for {rubric}, 1 to 5, by the judge.",
                unit="points",
            )
            for rubric in ("correctness", "faithfulness")
        ),
    )
}
"""By name, in the order in which people read them."""
