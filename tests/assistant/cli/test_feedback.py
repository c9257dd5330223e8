import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from assistant.conversations import Vote
from assistant.desk import Desk
from assistant.settings import Settings

Run = Callable[..., CompletedProcess[str]]

PERSON = "p" * 32
DOWN = Vote(value=-1, reasons=("incomplete",), comment="Call-outs are missing.", better_answer="£165, and £28 an hour.")


def _vote_on(home: Path, question: str, vote: Vote) -> None:
    with Desk(Settings(home=home)) as desk:
        conversation = desk.conversations.begin(PERSON, question, desk.choices())
        list(desk.converse(PERSON, conversation.id, question, choices=desk.choices()))
        [turn] = desk.conversations.turns(PERSON, conversation.id)
        desk.feedback.vote(PERSON, turn.id, vote)
        desk.feedback.mark_source(PERSON, turn.id, 1, vote.value > 0)


def test_votes_are_listed_and_exported_with_their_answers(refdesk: Run, home: Path, tmp_path: Path) -> None:
    _vote_on(home, "How much is the allowance for the duty phone?", DOWN)
    _vote_on(home, "How many days of holiday do I get after six years?", Vote(value=1))
    listed = [json.loads(line) for line in refdesk("feedback", "list", "--json", home=home).stdout.splitlines()]
    assert [row["vote"] for row in listed] == ["up", "down"]
    down = refdesk("feedback", "list", "--down", home=home).stdout
    assert "How much is the allowance" in down
    assert "Better: £165, and £28 an hour." in down
    assert "Wrong source: [1] staff-handbook.pdf, page" in down
    assert "holiday" not in down

    file = tmp_path / "votes.jsonl"
    told = refdesk("feedback", "export", file, home=home)
    assert (told.returncode, told.stdout) == (0, f"2 answers with what people think of them written to {file}\n")
    [first, second] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert second["reasons"] == ["incomplete"]
    assert "£165" in second["answer"]
    assert second["citations"][0]["document"] == "staff-handbook.pdf"
    assert first["prompt"] == "quote"
    [marked] = second["sources"]
    assert (marked["n"], marked["document"], marked["right"]) == (1, "staff-handbook.pdf", False)


def test_a_file_that_cannot_be_written_is_said_so(refdesk: Run, home: Path, tmp_path: Path) -> None:
    refused = refdesk("feedback", "export", tmp_path / "nowhere" / "votes.jsonl", home=home)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "cannot be written" in refused.stderr


def test_answers_are_diagnosed_and_listed_by_fault(refdesk: Run, home: Path) -> None:
    _vote_on(home, "How much is the allowance for the duty phone?", Vote(value=-1, reasons=("tone",)))
    told = refdesk("feedback", "diagnose", "--json", home=home)
    assert json.loads(told.stdout)["fault"] == "style"
    assert refdesk("feedback", "diagnose", home=home).stdout == ""
    listed = refdesk("feedback", "list", "--fault", "style", "--json", home=home)
    assert json.loads(listed.stdout)["checks"]
    assert refdesk("feedback", "list", "--fault", "slow", home=home).stdout == ""
    refused = refdesk("feedback", "list", "--fault", "sloth", home=home)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no fault “sloth”" in refused.stderr


def test_faults_are_counted_with_how_often_people_agreed(refdesk: Run, home: Path) -> None:
    question = "How much is the allowance for the duty phone?"
    _vote_on(home, question, Vote(value=-1, reasons=("tone",)))
    with Desk(Settings(home=home)) as desk:
        [turn_id] = desk.diagnoses.due()
        desk.diagnoses.diagnose(turn_id)
        desk.diagnoses.correct(PERSON, turn_id, "not-used")
    counted = json.loads(refdesk("feedback", "faults", "--json", home=home).stdout)
    assert counted == {
        "faults": {"not-used": 1},
        "looked_at": 1,
        "agreed": 0,
        "by_found": {"style": {"agreed": 0, "looked_at": 1}},
    }
    assert "People said what was found of 0%" in refdesk("feedback", "faults", home=home).stdout


def test_what_is_missing_is_listed_and_ticked_off(refdesk: Run, home: Path) -> None:
    question = "Who composed the opera about the Queen of Sheba's glacier?"
    _vote_on(home, question, Vote(value=-1))
    [missing] = [json.loads(line) for line in refdesk("feedback", "missing", "--json", home=home).stdout.splitlines()]
    assert (missing["number"], missing["question"], missing["times"]) == (1, question, 1)
    refused = refdesk("feedback", "missing", "--tick", "2", home=home)
    assert (refused.returncode, "no number 2" in refused.stderr) == (1, True)
    assert refdesk("feedback", "missing", "--tick", "1", home=home).stdout == ""
    assert question in refdesk("feedback", "missing", "--undo", home=home).stdout
    assert refdesk("feedback", "missing", "--undo", home=home).returncode == 1
