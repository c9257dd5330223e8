"""The gate: whether search with new vectors is better than with the old ones, on rows that neither has learnt from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.data_sets.rows import Row
from assistant.evaluation.ranking import Level, Ranked, Ranking, rank
from assistant.evaluation.statistics import Comparison, compare
from assistant.retrieval import Retriever
from ingest.catalogue import Passage

_K = 10
_MARGIN = 0.01
"""Of nDCG@10: what may be lost at worst, by the interval's lower end, and what a guard may fall by."""


@dataclass(frozen=True, kw_only=True)
class RowSet:
    """Rows to compare by, and where what answers them is looked for."""

    name: str
    rows: Sequence[Row]
    collections: tuple[str, ...] = ()
    """Empty: in all."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the new vectors may take the place of the old ones."""

    accepted: bool
    says: str
    """In a sentence or two, for people."""
    comparisons: Mapping[str, Comparison]
    """Of nDCG@10, by the set's name."""

    def as_json(self) -> dict[str, Any]:
        """For scripts and the card."""
        return {
            "accepted": self.accepted,
            "says": self.says,
            "ndcg@10": {
                name: {**vars(each.difference), "p": each.p, "better": each.better, "worse": each.worse}
                for name, each in self.comparisons.items()
            },
        }


def judge(
    old: Retriever,
    new: Retriever,
    held_out: RowSet,
    guards: Sequence[RowSet] = (),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Compare whole searches, as they are served, by nDCG@10 of each row (paired).

    The new vectors pass when they find more on the held-out rows and may not, by the interval's lower end, be worse by
    more than a margin, and when no guard has fallen. Too few rows to tell is no pass.
    """
    sets = [held_out, *guards]
    total, done = 2 * sum(len(each.rows) for each in sets), 0

    def scores(retriever: Retriever, of: RowSet) -> dict[str, float]:
        nonlocal done
        found = {}
        for row in of.rows:
            if row.answerable and row.sources:
                found[row.id] = ranking(
                    retriever.search(row.question, k=_K, collections=of.collections).passages, row
                ).ndcg(_K)
            done += 1
            if progress is not None:
                progress(done, total)
        return found

    comparisons = {each.name: compare(scores(old, each), scores(new, each)) for each in sets}
    accepted, says = _decide(comparisons[held_out.name], {guard.name: comparisons[guard.name] for guard in guards})
    return Verdict(accepted=accepted, says=says, comparisons=comparisons)


def ranking(passages: Sequence[Passage], row: Row) -> Ranking:
    """A search for a row, judged by quote where the row has one, else by page and document."""
    level: Level = "quote" if any(source.quote for source in row.sources) else "page"
    return rank([ranked(passage) for passage in passages], row.sources, level)


def ranked(passage: Passage) -> Ranked:
    """A passage as measures see it."""
    pages = [page for _, page in passage.page_starts]
    return Ranked(
        document=passage.document, text=passage.text, page=passage.page, last_page=pages[-1] if pages else None
    )


def _decide(held_out: Comparison, guards: Mapping[str, Comparison]) -> tuple[bool, str]:
    gain, figures = held_out.difference, _figures(held_out)
    if not gain.rows:
        return False, "There are no held-out rows to compare by, so the old model stays."
    for name, guard in guards.items():
        lost = guard.difference
        if lost.rows and (lost.value < -_MARGIN or (guard.is_significant and lost.value < 0)):
            return False, f"The new model finds less on “{name}” ({_figures(guard)}), so the old one stays."
    if gain.value <= 0:
        return False, f"The new model finds no more than the old one ({figures}), which therefore stays."
    if gain.low < -_MARGIN:
        return False, f"The new model may be worse by more than {_MARGIN} ({figures}), so the old one stays."
    guarded = [f"“{name}”" for name, guard in guards.items() if guard.difference.rows]
    unfallen = f", and {' and '.join(guarded)} did not fall" if guarded else ""
    return True, f"The new model finds more ({figures}){unfallen}."


def _figures(comparison: Comparison) -> str:
    gain = comparison.difference
    return (
        f"nDCG@10 {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] on {gain.rows} rows, "
        f"{comparison.better} better and {comparison.worse} worse"
    )
