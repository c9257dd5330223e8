"""The measures of a row, from the row and what came back for it alone."""

from collections.abc import Sequence

from assistant.citations import without_citations
from assistant.data_sets.rows import Row
from assistant.evaluation import answers
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.ranking import LEVELS, quote_share, rank
from assistant.evaluation.results import Result

_LONG = 12
"""Words from which an expected answer counts as given when half of them are there: nobody words it the same."""


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
