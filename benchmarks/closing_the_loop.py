"""From thumbs to a promoted model on the samples: `python -m benchmarks.closing_the_loop FOLDER`.

Thirty questions are asked on a desk with the samples, voted on and corrected by the calls that the pages make; the rows
that come of it are learnt from, and the gate judges the model. Each question stands in `closing_the_loop.jsonl` twice
in other words: those are never learnt from. Two sets tell what came of it, apart: the corrected questions in other
words, and questions to other documents. With REFDESK_DATA the desk has XQuAD's documents too, and some of their
questions are golden. At the end base and model are asked what neither training nor gate has seen: a third wording of
each question (`closing_the_loop_unseen.jsonl`), and further questions of XQuAD. Work that was cut off goes on when it
is run again.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from assistant.conversations import KeptTurn, Vote
from assistant.data_sets.rows import Row, read_rows
from assistant.desk import Desk
from assistant.evaluation.comparison import compare_runs
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.measuring import gives_gold
from assistant.evaluation.running import Plan
from assistant.events import Finished
from assistant.improvement.material import GOLDEN
from assistant.improvement.order import Order, Scope
from assistant.improvement.progress import Progress
from assistant.registry.verdict import Verdict
from assistant.review.reviews import DATA_SET
from assistant.samples import SAMPLES
from assistant.settings import Settings
from benchmarks.data import ingest_folder
from models.tuning import KINDS, Recipe
from models.tuning.quantising import Kind

REWORDED = Path(__file__).with_suffix(".jsonl")
UNSEEN = REWORDED.with_stem(f"{REWORDED.stem}_unseen")
PERSON, KEEPER = "a" * 32, "k" * 32
_OTHERS = "xquad-en"
_SHOWN = ("answer_f1", "gives_gold", "citation_precision", "decision_accuracy", "groundedness", "total_s")

app = typer.Typer(add_completion=False)


@app.command()
def main(
    folder: Path,
    base: Annotated[Path | None, typer.Option(help="A GGUF file to begin with; the settings' model if none.")] = None,
    quantisation: Annotated[str, typer.Option(help="Of the new model.")] = "Q8_0",
    threads: Annotated[int, typer.Option(help="For training and for answering.")] = 2,
    others: Annotated[int, typer.Option(help="Questions to XQuAD's documents.")] = 40,
    steps: Annotated[int | None, typer.Option(help="End the training after so many.")] = None,
    learning_rate: Annotated[float, typer.Option(help="Its highest value.")] = Recipe().learning_rate,
    strength: Annotated[float, typer.Option(help="Share of what is learnt that is added.")] = Order.strength,
    name: Annotated[str, typer.Option(help="Of the new model.")] = "team-1",
    rows: Annotated[int | None, typer.Option(help="Of each set that the gate asks, at most.")] = None,
) -> None:
    """Run it all, and say what came of it and how long each part took."""
    assert quantisation in KINDS
    kind: Kind = quantisation
    settings = _settings(folder / "home", base, threads)
    with Desk(settings) as desk:
        model = settings.local.model
        if base is not None and model not in {card.name for card in desk.models.list()}:
            desk.models.add(str(base), name=model)
        with _timed("documents"):
            ingest_folder(desk, "samples", SAMPLES / "documents")
            _take_others(desk, others)
        asked = corrected()
        with _timed(f"asking and voting on {len(asked)}"):
            turns = vote(desk, asked)
        with _timed("reviewing"):
            ids = review(desk, asked)
        desk.data_sets.take(DATA_SET, [_of(row, ids) for row in reworded()])
        print(f"{sum(turn > 0 for turn in turns)} thumbs up, {sum(turn < 0 for turn in turns)} down with a correction")
        order = Order(
            name=name,
            data_set=DATA_SET,
            base=model,
            quantisation=kind,
            strength=strength,
            recipe=replace(Recipe(), threads=threads, most_steps=steps, learning_rate=learning_rate),
            scope=Scope(rows=rows),
        )
        told = _Told()
        outcome = desk.improvement.train(order, tell=told)
        told.end()
        print_verdict(outcome.verdict)
        if outcome.verdict.accepted:
            desk.registry.promote(name, by=KEEPER, reason="It passed.")
            print(f"“{desk.registry.promoted()}” answers now.")
        measure_unseen(desk, model, name, others)


def corrected() -> list[Row]:
    """The samples' thirty questions that are no follow-ups and no second wordings."""
    return [row for row in read_rows(SAMPLES / "rows.jsonl") if not row.paraphrase_of and not row.history]


def reworded() -> list[Row]:
    """Each of them twice in other words."""
    return read_rows(REWORDED)


def vote(desk: Desk, rows: Sequence[Row]) -> list[int]:
    """Ask in the chat, and vote as its thumbs do: up for a brief right answer, down with the right one."""
    given = []
    choices = desk.choices()
    known = {turn.answered.question for turn in _turns(desk)}
    for row in rows:
        if row.question in known:
            continue
        conversation = desk.conversations.begin(PERSON, row.question, choices)
        for _ in desk.converse(PERSON, conversation.id, row.question, choices=choices):
            pass
        turn = desk.conversations.turns(PERSON, conversation.id)[-1]
        right = _is_right(turn.answered.finished, row)
        better = "" if right or not row.answers else row.answers[0]
        reasons = () if right else ("wrong",)
        said = Vote(value=1 if right else -1, reasons=reasons, better_answer=better)
        desk.feedback.vote(PERSON, turn.id, said)
        given.append(said.value)
    return given


def review(desk: Desk, rows: Sequence[Row]) -> dict[str, str]:
    """Correct and approve on the page's way; the row's id in the data set by its id in the samples."""
    by_question = {row.question: row for row in rows}
    desk.reviews.fill()
    ids: dict[str, str] = {}
    while (turn := desk.reviews.next(KEEPER)) is not None:
        right = by_question[turn.row.question]
        done = replace(turn.row, answers=right.answers, answerable=right.answerable, sources=right.sources)
        desk.reviews.decide(KEEPER, turn.turn_id, "corrected", done)
    for row in desk.data_sets.rows(DATA_SET):
        if row.question in by_question:
            ids[by_question[row.question].id] = row.id
    return ids


def measure_unseen(desk: Desk, base: str, name: str, others: int) -> None:
    """What base and new model make of questions that nobody has decided anything by."""
    sets = {"unseen wordings": (read_rows(UNSEEN), "samples")}
    if rows := _others():
        sets[f"unseen of {_OTHERS}"] = (rows[others : others + len(sets["unseen wordings"][0])], _OTHERS)
    for of, (asked, collection) in sets.items():
        runs = []
        for model in (base, name):
            choices = replace(desk.choices(), backend="local", model=model, collections=(collection,))
            run = desk.evaluation.evaluate(Plan(data_set=of, rows=asked, choices=choices, label=model))
            runs.append(desk.evaluation.asked(run.id))
        gains = compare_runs(*runs).gains
        for measure in ("answer_f1", "decision_accuracy"):
            print(f"{of}, {len(asked)} rows. {gains[measure].statement}")


def print_verdict(verdict: Verdict) -> None:
    """Each set before and after, and the gate's reasons."""
    print(f"The gate: {'passed' if verdict.accepted else 'not passed'}")
    for reason in verdict.reasons:
        print(f"  {'+' if reason.passed else '-'} {reason.says}")
    for of, models in verdict.scores.items():
        for model, scores in models.items():
            told = "  ".join(f"{MEASURES[name].label} {_number(scores.get(name))}" for name in _SHOWN)
            print(f"{of:16} {model:24} {scores['rows'] or 0:3.0f} rows  {told}")


def _settings(home: Path, base: Path | None, threads: int) -> Settings:
    local: dict[str, object] = {"threads": threads}
    if base is not None:
        local["model"] = base.stem
    return Settings(home=home, local=local, answer={"prompt": "direct", "max_tokens": 60})


def _take_others(desk: Desk, rows: int) -> None:
    """Other documents, and questions to them on which no model may fall back."""
    if not rows or not (found := _others()):
        return
    ingest_folder(desk, _OTHERS, Path(os.environ["REFDESK_DATA"]) / "eval" / _OTHERS / "documents")
    desk.data_sets.take(_OTHERS, [replace(row, tags=(*row.tags, GOLDEN)) for row in found[:rows]])


def _others() -> list[Row]:
    """Questions to them; none where the data sets are not there."""
    data = os.environ.get("REFDESK_DATA")
    found = read_rows(Path(data) / "eval" / _OTHERS / "rows.jsonl") if data else []
    return sorted(found, key=lambda row: row.content_hash)


def _turns(desk: Desk) -> Iterator[KeptTurn]:
    for conversation in desk.conversations.of(PERSON):
        yield from desk.conversations.turns(PERSON, conversation.id)


def _is_right(finished: Finished | None, row: Row) -> bool:
    if finished is None:
        return False
    if not row.answerable:
        return finished.abstained
    return not finished.abstained and gives_gold(finished.answer, row.answers) == 1.0


def _of(row: Row, ids: dict[str, str]) -> Row:
    """With the id that the row it is of has in the data set."""
    tags = (f"of:{ids[tag.removeprefix('of:')]}" if tag.startswith("of:") else tag for tag in row.tags)
    return replace(row, tags=tuple(tags))


class _Told:
    """Says how long each stage took."""

    def __init__(self) -> None:
        self._stage, self._began = "", time.monotonic()

    def __call__(self, event: Progress) -> None:
        if event.stage != self._stage:
            self.end()
            self._stage, self._began = event.stage, time.monotonic()

    def end(self) -> None:
        """Of the last stage."""
        if self._stage:
            print(f"{time.monotonic() - self._began:7.1f} s  {self._stage}", flush=True)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:7.1f} s  {what}", flush=True)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    app()
