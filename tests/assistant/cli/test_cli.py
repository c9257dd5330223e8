import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.quoting import DOUBTFUL
from models.packaged import TAUGHT, UNTOUCHED

Run = Callable[..., subprocess.CompletedProcess[str]]


def _lines(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_documents_go_in_are_listed_synced_and_removed(refdesk: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nThe heron stands in the reeds.\n")
    (folder / "b.exe").write_bytes(b"MZ\x00\x01")
    taken = refdesk("ingest", folder, "--collection", "birds", "--json")
    *outcomes, last = _lines(taken)
    assert {line["document"]: line["status"] for line in outcomes} == {"a.md": "added", "b.exe": "failed"}
    assert all({"pages", "chunks", "seconds", "error"} <= set(line) for line in outcomes)
    assert last["summary"]["added"] == 1
    assert taken.returncode == 1
    assert [line["document"] for line in _lines(refdesk("documents", "list", "--json"))] == ["a.md"]

    (folder / "a.md").unlink()
    (folder / "b.exe").unlink()
    (folder / "c.md").write_text("The coot is in the water.\n")
    synced = _lines(refdesk("documents", "sync", folder, "--collection", "birds", "--json"))
    assert {(line["document"], line["status"]) for line in synced} == {("c.md", "added"), ("a.md", "removed")}

    refused = refdesk("documents", "sync", tmp_path / "mistyped", "--collection", "birds")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nothing was changed" in refused.stderr
    assert _lines(refdesk("documents", "remove", "c.md", "--json"))[0]["status"] == "removed"


def test_search_prints_a_line_a_query(refdesk: Run, home: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "x", "question": "boots"}\n\n{"question": "oil in the canal"}\n')
    first, second = _lines(refdesk("search", "--queries", queries, "-k", 3, "--json", home=home))
    assert (first["id"], first["query"], len(first["passages"])) == ("x", "boots", 3)
    assert {"document", "page", "heading", "text", "start", "end", "score"} <= set(first["passages"][0])
    assert second["id"] == "3"
    assert first["seconds"] > 0


def test_ask_prints_the_answer_with_its_sources(refdesk: Run, home: Path) -> None:
    question = "What do I do if oil gets into the canal?"
    [answer] = _lines(refdesk("ask", question, "--json", home=home))
    assert answer["question"] == question
    assert answer["citations"][0].keys() >= {"n", "document", "page", "quote"}
    assert answer["passages"]
    assert (answer["stopped_by"], answer["abstained"], answer["prompt"], answer["backend"]) == (
        None,
        False,
        "quote",
        None,
    )
    assert set(answer["timings"]) >= {"retrieve_s", "first_token_s", "total_s"}
    assert set(answer["tokens"]) >= {"prompt", "completion"}
    assert 0 < answer["confidence"] < 1
    assert answer["doubtful"] == (answer["confidence"] < DOUBTFUL)
    assert answer["trace_id"]


def test_ask_with_the_local_model_counts_its_tokens(refdesk_process: Run, home: Path) -> None:
    arguments = (
        "ask",
        "What do I do if oil gets into the canal?",
        "--prompt",
        "direct",
        "--backend",
        "local",
        "--json",
    )
    [answer] = _lines(refdesk_process(*arguments, home=home))
    assert (answer["backend"], answer["model"], answer["draft"]) == ("local", TAUGHT, True)
    assert answer["tokens"]["completion"] > 0
    assert answer["timings"]["first_token_s"] > 0


def test_models_are_listed_and_what_is_no_model_is_refused(refdesk: Run, tmp_path: Path) -> None:
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"this is no model")
    refused = refdesk("models", "add", fake)
    assert refused.returncode == 1
    assert "fake.gguf" in refused.stderr
    assert "Traceback" not in refused.stderr
    cards = _lines(refdesk("models", "list", "--json"))
    assert [(card["name"], card["default"]) for card in cards] == [(UNTOUCHED, False), (TAUGHT, True)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", "x", "--collection", "nowhere"), "There is no collection “nowhere”"),
        (("ask", "x", "--prompt", "nonsense"), "There is no prompt “nonsense”"),
        (("ask", "x", "--prompt", "direct", "--model", "gpt-9"), "gpt-9"),
        (("ask", "x", "--backend", "oracle"), "There is no backend “oracle”"),
        (("ask",), "Give either a question"),
        (("ask", "--questions", "missing.jsonl"), "missing.jsonl"),
        (("ingest", "missing.pdf"), "missing.pdf"),
        (("documents", "remove", "missing.pdf"), "missing.pdf"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_non_zero_exit(
    refdesk: Run, arguments: tuple[str, ...], said: str
) -> None:
    result = refdesk(*arguments)
    assert result.returncode == 1
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_a_catalogue_that_is_damaged_is_said_so(refdesk_process: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "catalogue.sqlite").write_bytes(b"this is no database, and it is longer than a header is" * 9)
    result = refdesk_process("documents", "list")
    assert result.returncode == 1
    assert result.stderr.startswith("The catalogue cannot be used (file is not a database)")
    assert len(result.stderr.strip().splitlines()) == 1


def test_doctor_prints_one_json_document(refdesk: Run, home: Path) -> None:
    result = refdesk("doctor", "--json", home=home)
    assert result.returncode == 0
    assert {finding["state"] for finding in json.loads(result.stdout)["findings"]} == {"ok"}
