"""Counts the answers of a selection: figures of columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.facts import OUTCOMES, STAGES
from assistant.insights.figures import Day, DocumentUse, Kind, Spread, Stage, TopicUse, Totals
from assistant.insights.recorded import Coded, Flags, Judged, Places, Recorded
from assistant.share import Share


@dataclass(frozen=True)
class Counting:
    """Of the answers that `chosen` flags."""

    recorded: Recorded
    judged: Judged
    chosen: Flags

    def totals(self) -> Totals:
        """The most important figures."""
        recorded, numbers = self.recorded, self.recorded.numbers
        costs = _there(numbers["cost"][self.chosen])
        ended = recorded.texts["outcome"].counted(self.chosen)
        return Totals(
            questions=int(self.chosen.sum()),
            people=len(np.unique(recorded.texts["person"].codes[self.chosen])),
            outcomes={outcome: ended.get(outcome, 0) for outcome in OUTCOMES},
            satisfaction=self._share(np.ones(len(self._votes), dtype=bool)),
            unsupported=int((numbers["unsupported"][self.chosen] > 0).sum()),
            first=self._spread("first_s"),
            total=self._spread("total_s"),
            cost=float(costs.sum()) if len(costs) else None,
            tokens=int(numbers["tokens"][self.chosen].sum()),
        )

    def days(self) -> tuple[Day, ...]:
        """Each day with questions by how they ended, and what people thought."""
        outcomes = self.recorded.texts["outcome"]
        numbers = self.recorded.days.astype(np.int64)
        cost = np.nan_to_num(self.recorded.numbers["cost"])
        first, last = (
            (int(numbers[self.chosen].min()), int(numbers[self.chosen].max())) if self.chosen.any() else (0, -1)
        )
        found: list[tuple[int, str, int, float]] = []
        for name, code in outcomes.names.items():
            here = self.chosen & (outcomes.codes == code)
            counts = np.bincount(numbers[here] - first, minlength=last - first + 1)
            sums = np.bincount(numbers[here] - first, weights=cost[here], minlength=last - first + 1)
            found += [(first + int(at), str(name), int(counts[at]), float(sums[at])) for at in np.flatnonzero(counts)]
        return tuple(
            Day(day=np.datetime64(day, "D").item(), outcome=outcome, questions=questions, cost=spent)
            for day, outcome, questions, spent in sorted(found)
        )

    def kinds(self, name: str) -> tuple[Kind, ...]:
        """By backend, model or prompt, the most asked first."""
        column = self.recorded.texts[name]
        asked = column.counted(self.chosen)
        return _most_asked(
            Kind(name=value or "", questions=questions, satisfaction=self._share(self._voted(column.equal(value))))
            for value, questions in asked.items()
        )

    def collections(self) -> tuple[Kind, ...]:
        """By collection that passages were found in; an answer may count in several."""
        used, of = self.recorded.used, {document.id: document.collection for document in self.judged.documents}
        ids = np.unique(used.document)
        names = Coded.of([of.get(int(id_)) for id_ in ids])
        codes = names.codes[np.searchsorted(ids, used.document)] if len(ids) else names.codes
        kinds = []
        for name, code in names.names.items():
            looked = np.zeros(len(self.chosen), dtype=bool)
            looked[used.at[codes == code]] = True
            questions = int((looked & self.chosen).sum())
            if name is not None and questions:
                kinds.append(Kind(name=name, questions=questions, satisfaction=self._share(self._voted(looked))))
        return _most_asked(kinds)

    def topics(self, known: Mapping[int, tuple[str, str]]) -> tuple[TopicUse, ...]:
        """By topic, of `known` ones by id with name and example; none where there are none."""
        if not known:
            return ()
        topics = np.where(np.isin(self.recorded.topics, list(known)), self.recorded.topics, 0)
        missing = self.recorded.texts["outcome"].equal("not-found")
        uses = []
        for id_ in np.unique(topics[self.chosen]).tolist():
            here = topics == id_
            name, example = known.get(id_, ("", ""))
            uses.append(
                TopicUse(
                    id=id_,
                    name=name,
                    example=example,
                    questions=int((here & self.chosen).sum()),
                    missing=int((here & self.chosen & missing).sum()),
                    satisfaction=self._share(self._voted(here)),
                )
            )
        return tuple(sorted(uses, key=lambda use: (-use.questions, use.name)))

    def stages(self) -> tuple[Stage, ...]:
        """In the order of a turn."""
        spreads = ((column, self._spread(column)) for column in STAGES)
        return tuple(Stage(name=STAGES[column], column=column, seconds=spread) for column, spread in spreads if spread)

    def rails(self) -> dict[str, int]:
        """Questions stopped, by rail."""
        return _most(self.recorded.texts["rail"].counted(self.chosen))

    def faults(self) -> dict[str, int]:
        """Answers by where they went wrong."""
        return _most(self.judged.faults.counted(self.chosen[self.judged.wrong_at]))

    def signals(self) -> dict[str, int]:
        """Answers by what was done with them."""
        return _most(self.judged.done.counted(self.chosen[self.judged.done_at]))

    def unanswered(self, most: int) -> list[tuple[str, int, int]]:
        """Wordings that the documents do not answer, how often each was asked, and the newest turn's id."""
        wordings = self.recorded.texts["wording"]
        places = np.flatnonzero(self.chosen & self.recorded.texts["outcome"].equal("not-found"))
        codes = wordings.codes[places]
        times = np.bincount(codes, minlength=len(wordings.names))
        newest = np.zeros(len(wordings.names), dtype=np.int64)
        np.maximum.at(newest, codes, self.recorded.turn_ids[places])
        names = list(wordings.names)
        order = np.lexsort((-newest, -times))[:most]
        return [(str(names[code]), int(times[code]), int(newest[code])) for code in order if times[code]]

    def documents(self, collection: str | None, document: int | None) -> tuple[DocumentUse, ...]:
        """What each document on the desk was good for, the most useful first; those that were never found last."""
        used = self.recorded.used
        here = self.chosen[used.at]
        thumbs, up = self._thumbs()
        ids, lines = np.unique(used.document, return_inverse=True)

        def summed(of_line: NDArray[np.int64] | Flags) -> dict[int, int]:
            sums = np.bincount(lines, weights=of_line * here, minlength=len(ids))
            return dict(zip(ids.tolist(), sums.astype(np.int64).tolist(), strict=True))

        found, cited = summed(np.ones(len(lines), dtype=bool)), summed(used.cited)
        votes, ups = summed(thumbs[used.at] * used.cited), summed(up[used.at] * used.cited)
        marks = {right: self._marked(right) for right in (True, False)}
        uses = [
            DocumentUse(
                id=row.id,
                name=row.name,
                collection=row.collection,
                found=found.get(row.id, 0),
                cited=cited.get(row.id, 0),
                satisfaction=Share(of=votes.get(row.id, 0), count=ups.get(row.id, 0)),
                right=marks[True].get(row.id, 0),
                wrong=marks[False].get(row.id, 0),
                added_at=row.created_at.date(),
            )
            for row in self.judged.documents
            if row.current_version_id is not None
            and collection in (None, row.collection)
            and document in (None, row.id)
        ]
        return tuple(sorted(uses, key=lambda use: (-use.use, -use.cited, -use.found, use.name)))

    def _marked(self, is_right: bool) -> dict[int, int]:
        """Chosen answers in which a source of a document was marked so, by the document."""
        judged = self.judged
        of_it = (judged.marked_right == is_right) & self.chosen[judged.marked_at]
        lines = np.unique(np.stack([judged.marked_document[of_it], judged.marked_at[of_it]]), axis=1)
        ids, counts = np.unique(lines[0], return_counts=True)
        return dict(zip(ids.tolist(), counts.tolist(), strict=True))

    @cached_property
    def _votes(self) -> Places:
        """Places of the votes on chosen answers, among all votes."""
        return np.flatnonzero(self.chosen[self.judged.at])

    def _voted(self, flags: Flags) -> Flags:
        return flags[self.judged.at[self._votes]]

    def _share(self, flags: Flags) -> Share:
        """Of the votes on chosen answers those that are flagged."""
        return Share(of=int(flags.sum()), count=int(self.judged.up[self._votes][flags].sum()))

    def _thumbs(self) -> tuple[Places, Places]:
        """(n,) How many thumbs each answer has, and how many of them point up."""
        thumbs = np.bincount(self.judged.at, minlength=len(self.chosen))
        up = np.bincount(self.judged.at[self.judged.up], minlength=len(self.chosen))
        return thumbs, up

    def _spread(self, column: str) -> Spread | None:
        seconds = _there(self.recorded.numbers[column][self.chosen])
        if not len(seconds):
            return None
        median, p95 = np.percentile(seconds, [50, 95])
        return Spread(median=float(median), p95=float(p95), answers=len(seconds))


def _there(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _most_asked(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    return tuple(sorted(kinds, key=lambda kind: (-kind.questions, kind.name)))


def _most(counts: Mapping[str | None, int]) -> dict[str, int]:
    named: Sequence[tuple[str, int]] = [(name, count) for name, count in counts.items() if name is not None]
    return dict(sorted(named, key=lambda count: (-count[1], count[0])))
