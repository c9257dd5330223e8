import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.conversations import Vote
from assistant.desk import Desk
from assistant.diagnosis import UndiagnosableTurn
from assistant.settings import Settings

ANN = "a" * 32
DOWN = Vote(value=-1, reasons=("wrong",))


@pytest.fixture(scope="module")
def desk(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with the samples that this file's tests write to, each in a conversation of its own."""
    home = tmp_path_factory.mktemp("diagnoses") / "home"
    shutil.copytree(sample_home, home)
    with Desk(Settings(home=home)) as opened:
        yield opened


@pytest.fixture
def turn_id(desk: Desk) -> int:
    return _ask(desk, "How much is the allowance for the duty phone?")[1]


def _ask(desk: Desk, question: str) -> tuple[str, int]:
    conversation = desk.conversations.begin(ANN, question, desk.choices())
    list(desk.converse(ANN, conversation.id, question, choices=desk.choices()))
    return conversation.id, desk.conversations.turns(ANN, conversation.id)[0].id


def test_a_thumb_down_is_due_until_it_is_diagnosed_and_again_when_it_changes(desk: Desk, turn_id: int) -> None:
    desk.feedback.vote(ANN, turn_id, DOWN)
    assert turn_id in desk.diagnoses.due()
    made = desk.diagnoses.diagnose(turn_id)
    assert desk.diagnoses.of(turn_id) == made
    assert turn_id not in desk.diagnoses.due()
    desk.feedback.vote(ANN, turn_id, Vote(value=-1, reasons=("tone",)))
    assert turn_id in desk.diagnoses.due()
    assert desk.diagnoses.diagnose(turn_id).found == "style"


def test_what_was_corrected_stays(desk: Desk, turn_id: int) -> None:
    desk.feedback.vote(ANN, turn_id, Vote(value=-1, reasons=("tone",)))
    desk.diagnoses.diagnose(turn_id)
    desk.diagnoses.correct(ANN, turn_id, "not-used")
    again = desk.diagnoses.diagnose(turn_id)
    assert (again.fault, again.found, again.is_corrected) == ("not-used", "style", True)
    assert turn_id in [one.turn_id for one in desk.diagnoses.all(fault="not-used")]
    assert turn_id not in [one.turn_id for one in desk.diagnoses.all(fault="style")]


@pytest.mark.parametrize("is_retracted", [True, False])
def test_without_the_thumb_down_there_is_no_diagnosis(desk: Desk, turn_id: int, is_retracted: bool) -> None:
    desk.feedback.vote(ANN, turn_id, DOWN)
    desk.diagnoses.diagnose(turn_id)
    if is_retracted:
        desk.feedback.retract(ANN, turn_id)
    else:
        desk.feedback.vote(ANN, turn_id, Vote(value=1))
    assert desk.diagnoses.of(turn_id) is None
    assert turn_id not in desk.diagnoses.due()


def test_a_question_on_nothing_here_is_not_on_the_desk(desk: Desk) -> None:
    _, turn_id = _ask(desk, "Who composed the opera about the Queen of Sheba's glacier?")
    assert desk.diagnoses.diagnose(turn_id).found == "not-on-the-desk"


def test_a_deleted_conversation_takes_its_diagnosis_along(desk: Desk) -> None:
    conversation_id, turn_id = _ask(desk, "How many days of holiday do I get?")
    desk.diagnoses.diagnose(turn_id)
    desk.conversations.delete(ANN, conversation_id)
    assert desk.diagnoses.of(turn_id) is None
    with pytest.raises(UndiagnosableTurn):
        desk.diagnoses.diagnose(turn_id)


def test_only_what_is_there_is_corrected_and_only_to_a_fault(desk: Desk, turn_id: int) -> None:
    with pytest.raises(UndiagnosableTurn):
        desk.diagnoses.correct(ANN, turn_id, "slow")
    with pytest.raises(ValueError, match="no fault"):
        desk.diagnoses.correct(ANN, turn_id, "sloth")  # type: ignore[arg-type]
