"""Rows asked in the way of their kind: a question is answered, a document summarised."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.conversations import Choices
from assistant.data_sets.rows import Row
from assistant.evaluation.evaluator import Asks
from assistant.events import Context, TurnEvent
from assistant.prompts import SUMMARY
from ingest.catalogue import Passage


@dataclass(frozen=True, kw_only=True)
class AsksEither:
    """As both: the row says which it is and, where there is none, the prompt."""

    answer: Asks
    summarise: Asks

    def __call__(
        self,
        question: str,
        *,
        choices: Choices | None = None,
        context: Context | None = None,
        stop: threading.Event | None = None,
        ranked: int = 0,
        row: Row | None = None,
        given: Sequence[Passage] | None = None,
        temperature: float | None = None,
    ) -> Iterator[TurnEvent]:
        """The events of a turn."""
        is_summary = row.is_summary if row else choices is not None and choices.prompt.partition("@")[0] == SUMMARY
        return (self.summarise if is_summary else self.answer)(
            question,
            choices=choices,
            context=context,
            stop=stop,
            ranked=ranked,
            row=row,
            given=given,
            temperature=temperature,
        )
