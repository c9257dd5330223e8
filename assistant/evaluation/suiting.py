"""Which rows a prompt is for: summaries are not asked for as answers are."""

from collections.abc import Sequence

from assistant.data_sets.rows import Row, RowsError
from assistant.prompts import QUOTE, SUMMARY


def suited(rows: Sequence[Row], prompt: str, *, retrieval_only: bool = False) -> list[Row]:
    """Of `rows` those that can be asked with a prompt, which may name a version; with `quote` all of them.

    Raises:
        RowsError: there is none.
    """
    name = prompt.partition("@")[0]
    if name == QUOTE and not retrieval_only:
        return list(rows)
    wanted = name == SUMMARY and not retrieval_only
    found = [row for row in rows if row.is_summary == wanted]
    if not found and rows:
        ask = (
            f"a question, and “{SUMMARY}” is for summaries"
            if wanted
            else f"for a summary: use “{QUOTE}” or “{SUMMARY}”"
        )
        raise RowsError(f"Every row asks {ask}.")
    return found
