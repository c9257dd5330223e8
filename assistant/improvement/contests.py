"""Which contest a model has to stand: against whom, and on which rows, none of which it learnt from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import Row, read_rows
from assistant.evaluation.suiting import suited
from assistant.improvement.attacks import ATTACKS
from assistant.improvement.criteria import criteria_of
from assistant.improvement.errors import ImprovementError
from assistant.improvement.gate import Contest, Set
from assistant.improvement.material import gather, golden, some
from assistant.improvement.order import Scope
from assistant.prompts import QUOTE
from assistant.registry.registry import Entry, Registry
from assistant.registry.students import Student
from assistant.samples import SAMPLES
from ingest.catalogue import Catalogue
from models.registry import ModelFolder

_SAMPLES = "samples"


@dataclass(frozen=True, kw_only=True)
class Contests:
    """Puts contests together. Thread-safe."""

    data_sets: DataSets
    catalogue: Catalogue
    models: ModelFolder
    registry: Registry

    def of(self, entry: Entry, data_set: str | None, scope: Scope) -> Contest:
        """A model's, with rows of the set that its card names, or of `data_set`.

        Raises:
            ImprovementError: it was not made here, and no set is named; or there is nothing to judge by.
            RowsError: there is no such set.
        """
        card, made = entry.card, entry.card.made or {}
        data_set = data_set or made.get("data_set")
        if data_set is None:
            raise ImprovementError(f"The model “{card.name}” was not made here: name a data set to judge it by.")
        student: Student = entry.student or "answering"
        if made:
            material = gather(self.data_sets, data_set, seed=made["seed"], student=student)
            # What told when to end is not asked again either: it chose among the weights.
            learnt = [*material.learnt, *material.checked]
            held_out, paraphrases = material.held_out, material.paraphrases
        else:
            learnt, held_out, paraphrases = [], suited(self.data_sets.rows(data_set), "direct"), []
        known = {*made.get("rows", {}), *made.get("proposed", {})}
        sets = [
            Set(name="held out", rows=_apart(held_out, known), is_target=True),
            Set(name="in other words", rows=paraphrases, is_target=True),
            Set(
                name="golden", rows=golden(self.data_sets, besides=[*learnt, *held_out, *paraphrases], student=student)
            ),
            *(self._samples([*learnt, *held_out, *paraphrases]) if student == "answering" else ()),
        ]
        there = {one.name for one in self.models.list()}
        base = made.get("base", {}).get("name")
        return Contest(
            candidate=card.name,
            sha256=card.sha256,
            incumbent=self.registry.promoted() if student == "answering" else self.registry.summariser() or QUOTE,
            base=base if base in there else None,
            prompt=made.get("prompt", "direct"),
            sets=[replace(one, rows=some(one.rows, scope.rows)) for one in sets],
            attacks=ATTACKS[: scope.attacks],
            criteria=criteria_of(student),
            doubts=made.get("doubts", ()),
        )

    def _samples(self, besides: Sequence[Row]) -> Iterator[Set]:
        """The samples' rows, where the samples are on the desk."""
        if _SAMPLES not in self.catalogue.collections():
            return
        asked = {row.question for row in besides}
        rows = [row for row in read_rows(SAMPLES / "rows.jsonl") if row.question not in asked]
        yield Set(name=_SAMPLES, rows=rows, collections=(_SAMPLES,))


def _apart(rows: Sequence[Row], learnt: set[str]) -> list[Row]:
    return [row for row in rows if row.id not in learnt]
