from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.conversations import Choices, Vote
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.trials import TrialError

PERSON = "p" * 32
CHALLENGER = Choices(backend="scripted", prompt="direct")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(Settings(home=tmp_path / "home", backend="scripted", answer={"max_tokens": 3})) as desk:
        yield desk


def _begin(desk: Desk, number: int, *, vote: int | None = None) -> str:
    """A conversation as the page begins it, with an answer and perhaps a thumb."""
    conversation, suggested = f"{number:032x}", desk.choices(f"{number:032x}")
    desk.conversations.begin(PERSON, "Who may moor?", suggested, conversation_id=conversation)
    desk.trials.enter(conversation, suggested)
    if vote is not None:
        list(desk.converse(PERSON, conversation, "Who may moor?", choices=suggested))
        (turn,) = desk.conversations.turns(PERSON, conversation)
        desk.feedback.vote(PERSON, turn.id, Vote(value=vote))
    return conversation


def test_a_share_of_new_conversations_gets_the_challenger_and_each_always_the_same(desk: Desk) -> None:
    trial = desk.trials.begin(CHALLENGER, share=0.2)
    assert desk.trials.running() == trial
    ids = [f"{number:032x}" for number in range(2000)]
    drawn = [trial.choices(one) for one in ids]
    assert drawn == [trial.choices(one) for one in ids]
    assert drawn.count(CHALLENGER) == pytest.approx(400, abs=80)  # 4.5 standard deviations
    assert {(one.backend, one.prompt) for one in drawn} == {("scripted", "direct"), ("scripted", "quote")}
    assert desk.choices() == trial.usual  # outside of conversations


def test_what_cannot_be_begun_or_ended_is_one_sentence(desk: Desk) -> None:
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(TrialError, match="no share"):
            desk.trials.begin(CHALLENGER, share=share)
    with pytest.raises(TrialError, match="already"):
        desk.trials.begin(desk.choices(), share=0.5)
    first = desk.trials.begin(CHALLENGER, share=0.5)
    with pytest.raises(TrialError, match="runs already"):
        desk.trials.begin(CHALLENGER, share=0.5)
    ended = desk.trials.end(first.id)
    assert ended.ended_at is not None
    assert desk.trials.end(first.id) == ended
    with pytest.raises(TrialError, match="no trial"):
        desk.trials.end("00000000")
    second = desk.trials.begin(CHALLENGER, share=0.5)
    assert [trial.id for trial in desk.trials.list()] == [second.id, first.id]


def test_it_stands_as_the_thumbs_say_and_forgets_what_is_deleted(desk: Desk) -> None:
    before = _begin(desk, 999)
    trial = desk.trials.begin(CHALLENGER, share=0.5)
    numbers = [number for number in range(30) if not trial.draws_challenger(f"{number:032x}")][:3]
    numbers += [number for number in range(30) if trial.draws_challenger(f"{number:032x}")][:3]
    conversations = [
        _begin(desk, number, vote=vote) for number, vote in zip(numbers, (1, 1, -1, 1, -1, -1), strict=True)
    ]
    standing = desk.trials.standing(trial)
    assert [(arm.conversations, arm.answers, arm.up, arm.down) for arm in (standing.usual, standing.challenger)] == [
        (3, 3, 2, 1),
        (3, 3, 1, 2),
    ]
    assert standing.usual.satisfaction == pytest.approx(2 / 3)
    assert standing.challenger.wait_s is not None
    assert "Nothing can be said yet" in standing.verdict
    assert before not in conversations

    desk.conversations.delete(PERSON, conversations[0])
    assert desk.trials.standing(trial).usual.conversations == 2


def test_who_chose_otherwise_or_began_before_takes_no_part(desk: Desk) -> None:
    usual = desk.choices()
    trial = desk.trials.begin(CHALLENGER, share=0.5)
    for number in range(20):  # drawn before the trial began, so all in the usual way
        conversation = f"{number:032x}"
        desk.conversations.begin(PERSON, "Who may moor?", usual, conversation_id=conversation)
        desk.trials.enter(conversation, usual)
    standing = desk.trials.standing(trial)
    assert standing.challenger.conversations == 0
    assert 0 < standing.usual.conversations < 20
    desk.trials.end(trial.id)
    _begin(desk, 100)
    assert desk.trials.standing(trial).usual.conversations == standing.usual.conversations
