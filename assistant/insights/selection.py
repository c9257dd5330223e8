"""Which answers are looked at."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from assistant.insights.recorded import Flags, Judged, Places, Recorded


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Days, and what must be so of an answer; None leaves it open."""

    since: date | None = None
    """The first day, in UTC."""
    until: date | None = None
    """The last day."""
    backend: str | None = None
    """Empty: none, where quotes are the answer."""
    model: str | None = None
    prompt: str | None = None
    collection: str | None = None
    """By name: passages of it were found."""
    document: int | None = None
    """By id: passages of it were found."""
    cited: int | None = None
    """By id: the answer cites it."""
    outcome: str | None = None
    vote: int | None = None
    """1 up, -1 down, 0 either."""
    rail: str | None = None
    fault: str | None = None
    signal: str | None = None
    """What was done with it (`assistant.signals.SIGNALS`)."""
    wording: str | None = None
    """As `assistant.facts.wording` has it."""
    topic: int | None = None
    """By id (`assistant.insights.topics`); 0: none."""
    slow_s: float | None = None
    """It took this many seconds or more."""
    slow: str = "total_s"
    """What of it: a column of seconds of `TurnFactsRow`."""

    def before(self) -> "Selection | None":
        """As many days before these; None where there is no first or last day."""
        if self.since is None or self.until is None:
            return None
        days = (self.until - self.since).days + 1
        return replace(self, since=self.since - timedelta(days=days), until=self.since - timedelta(days=1))

    def chosen(self, recorded: Recorded, judged: Judged) -> Flags:
        """(n,) Which answers it lets through."""
        chosen = np.ones(len(recorded.turn_ids), dtype=bool)
        if self.since is not None:
            chosen &= recorded.days >= np.datetime64(self.since)
        if self.until is not None:
            chosen &= recorded.days <= np.datetime64(self.until)
        for name in ("backend", "model", "prompt", "outcome", "rail", "wording"):
            if (value := getattr(self, name)) is not None:
                chosen &= recorded.texts[name].equal(value or None)
        if self.topic is not None:
            chosen &= recorded.topics == self.topic
        if self.slow_s is not None:
            chosen &= recorded.numbers[self.slow] >= self.slow_s
        if self.vote is not None:
            chosen &= _at(judged.at if not self.vote else judged.at[judged.up == (self.vote > 0)], chosen)
        if self.fault is not None:
            chosen &= _at(judged.wrong_at[judged.faults.equal(self.fault)], chosen)
        if self.signal is not None:
            chosen &= _at(judged.done_at[judged.done.equal(self.signal)], chosen)
        used = recorded.used
        if self.document is not None:
            chosen &= _at(used.at[used.document == self.document], chosen)
        if self.cited is not None:
            chosen &= _at(used.at[(used.document == self.cited) & used.cited], chosen)
        if self.collection is not None:
            of_it = [document.id for document in judged.documents if document.collection == self.collection]
            chosen &= _at(used.at[np.isin(used.document, of_it)], chosen)
        return chosen


def _at(places: Places, like: Flags) -> Flags:
    flags = np.zeros_like(like)
    flags[places] = True
    return flags
