"""Every measure of a row: its name, what it means, and its value from the row and what came back for it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.citations import without_citations
from assistant.evaluation import answers
from assistant.evaluation.ranking import LEVELS, Level, quote_share, rank
from assistant.evaluation.results import Result
from assistant.evaluation.rows import Row

Group = Literal["retrieval", "answer", "support", "decision", "judge", "speed", "cost"]
Values = Mapping[str, float | None]
"""By the measure's name; None where the row has nothing to measure by."""

_LONG = 12
"""Words from which an expected answer counts as given when half of them are there: nobody words it the same."""


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


def measures_of(row: Row, result: Result) -> dict[str, float | None]:
    """All measures of a row that are of rows, by name."""
    values: dict[str, float | None] = dict.fromkeys(name for name, one in MEASURES.items() if not one.of_run)
    if row.is_summary:
        return values | _summary(row, result)
    values |= _retrieval(row, result)
    if result.timings is not None:
        times = ("retrieve_s", "quote_s", "first_token_s", "total_s")
        values |= {name: getattr(result.timings, name) or None for name in times}  # 0: the turn ended before
    if result.answer is None:
        return values
    values |= _decision(row, result) | _support(row, result)
    if row.answerable and row.answers:
        values |= _answer(row.answers, result)
    if result.timings is not None and result.timings.first_token_s is not None:
        values["prompt_tokens"], values["completion_tokens"] = result.tokens.prompt, result.tokens.completion
    values["cost"] = result.cost
    values |= {f"judged_{opinion.rubric.partition('@')[0]}": opinion.score for opinion in result.opinions}
    return values


def loss(row: Row, result: Result) -> float:
    """1 for an answer that is wrong, or where there is none in the documents; else 0.

    A row without expected answers is right when a cited passage holds one of its sources, or when it has none of
    these either.
    """
    if not row.answerable or result.abstained or result.stop_reason is not None:
        return 1.0
    if row.answers:
        return 1.0 - gives_gold(bare_answer(result), row.answers)
    return 1.0 - float(bool(answers.cited_source_recall(result.cited(), row.sources) != 0))


def gives_gold(answer: str, golds: Sequence[str]) -> float:
    """1 when the answer holds one of `golds` word for word or, of one of twelve words or more, half of its words."""
    if answers.contains_gold(answer, golds):
        return 1.0
    said = set(answers.normalised(answer).split())
    long = [words for gold in golds if len(words := answers.normalised(gold).split()) >= _LONG]
    return float(any(sum(word in said for word in words) * 2 >= len(words) for words in long))


def bare_answer(result: Result) -> str:
    """The answer without its citations; empty where it says that there is none."""
    if result.abstained or result.stop_reason is not None:
        return ""
    return without_citations(result.answer or "")


def _retrieval(row: Row, result: Result) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for level in LEVELS:
        if not any(level == "document" or getattr(source, level) for source in row.sources):
            continue  # the row does not say where, at this level
        ranking = rank(result.passages, row.sources, level)
        values |= {f"{level}_recall_{k}": ranking.recall(k) for k in (1, 5, 10)}
        values |= {f"{level}_mrr": ranking.reciprocal_rank(), f"{level}_ndcg_10": ranking.ndcg(10)}
    quoted = [source for source in row.sources if source.quote]
    if quoted:
        values["quote_share_5"] = sum(quote_share(result.passages[:5], source) for source in quoted) / len(quoted)
    return values


def _answer(golds: Sequence[str], result: Result) -> dict[str, float | None]:
    answer = bare_answer(result)
    first = result.quotes[0] if result.quotes and result.stop_reason is None else None
    return {
        "exact_match": answers.exact_match(answer, golds),
        "answer_f1": answers.token_f1(answer, golds),
        "rouge_l": answers.rouge_l(answer, golds),
        "contains_gold": answers.contains_gold(answer, golds),
        "gives_gold": gives_gold(answer, golds),
        "first_quote_gives_gold": gives_gold(f"{first.header} {first.text}", golds) if first else 0.0,
        "best_sentence_gives_gold": gives_gold(f"{first.header} {first.sentence}", golds) if first else 0.0,
        "similarity": result.similarity if answer else 0.0,
    }


def _summary(row: Row, result: Result) -> dict[str, float | None]:
    """Under names of their own: a summary and an answer have no mean."""
    stopped = result.stop_reason is not None
    said = bare_answer(result)
    return {
        "summary_rouge_l": answers.rouge_l(said, row.answers) if row.answers else None,
        "summary_support": answers.groundedness(result.judgements) if said else None,
        "summary_s": result.timings.total_s if result.timings else None,
        "stopped": float(stopped),
        "errors": float(result.error is not None),
        "cost": result.cost,
    }


def _support(row: Row, result: Result) -> dict[str, float | None]:
    if result.abstained or result.stop_reason is not None:
        return {}
    cited = result.cited()
    has_sources = row.answerable and bool(row.sources)
    return {
        "groundedness": answers.groundedness(result.judgements),
        "citation_precision": answers.citation_precision(result.judgements),
        "citation_recall": answers.citation_recall(result.judgements),
        "source_precision": answers.cited_source_precision(cited, row.sources) if has_sources else None,
        "source_recall": answers.cited_source_recall(cited, row.sources) if has_sources else None,
    }


def _decision(row: Row, result: Result) -> dict[str, float | None]:
    refused = result.abstained or result.stop_reason is not None
    return {
        "decision_accuracy": float(row.answerable != refused),
        "false_refusals": float(refused) if row.answerable else None,
        "false_answers": None if row.answerable else float(not refused),
        "stopped": float(result.stop_reason is not None),
        "errors": float(result.error is not None),
    }
