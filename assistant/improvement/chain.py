"""From rows to a model's file: teach, make lessons, fine-tune, merge, convert, quantise.

Each step's work lies under the hash of all that decides it: what is there is not made again, after whatever end.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

from assistant.backends import Backends
from assistant.conversations import Choices
from assistant.data_sets.rows import Row, hash_of
from assistant.evaluation.configuration import documents_hash, program_hash
from assistant.evaluation.evaluator import Asks
from assistant.improvement.ablation import Ablation, ablate
from assistant.improvement.errors import ImprovementError, NothingLearnt
from assistant.improvement.lineage import lineage
from assistant.improvement.made import Made, MakesLessons
from assistant.improvement.material import Material
from assistant.improvement.order import Order
from assistant.improvement.progress import Progress, Tell
from assistant.improvement.quantisations import Quantisations, kept_quantisations
from assistant.improvement.teacher import Estimate, Taught, Teacher
from ingest.catalogue import Catalogue, Passage
from models.backend import Message
from models.card import ModelCard
from models.tuning import (
    Checkpoint,
    Example,
    Tuned,
    TuneProgress,
    adapter_to_gguf,
    agreement,
    fine_tune,
    merge,
    quantise,
    restore,
    to_gguf,
)
from models.tuning.errors import writing
from models.tuning.example import hash_of as hash_of_examples
from models.tuning.quantising import Kind
from models.tuning.tuning import ADAPTER, LOSSES, key_of

_LEAST_AGREEMENT = 0.95
"""Share of tokens at which the F16 file holds the same for likeliest as the checkpoint: less, and it was miswritten."""
_COMPARED = 2
"""Lessons that the two are compared on."""
_CHECKED = 48
"""Held-out lessons that tell when to end: each look at them costs what as many lessons without learning do."""
_MAKE_LESSONS = ("lessons.py", "summary_lessons.py", "orders.py", "refusing.py")
_BY_EXAMPLE = "few-shot"
"""The prompt of a teacher on this machine."""


@dataclass(frozen=True, kw_only=True)
class Produced:
    """A model's file, and how it came to be."""

    file: Path
    made: Mapping[str, Any]
    """For its card."""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Makes models' files in `folder`. One at a time."""

    folder: Path
    ask: Asks
    catalogue: Catalogue
    backends: Backends
    lessons: Callable[[Order], MakesLessons]
    """Makes lessons for an order's base and prompt."""

    def run(
        self,
        order: Order,
        base: ModelCard,
        material: Material,
        *,
        guesses: ModelCard | None = None,
        tell: Tell,
        stop: Event,
    ) -> Produced:
        """The quantised file of what an order comes to; goes on where it was cut off.

        Where somebody teaches, the same is made without a teacher too, and the card says whether it was worth it.
        `guesses` is the file of the order's `guesses_of`.

        Raises:
            ImprovementError: `stop` was set, or the rows give too little to learn from.
            TuningError: a step of the models' part failed; one sentence.
            BackendError, ModelFileError, UnknownPrompt: the teacher cannot be asked.
        """
        produced = self._produced(order, base, material, guesses, tell, stop)
        if not order.is_taught:
            return produced
        try:
            plain = self._produced(order.untaught, base, material, None, tell, stop).file
        except NothingLearnt:
            plain = self._as_it_is(base)
        ablation = self._ablation(order, produced.file, plain, material, tell)
        made = {**produced.made, "kind": ablation.kind, "ablation": ablation.to_json()}
        return Produced(file=produced.file, made=made)

    def estimate(self, order: Order, rows: Sequence[Row], *, tell: Tell) -> Estimate | None:
        """What the teacher will cost; None without one.

        Raises:
            BackendError, ModelFileError, UnknownPrompt: it cannot be asked.
        """
        if order.teacher is None:
            return None
        teacher = Teacher(ask=self.ask, backends=self.backends, choices=_teaching(order), samples=order.samples)
        return teacher.estimate(_golds(rows, self.lessons(order), tell))

    def quantised(self, key: str, kind: Kind, *, tell: Tell) -> Path:
        """Another quantisation of what was trained.

        Raises:
            ImprovementError: its F16 file is not there any more.
            TuningError: it cannot be written.
        """
        f16 = self.whole(key)
        out = f16.with_name(f"{kind}.gguf")
        if not out.is_file():
            tell(Progress(stage=f"quantising to {kind}"))
            quantise(f16, kind, out)
        return out

    def whole(self, key: str) -> Path:
        """The F16 file of what was trained.

        Raises:
            ImprovementError: it is not there any more.
        """
        f16 = self._gguf_folder(key) / "F16.gguf"
        if not f16.is_file():
            raise ImprovementError("Its weights in F16 are not in the lab's folder any more: train it again first.")
        return f16

    def adapter(self, made: Mapping[str, Any], base: ModelCard, out: Path) -> Path:
        """What a model learnt, alone, into `out`, to be laid over the file of its base.

        Raises:
            ImprovementError: it is not there any more.
            TuningError: it cannot be written, or does not fit the base.
        """
        learnt = self.folder / f"tuned-{made['steps']['tuned'][:16]}" / ADAPTER
        if not learnt.is_dir():
            raise ImprovementError("What it learnt is not in the lab's folder any more: train it again first.")
        return adapter_to_gguf(learnt, base.path, out, strength=float(made.get("strength", 1.0)), beside=base.adapter)

    def quantisations(self, key: str) -> Quantisations | None:
        """What was compared last of the quantisations of what was trained."""
        return kept_quantisations(self._gguf_folder(key))

    def losses(self, name: str) -> list[dict[str, float]]:
        """The loss curve of the training of that name so far: “step” with “loss”, or with “held_out”."""
        try:
            folder = Path(json.loads(self._noted(name).read_text(encoding="utf-8"))["folder"])
            lines = (folder / LOSSES).read_text(encoding="utf-8").splitlines()
            return [json.loads(line) for line in lines if line.endswith("}")]
        except (OSError, ValueError, KeyError):
            return []

    # Steps

    def _produced(
        self, order: Order, base: ModelCard, material: Material, guesses: ModelCard | None, tell: Tell, stop: Event
    ) -> Produced:
        making = self.lessons(order)
        tell(Progress(stage="restoring the base's weights"))
        checkpoint = self._restored(base)
        teacher = self._restored(guesses) if guesses is not None else None
        taught = self._taught(order, [*material.learnt, *material.proposed], making, tell, stop)
        learnt, checked, proposed = self._lessons(order, material, making, checkpoint, taught, tell, stop)
        lessons = [*learnt.lessons, *_lighter(proposed)]
        checks = _as_served(checked.lessons)
        tuned_in = self.folder / f"tuned-{key_of(checkpoint, lessons, checks, order.recipe, teacher)[:16]}"
        self._note(order.name, tuned_in)
        tuned = fine_tune(
            checkpoint,
            lessons,
            checks,
            order.recipe,
            tuned_in,
            teacher=teacher,
            progress=lambda event: tell(_of_tuning(event)),
            stop=stop,
        )
        if not tuned.best_step:
            raise NothingLearnt(
                f"Nothing that was learnt from {tuned.examples} lessons makes answers likelier: there is no new model."
            )
        merged = self._key(tuned.key, order.strength)
        file, agrees = self._file(order, merged, checkpoint, tuned, lessons, tell, stop)
        made = lineage(order, checkpoint, tuned, merged, learnt, proposed, taught, material, agrees)
        return Produced(file=file, made=made)

    def _restored(self, card: ModelCard) -> Checkpoint:
        return restore(card.path, self.folder / "bases", adapter=card.adapter)

    def _as_it_is(self, base: ModelCard) -> Path:
        """One file of a model, where an adapter is laid over its own."""
        if base.adapter is None:
            return base.path
        checkpoint = self._restored(base)
        file = checkpoint.folder.with_suffix(".gguf")
        return file if file.is_file() else to_gguf(checkpoint, file)

    def _ablation(self, order: Order, taught: Path, plain: Path, material: Material, tell: Tell) -> Ablation:
        making = self.lessons(order)
        rows = [*material.held_out, *material.paraphrases]
        asked = [(row, messages) for row in rows if (messages := making.served(row)) is not None]
        return ablate(taught, plain, asked, max_tokens=making.limits.max_tokens, tell=tell)

    def _taught(
        self, order: Order, rows: Sequence[Row], making: MakesLessons, tell: Tell, stop: Event
    ) -> Taught | None:
        if order.teacher is None:
            return None
        choices = _teaching(order)
        key = self._key("teacher", order.teacher, choices.prompt, order.samples, hash_of(rows), self._surroundings())
        path = self.folder / f"teacher-{key}.json"
        if (kept := _read(path)) is not None:
            return Taught(**kept)
        teacher = Teacher(ask=self.ask, backends=self.backends, choices=choices, samples=order.samples)
        taught = teacher.teach(rows, _golds(rows, making, tell), tell=tell, is_stopped=stop.is_set)
        _write(path, asdict(taught))
        return taught

    def _lessons(
        self,
        order: Order,
        material: Material,
        making: MakesLessons,
        checkpoint: Checkpoint,
        taught: Taught | None,
        tell: Tell,
        stop: Event,
    ) -> tuple[Made, Made, Made]:
        """To learn from, to check by, and of rows that nobody has reviewed."""
        answers = taught.answers if taught else {}
        prompt = repr(making.prompt)
        surroundings = self._surroundings()
        made: list[Made] = []
        checked = material.checked or material.held_out
        for rows, given in ((material.learnt, answers), (checked, {}), (material.proposed, answers)):
            parts = (prompt, checkpoint.sha256, hash_of(rows), given, order.recipe.seed, repr(making.limits))
            path = self.folder / f"lessons-{self._key(*parts, surroundings, _making_hash())}.json"
            kept = _read(path)
            if kept is None:
                done = making.make(rows, taught=given, seed=order.recipe.seed, tell=tell, is_stopped=stop.is_set)
                _write(path, done.to_json())
            else:
                done = Made.from_json(kept)
            made.append(done)
        learnt, checks, proposed = made
        return learnt, checks, proposed

    def _file(
        self,
        order: Order,
        key: str,
        checkpoint: Checkpoint,
        tuned: Tuned,
        lessons: Sequence[Example],
        tell: Tell,
        stop: Event,
    ) -> tuple[Path, Mapping[str, float]]:
        """The quantised file, and how well its F16 agrees with what was trained."""
        folder = self._gguf_folder(key)
        f16, about = folder / "F16.gguf", folder / "agreement.json"
        agrees = _read(about)
        if agrees is None or not f16.is_file():
            tell(Progress(stage="merging what was learnt"))
            merged = merge(checkpoint, tuned.adapter, self.folder / f"merged-{key}", strength=order.strength)
            _go_on(stop)
            tell(Progress(stage="writing the model's file"))
            to_gguf(merged, f16, name=order.name)
            _go_on(stop)
            tell(Progress(stage="comparing it with what was trained"))
            found = agreement(merged, f16, [_text(lesson.messages) for lesson in lessons[:_COMPARED]])
            if found.top_1 < _LEAST_AGREEMENT:
                raise ImprovementError(
                    f"The file guesses the same token as what was trained in {found.top_1:.0%} of the places only: it"
                    " was not written rightly, and is not used."
                )
            agrees = asdict(found)
            _write(about, agrees)
            shutil.rmtree(merged.folder)  # it can be made again, and is the largest of all
        _go_on(stop)
        return self.quantised(key, order.quantisation, tell=tell), agrees

    def _gguf_folder(self, key: str) -> Path:
        return self.folder / f"gguf-{key}"

    def _noted(self, name: str) -> Path:
        return self.folder / "names" / f"{name}.json"

    def _note(self, name: str, folder: Path) -> None:
        """Where the work for a name lies, for who watches."""
        _write(self._noted(name), {"folder": str(folder)})

    def _surroundings(self) -> str:
        """What decides which passages are found."""
        return documents_hash(self.catalogue)

    @staticmethod
    def _key(*parts: object) -> str:
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


@cache
def _making_hash() -> str:
    """Of all that finds passages and makes lessons of them: another version of it makes others."""
    making = [Path(__file__).with_name(name).read_bytes() for name in _MAKE_LESSONS]
    return hashlib.sha256(program_hash().encode() + b"".join(making)).hexdigest()


def _lighter(proposed: Made) -> list[Example]:
    """Lessons of rows that nobody has reviewed, at half of their weight, and of those that are borne out alone."""
    dropped = set(proposed.unsupported)
    return [
        replace(lesson, weight=lesson.weight / 2)
        for lesson in proposed.lessons
        if lesson.id.rpartition("/")[0] not in dropped
    ]


def _as_served(lessons: Sequence[Example]) -> Sequence[Example]:
    """Of held-out lessons those that are as a turn has them, and no more than are soon looked at."""
    served = [lesson for lesson in lessons if lesson.id.endswith("/served")]
    return sorted(served or lessons, key=lambda lesson: hash_of_examples([lesson]))[:_CHECKED]


def _teaching(order: Order) -> Choices:
    kind, _, model = (order.teacher or "").partition(":")
    # A small model is shown what a good answer looks like; a hosted one knows.
    prompt = _BY_EXAMPLE if kind == "local" else order.prompt
    return Choices(backend=kind, model=model or None, prompt=prompt)


def _golds(rows: Sequence[Row], making: MakesLessons, tell: Tell) -> dict[str, Passage]:
    """The passages that answer rows, by the row's id."""
    golds: dict[str, Passage] = {}
    for at, row in enumerate(rows):
        if row.answerable and (gold := making.gold(row)) is not None:
            golds[row.id] = gold
        tell(Progress(stage="looking up the passages", done=at + 1, total=len(rows)))
    return golds


def _of_tuning(event: TuneProgress) -> Progress:
    stage = {"loading": "loading the weights", "training": "fine-tuning", "checking": "checking"}[event.stage]
    return Progress(
        stage=stage, done=event.done, total=event.total, rate=event.rate, eta_s=event.eta_s, loss=event.loss
    )


def _text(messages: Sequence[Message]) -> str:
    return "\n".join(message.content for message in messages)


def _go_on(stop: Event) -> None:
    if stop.is_set():
        raise ImprovementError("It was cancelled; run it again to go on where it stopped.")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record


def _write(path: Path, record: Mapping[str, Any]) -> None:
    text = json.dumps(record, ensure_ascii=False)
    with writing(path, len(text.encode())) as written:
        written.write_text(text, encoding="utf-8")
