import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from assistant.conversations import Vote
from assistant.data_sets.rows import read_rows
from assistant.desk import Desk
from assistant.prompts.shipped import shipped_text
from assistant.samples import SAMPLES
from assistant.settings import Settings
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, LangfuseServer

Run = Callable[..., CompletedProcess[str]]


def test_a_data_set_from_import_to_export(refdesk: Run, home: Path, tmp_path: Path) -> None:
    rows, file = SAMPLES / "rows.jsonl", tmp_path / "out.jsonl"
    imported = json.loads(refdesk("dataset", "import", "samples", rows, "--json", home=home).stdout)
    assert imported == {"added": 40, "updated": 0, "unchanged": 0, "missing_documents": []}
    parts = json.loads(refdesk("dataset", "split", "samples", "--shares", "train=1,test=1", "--json", home=home).stdout)
    assert sum(parts.values()) == 40
    first = read_rows(rows)[0].id
    told = refdesk("dataset", "review", "samples", "reject", first, home=home)
    assert told.stdout == "1 rows are rejected.\n"
    [listed] = [json.loads(line) for line in refdesk("dataset", "list", "--json", home=home).stdout.splitlines()]
    assert (listed["approved"], listed["rejected"], listed["parts"]) == (39, 1, parts)
    refdesk("dataset", "export", "samples", file, home=home)
    assert read_rows(file) == [row for row in read_rows(rows) if row.id != first]
    assert json.loads(refdesk("dataset", "remove", "samples", "--json", home=home).stdout) == {"removed": 40}
    assert "No data sets yet" in refdesk("dataset", "list", home=home).stdout


def test_questions_are_made_shown_and_approved(refdesk: Run, home: Path) -> None:
    made = json.loads(refdesk("dataset", "synthesise", "made", "--passages", "12", "--json", home=home).stdout)
    assert made["passages"] == 12
    assert made["proposed"] > 0
    shown = refdesk("dataset", "show", "made", "--state", "proposed", "--json", home=home).stdout.splitlines()
    assert len(shown) == made["proposed"]
    assert json.loads(shown[0])["notes"][0].startswith("By rules, from ")
    approved = json.loads(refdesk("dataset", "review", "made", "approve", "--all", "--json", home=home).stdout)
    assert approved == {"rows": made["proposed"], "state": "approved"}
    evaluated = refdesk("eval", "made", "--retrieval-only", "--json", home=home)
    assert evaluated.returncode == 0, evaluated.stderr


def test_a_data_set_goes_to_langfuse_and_comes_back_for_a_review(
    refdesk: Run, tmp_path: Path, langfuse: LangfuseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFDESK_LANGFUSE__URL", langfuse.url)
    monkeypatch.setenv("REFDESK_LANGFUSE__PUBLIC_KEY", PUBLIC_KEY)
    monkeypatch.setenv("REFDESK_LANGFUSE__SECRET_KEY", SECRET_KEY)
    refdesk("dataset", "import", "samples", SAMPLES / "rows.jsonl")
    pushed = refdesk("dataset", "push", "samples")
    assert (pushed.returncode, pushed.stdout) == (0, "40 sent, 0 unchanged, 0 archived.\n"), pushed.stderr
    langfuse.take_item({"datasetName": "samples", "id": "new", "input": "Who is paid?"})
    pulled = json.loads(refdesk("dataset", "pull", "samples", "--json").stdout)
    assert pulled == {"added": 1, "changed": 0, "unchanged": 40, "archived": [], "unusable": []}
    shown = refdesk("dataset", "show", "samples", "--state", "proposed").stdout
    assert shown == "new  proposed  Who is paid?\n    Written in Langfuse.\n"


def test_what_was_approved_is_built_and_contradictions_are_shown(refdesk: Run, home: Path) -> None:
    question = "How much is the allowance for the duty phone?"
    with Desk(Settings(home=home)) as desk:
        for person, answer in (("a" * 32, "£140 a week"), ("b" * 32, "£165 a week")):
            conversation = desk.conversations.begin(person, question, desk.choices())
            list(desk.converse(person, conversation.id, question, choices=desk.choices()))
            [turn] = desk.conversations.turns(person, conversation.id)
            desk.feedback.vote(person, turn.id, Vote(value=-1, better_answer=answer))
        desk.reviews.fill()
        while (held := desk.reviews.next("r" * 32)) is not None:
            desk.reviews.decide("r" * 32, held.turn_id, "approved")
    built = json.loads(refdesk("dataset", "build", "ours", "--json", home=home).stdout)
    [conflict] = built["conflicts"]
    assert (built["rows"], conflict["kept"], len(conflict["rows"])) == (0, [], 2)
    right = next(row["id"] for row in conflict["rows"] if row["answers"] == ["£165 a week"])
    told = refdesk("dataset", "build", "ours", "--keep", right, home=home).stdout
    assert "1 rows (train 1, dev 0, test 0)." in told
    assert f"    {right}  kept  {question}\n        £165 a week\n" in told
    assert refdesk("dataset", "build", "ours", "--keep", right, home=home).stdout == told
    shown = [json.loads(line) for line in refdesk("dataset", "show", "ours", "--json", home=home).stdout.splitlines()]
    assert [(row["id"], row["part"], row["origin"]) for row in shown] == [(right, "train", "feedback")]


def test_files_are_built_into_a_set_as_well(refdesk: Run) -> None:
    parts = json.loads(refdesk("dataset", "build", "mine", SAMPLES / "rows.jsonl", "--json").stdout)
    assert sum(parts.values()) == 40
    refused = refdesk("dataset", "build", "mine")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "No answer is approved yet" in refused.stderr


def test_what_is_wrong_is_one_sentence(refdesk: Run, tmp_path: Path) -> None:
    broken = tmp_path / "rows.jsonl"
    broken.write_text("{}\n", encoding="utf-8")
    for arguments, said in (
        (("dataset", "show", "nothing"), "There is no data set “nothing”"),
        (("dataset", "import", "mine", broken), "Line 1 of rows.jsonl has no “id”"),
        (("dataset", "split", "mine", "--shares", "train"), "is no share of a part"),
        (("dataset", "review", "mine", "approve"), "either ids of rows or --all"),
        (("dataset", "push", "mine"), "There is no data set “mine”"),
        (("dataset", "pull", "mine"), "No keys of Langfuse are set"),
        (("dataset", "synthesise", "mine"), "There are no documents"),
        (("prompts", "show", "nothing"), "There is no prompt “nothing”"),
        (("prompts", "add", "direct", broken), "begins with a head"),
    ):
        refused = refdesk(*arguments)
        assert (refused.returncode, refused.stdout) == (1, ""), arguments
        assert said in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_a_prompt_gets_a_version_and_becomes_the_default(refdesk: Run, tmp_path: Path) -> None:
    text = tmp_path / "direct.md"
    text.write_text(shipped_text("direct").replace("Be brief.", "Be very brief."), encoding="utf-8")
    assert refdesk("prompts", "add", "direct", text).stdout == "Kept as direct@2.\n"
    assert refdesk("prompts", "default", "direct@2").stdout == "direct@2\n"
    listed = [json.loads(line) for line in refdesk("prompts", "list", "--json").stdout.splitlines()]
    assert [one["prompt"] for one in listed if one["default"]] == ["direct@2"]
    assert "+Answer the question" in refdesk("prompts", "show", "direct", "--against", "direct@1").stdout
    assert refdesk("prompts", "restore", "direct@1").stdout == "Kept as direct@3.\n"
    assert refdesk("prompts", "default", "--reset").stdout == "quote\n"
