import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.retrieval import UnknownCollection
from assistant.settings import Settings
from assistant.synthesis import Plan
from assistant.synthesis.drafts import Draft, sentences_of
from assistant.synthesis.filters import Filters
from assistant.synthesis.sampling import sample
from ingest.sources import Source
from models.backend import BackendError, Message

PUMPS = """# Pump house

The pump house was built by Harriet Vane in 1911. It was rebuilt by the county in 1954. The pump house holds 14 pumps.

# Visits

Visitors of the pump house must book within 12 days of their visit.

## Can I bring a dog to the pump house?

Dogs are welcome in the yard, and have to wait outside the engine room.
"""
LOCKS = """# Locks

Marsh Lock has 8 gates of oak. Brindle Lock has a house for its keeper. Marsh Lock was opened in 1902.

Tickets for the towpath cost £4 for a family. The team is large.
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("synthesis")
    with Desk(Settings(home=folder / "home")) as desk:
        for name, text in (("pumps.md", PUMPS), ("locks.md", LOCKS)):
            (folder / name).write_text(text, encoding="utf-8")
            [outcome] = desk.ingest([Source(path=folder / name, name=name, collection="canal")])
            assert outcome.status == "added"
        yield desk


@pytest.fixture
def filters(desk: Desk) -> Filters:
    return _filters(desk)


def _filters(desk: Desk, *known: str) -> Filters:
    return Filters(
        retriever=desk.retriever,
        quoter=desk.quoter,
        lexical=desk.lexical,
        embedder=desk.embedder,
        collections=("canal",),
        known=known,
    )


def _draft(desk: Desk, question: str, answer: str, **more: object) -> Draft:
    passages = desk.catalogue.passages(sample(desk.catalogue, ["canal"], 99, seed=0))
    candidates = sentences_of(passages.values())
    candidate = next(one for one in candidates if (answer or "1911") in one.text)
    return Draft(question=question, answer=answer, kind="number", candidate=candidate, **more)  # type: ignore[arg-type]


def _fault(desk: Desk, filters: Filters, question: str, answer: str, **more: object) -> str | None:
    return filters.look_at(_draft(desk, question, answer, **more)).fault


def test_rows_are_proposed_with_their_places_and_nothing_counts_yet(desk: Desk) -> None:
    *_, progress = desk.syntheses.make(Plan(data_set="made", collections=("canal",)))
    items = {item.row.question: item for item in desk.data_sets.items("made")}
    assert progress.proposed == len(items)
    assert (progress.done, progress.left_s) == (progress.total, 0.0)
    by_whom = items["Who was the pump house built by in 1911?"]
    assert by_whom.row.answers == ("Harriet Vane",)
    assert by_whom.row.sources[0].document == "pumps.md"
    assert by_whom.row.sources[0].quote == "The pump house was built by Harriet Vane in 1911."
    assert (by_whom.state, by_whom.origin) == ("proposed", "synthesised")
    assert "rank" in " ".join(by_whom.notes)
    assert items["Can I bring a dog to the pump house?"].row.answers == ()
    assert desk.data_sets.rows("made") == []


def test_follow_ups_lean_on_what_was_said_and_unanswerable_ones_have_no_source(desk: Desk) -> None:
    list(desk.syntheses.make(Plan(data_set="variations", collections=("canal",))))
    rows = {row.tags[0]: row for row in (item.row for item in desk.data_sets.items("variations"))}
    follow_up = rows["follow-up"]
    assert follow_up.question in {"When was it rebuilt by the county?", "How many pumps does it hold?"}
    assert "Harriet Vane" in follow_up.history[-1].content or "county" in follow_up.history[-1].content
    nothing = rows["unanswerable"]
    assert (nothing.answerable, nothing.answers, nothing.sources) == (False, (), ())
    list(desk.syntheses.make(Plan(data_set="plain", collections=("canal",), unanswerable=False, follow_ups=False)))
    tags = {item.row.tags[0] for item in desk.data_sets.items("plain")}
    assert tags.isdisjoint({"follow-up", "unanswerable"})


def test_the_same_seed_goes_on_and_nothing_is_asked_twice(desk: Desk) -> None:
    stop = threading.Event()
    for _ in desk.syntheses.make(Plan(data_set="stopped", collections=("canal",)), stop=stop):
        stop.set()
    begun = [item.row for item in desk.data_sets.items("stopped")]
    list(desk.syntheses.make(Plan(data_set="stopped", collections=("canal",))))
    whole = [item.row for item in desk.data_sets.items("stopped")]
    assert whole[: len(begun)] == begun
    *_, progress = desk.syntheses.make(Plan(data_set="stopped", collections=("canal",)))
    assert progress.proposed == 0
    assert [item.row for item in desk.data_sets.items("stopped")] == whole
    assert len({row.question for row in whole}) == len(whole)


def test_it_goes_on_in_the_background(desk: Desk) -> None:
    batch = desk.syntheses.start(Plan(data_set="background", collections=("canal",)))
    deadline = time.monotonic() + 60
    while not (job := desk.jobs.list(batch=batch)[0]).is_finished:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert job.result is not None
    assert (job.state, job.result["proposed"]) == ("done", desk.data_sets.get("background").total)


def test_what_cannot_be_begun_is_said_at_once(desk: Desk) -> None:
    with pytest.raises(UnknownCollection, match="canal"):
        desk.syntheses.start(Plan(data_set="made", collections=("river",)))
    with pytest.raises(BackendError, match="local"):
        desk.syntheses.start(Plan(data_set="made", writer="hosted"))


def test_a_sample_takes_each_document_before_any_twice(desk: Desk) -> None:
    everything = sample(desk.catalogue, ["canal"], 99, seed=3)
    two = sample(desk.catalogue, ["canal"], 2, seed=3)
    assert two == everything[:2]
    assert {passage.document for passage in desk.catalogue.passages(two).values()} == {"pumps.md", "locks.md"}


def test_a_good_question_passes_once(desk: Desk, filters: Filters) -> None:
    assert _fault(desk, filters, "How many pumps does the pump house hold?", "14 pumps") is None
    assert _fault(desk, filters, "How many pumps does the pump  house hold?", "14 pumps") == "a duplicate"
    paraphrased = _filters(desk, "How many pumps does the pump house have?")
    assert _fault(desk, paraphrased, "How many pumps does the pump house hold?", "14 pumps") == "a duplicate"


@pytest.mark.parametrize(
    ("question", "answer", "fault"),
    [
        ("How many pumps does the passage mention?", "14 pumps", "a question about any text"),
        ("How many pumps does it hold?", "14 pumps", "leans on something"),
        ("How many pumps does the?", "14 pumps", "no whole question"),
        ("The pump house holds 14 pumps?", "14 pumps", "a copy of its sentence"),
        ("How many pumps are the 14 pumps here?", "14 pumps", "tells its answer"),
        ("Who looks after the pumps of the pump house?", "14 pumps", "another kind of thing"),
        ("How large is your team?", "large", "names nothing"),
        ("How many gates has Marsh Lock got on Mars?", "8 gates", None),
    ],
)
def test_each_fault_is_said(desk: Desk, filters: Filters, question: str, answer: str, fault: str | None) -> None:
    found = _fault(desk, filters, question, answer)
    assert (found is None) if fault is None else (found is not None and fault in found)


def test_an_answer_that_is_not_there_and_one_that_is_elsewhere_too_are_dropped(desk: Desk, tmp_path: Path) -> None:
    draft = _draft(desk, "How many pumps does the pump house hold?", "14 pumps")
    wrong = Draft(question=draft.question, answer="15 pumps", kind="number", candidate=draft.candidate)
    assert _filters(desk).look_at(wrong).fault == "the answer is not in the passage"
    again = tmp_path / "again.md"
    again.write_text("# Tours\n\nOur guides show the 14 pumps that the pump house holds.\n", encoding="utf-8")
    list(desk.ingest([Source(path=again, name="again.md", collection="canal")]))
    try:
        assert _filters(desk).look_at(draft).fault == "answered elsewhere too"
    finally:
        desk.remove(one.id for one in desk.catalogue.documents("canal") if one.name == "again.md")


def test_a_question_of_another_thing_is_unanswerable_only_where_nothing_speaks_of_both(desk: Desk) -> None:
    of_marsh = {"subject": "Marsh Lock", "answerable": False}
    answered = _filters(desk).look_at(_draft(desk, "When was Marsh Lock opened?", "", **of_marsh))
    assert answered.fault == "perhaps answered after all"
    nothing = _filters(desk).look_at(_draft(desk, "How many pumps does Marsh Lock hold?", "", **of_marsh))
    assert nothing.fault is None
    assert "Marsh Lock" in nothing.notes[0]


def test_a_follow_up_may_lean(desk: Desk, filters: Filters) -> None:
    said = (Message(role="user", content="Who was the pump house built by?"),)
    assert _fault(desk, filters, "How many pumps does it hold?", "14 pumps", history=said) is None
