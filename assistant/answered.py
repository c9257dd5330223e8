"""A turn as it is shown and kept: its question, and what its events said."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from assistant import events
from assistant.events import Context, Finished, Quote, Source, TurnEvent


@dataclass(kw_only=True)
class Answered:
    """Grows with each event; whole once `finished` is there."""

    question: str
    query: str = ""
    """What was searched for."""
    sources: tuple[Source, ...] = ()
    """Best first."""
    quotes: tuple[Quote, ...] = ()
    reasoning: str = ""
    """What a model has written before its answer."""
    text: str = ""
    """What a model has written so far as its answer."""
    finished: Finished | None = None

    is_quoted: bool = False
    """Whether the documents have been searched: without quotes, they do not answer."""
    doubtful: bool = False
    """Whether the documents may not answer, though there are quotes."""

    def add(self, event: TurnEvent) -> None:
        """Take in what a turn says."""
        match event:
            case events.Rewritten(query=query):
                self.query = query
            case events.Found(sources=sources):
                self.sources = sources
            case events.Quoted(quotes=quotes, doubtful=doubtful):
                self.quotes, self.is_quoted, self.doubtful = quotes, True, doubtful
            case events.Text(text=text):
                self.text += text
            case events.Reasoning(text=text):
                self.reasoning += text
            case events.Stopped():
                self.reasoning = self.text = ""
            case Finished():
                self.finished = event

    def context(self, before: Context) -> Context:
        """What the next turn is asked with, when this one was asked with `before`."""
        assert self.finished is not None
        return before.after(self.question, self.sources, self.finished)

    def to_json(self) -> dict[str, Any]:
        """As the catalogue keeps it."""
        document: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Answered":
        """What `to_json` made."""
        return _adapter().validate_python(document)


@cache
def _adapter() -> TypeAdapter[Answered]:
    return TypeAdapter(Answered)
