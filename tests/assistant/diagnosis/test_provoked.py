"""Each fault provoked on a small desk of its own documents, and found."""

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assistant.conversations import Choices, Vote
from assistant.conversations.conversation import context_of
from assistant.desk import Desk
from assistant.diagnosis import Diagnosis
from assistant.limits import Limits
from assistant.settings import Settings
from assistant.turn import Turn
from benchmarks.diagnosis import diagnosed
from benchmarks.faults import EXPECTED, Failing
from ingest.sources import walk
from models.scripted import ScriptedBackend

ANN = "a" * 32
DOWN = Vote(value=-1)
QUESTION = "How much is the mooring fee for a narrowboat?"
HARBOUR = """# Mooring

The mooring fee for a narrowboat is £12 a night. It is paid to the lock keeper.

# Water

Fresh water is free at the tap beside the lock cottage. The tap is closed in frost.
"""


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "harbour.md").write_text(HARBOUR, encoding="utf-8")
    (folder / "kitchen.md").write_text("# Kitchen\n\nThe kettle is descaled on Mondays.\n", encoding="utf-8")
    return folder


@pytest.fixture
def small(tmp_path: Path, documents: Path) -> Iterator[Desk]:
    """A desk with two documents."""
    with Desk(Settings(home=tmp_path / "home")) as desk:
        _take_in(desk, documents)
        yield desk


def _take_in(desk: Desk, folder: Path, collection: str = "documents") -> None:
    for outcome in desk.ingest(walk([folder], collection=collection)):
        assert outcome.status != "failed"


def _ask(
    desk: Desk, *questions: str, says: str | None = None, collections: Sequence[str] = (), passages: int = 8
) -> int:
    """Ask in a conversation of its own; the last answer is written by a model that says this. Gives its turn."""
    conversation = desk.conversations.begin(ANN, questions[0], desk.choices()).id
    for question in questions:
        before = desk.conversations.turns(ANN, conversation)
        backend = ScriptedBackend([says]) if says is not None and question == questions[-1] else None
        trace_id = uuid.uuid4().hex
        turn = Turn(
            question=question,
            retriever=desk.retriever,
            quoter=desk.quoter,
            rails=desk.rails,
            support=desk.support,
            backend=backend,
            prompt=desk.prompts.load("direct" if backend else "quote"),
            context=context_of(before),
            collections=collections,
            limits=Limits(passages=passages),
            trace_id=trace_id,
        )
        kept = desk.conversations.keep(
            turn,
            person=ANN,
            conversation_id=conversation,
            question=question,
            parent_id=before[-1].id if before else None,
            trace_id=trace_id,
        )
        list(kept)
    return desk.conversations.turns(ANN, conversation)[-1].id


def _diagnosis(desk: Desk, turn_id: int, vote: Vote = DOWN) -> Diagnosis:
    desk.feedback.vote(ANN, turn_id, vote)
    return desk.diagnoses.diagnose(turn_id)


def test_an_answer_that_nothing_is_wrong_with_is_not_explained(small: Desk) -> None:
    made = _diagnosis(small, _ask(small, QUESTION))
    assert made.found == "unknown"
    assert made.right is not None
    assert made.right.quote == "The mooring fee for a narrowboat is £12 a night."


def test_a_refusal_although_the_passage_was_there(small: Desk) -> None:
    assert _diagnosis(small, _ask(small, QUESTION, says="Not in the documents.")).found == "wrongly-refused"


def test_a_sentence_that_stands_nowhere(small: Desk) -> None:
    says = "The mooring fee was abolished by the parish council of Little Wittering. [1]"
    assert _diagnosis(small, _ask(small, QUESTION, says=says)).found == "unsupported"


def test_an_answer_that_leaves_the_right_passage_aside(small: Desk) -> None:
    sources = [one.n for one in _sources(small, QUESTION) if one.passage.document == "kitchen.md"]
    says = f"The kettle is descaled on Mondays. [{sources[0]}]"
    assert _diagnosis(small, _ask(small, QUESTION, says=says)).found == "not-used"


def test_an_answer_that_cites_the_right_passage_and_says_something_else(small: Desk) -> None:
    n = next(one.n for one in _sources(small, QUESTION) if "£12" in one.passage.text)
    turn_id = _ask(small, QUESTION, says=f"It is paid to the lock keeper. [{n}]")
    assert _diagnosis(small, turn_id).found == "unknown"
    made = _diagnosis(small, turn_id, Vote(value=-1, better_answer="£12 a night"))
    assert made.found == "misread"


def test_a_document_that_says_something_else_since(small: Desk, documents: Path) -> None:
    turn_id = _ask(small, QUESTION)
    (documents / "harbour.md").write_text(HARBOUR.replace("£12", "£15"), encoding="utf-8")
    _take_in(small, documents)
    made = _diagnosis(small, turn_id)
    assert made.found == "outdated"
    assert "“harbour.md”, which it cites, says something else by now." in [check.says for check in made.checks]


def test_a_document_that_was_changed_elsewhere_is_not_outdated(small: Desk, documents: Path) -> None:
    turn_id = _ask(small, QUESTION)
    (documents / "harbour.md").write_text(HARBOUR.replace("in frost", "in winter"), encoding="utf-8")
    _take_in(small, documents)
    made = _diagnosis(small, turn_id)
    assert made.found == "unknown"
    assert "is cited" in made.checks[1].says


def test_a_document_that_was_taken_off_the_desk(small: Desk) -> None:
    turn_id = _ask(small, QUESTION)
    small.remove([one.id for one in small.catalogue.documents() if one.name == "harbour.md"])
    assert _diagnosis(small, turn_id).found == "not-on-the-desk"


def test_a_follow_up_is_searched_with_what_it_leans_on(small: Desk) -> None:
    turn_id = _ask(small, QUESTION, "And who is it paid to?", says="Not in the documents.")
    made = _diagnosis(small, turn_id)
    assert made.found == "wrongly-refused"
    assert made.right is not None
    assert made.right.document == "harbour.md"


def test_an_answer_may_cite_what_an_earlier_one_had(small: Desk) -> None:
    n = next(one.n for one in _sources(small, QUESTION) if "£12" in one.passage.text)
    says = f"The mooring fee for a narrowboat is £12 a night. [{n}]"
    made = _diagnosis(small, _ask(small, QUESTION, "How much is it again?", says=says))
    assert made.found not in ("unsupported", "not-used")


def test_a_search_is_kept_to_the_collections_that_the_turn_was_kept_to(small: Desk, tmp_path: Path) -> None:
    other = tmp_path / "minutes"
    other.mkdir()
    (other / "minutes.md").write_text("# Minutes\n\nThe treasurer was thanked for the cake.\n", encoding="utf-8")
    _take_in(small, other, "minutes")
    made = _diagnosis(small, _ask(small, QUESTION, collections=["minutes"]))
    assert made.found == "not-retrieved"
    assert "is in “documents”, which the question was not asked of" in made.checks[1].says
    nowhere = _diagnosis(small, _ask(small, "Who is the patron of the opera house?", collections=["minutes"]))
    assert nowhere.found == "not-on-the-desk"


def test_a_passage_that_was_cut_in_another_way_since_is_the_same(small: Desk, documents: Path, tmp_path: Path) -> None:
    turn_id = _ask(small, QUESTION)
    settings = Settings.model_validate({"home": tmp_path / "home", "ingest": {"chunk_chars": 200}})
    small.close()
    with Desk(settings) as again:
        _take_in(again, documents)
        made = _diagnosis(again, turn_id)
    assert made.found == "unknown"
    assert made.checks[1].says == "That passage was among the sources, and is cited."


def test_the_better_answer_tells_which_passage_is_right(small: Desk) -> None:
    turn_id = _ask(small, "What is to be paid at the lock?", says="Not in the documents.")
    made = _diagnosis(small, turn_id, Vote(value=-1, better_answer="£12 a night"))
    assert (made.found, made.right and made.right.document) == ("wrongly-refused", "harbour.md")
    made = _diagnosis(small, turn_id, Vote(value=-1, better_answer="A groat"))
    assert (made.found, made.right) == ("not-on-the-desk", None)


def test_faults_that_are_made_are_found(sample_home: Path, tmp_path: Path) -> None:
    import shutil

    from benchmarks.data import read_rows
    from tests.conftest import SAMPLES

    shutil.copytree(sample_home, tmp_path / "home")
    rows = [row for row in read_rows(SAMPLES / "rows.jsonl") if not row.get("history")]
    with Desk(Settings(home=tmp_path / "home")) as desk:
        failures = list(Failing(desk, "samples", rows).failures(2))
        found = diagnosed(desk, failures, has_better=True)
    expected = [EXPECTED[failure.kind] for failure in failures]
    assert len(failures) == 10
    assert sum(one == other for one, other in zip(found, expected, strict=True)) >= 9, found


def _sources(desk: Desk, question: str):  # type: ignore[no-untyped-def]
    conversation = desk.conversations.begin(ANN, question, Choices(backend="local", prompt="quote")).id
    list(desk.converse(ANN, conversation, question, choices=Choices(backend="local", prompt="quote")))
    return desk.conversations.turns(ANN, conversation)[0].answered.sources
