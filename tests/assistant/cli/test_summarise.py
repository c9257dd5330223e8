import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from models.registry import ModelFolder
from tests.tiny_model import write_tiny_model

Run = Callable[..., CompletedProcess[str]]


def test_a_document_is_summarised_with_its_sources(refdesk: Run, home: Path) -> None:
    done = refdesk("summarise", "boat-licences.md", "--length", 2, home=home)
    assert done.returncode == 0
    assert "[1] boat-licences.md | Boat licences" in done.stdout
    assert done.stderr == ""

    found = json.loads(refdesk("summarise", "boat-licences.md", "--length", 2, "--json", home=home).stdout)
    assert len(found["sentences"]) == 2
    assert found["model"] is None
    assert found["summary"].startswith(found["sentences"][0])
    assert {source["document"] for source in found["sources"]} == {"boat-licences.md"}


def test_a_model_writes_where_it_is_chosen(refdesk: Run, home: Path) -> None:
    done = refdesk("summarise", "home-working-announcement.eml", "--length", 1, "--backend", "local", home=home)
    assert done.returncode == 0
    assert "(a draft by SmolLM2" in done.stdout
    summary = done.stdout.partition("\n\n")[0]
    assert summary
    marked = [line for line in done.stdout.splitlines() if line.startswith("No passage bears this out: ")]
    # One sentence: its source stands behind it, or it is said that it has none.
    assert len(marked) == (not summary.endswith("]"))


def test_what_cannot_be_done_is_one_sentence(refdesk: Run, home: Path) -> None:
    for arguments, sentence in (
        (("gone.md",), "There is no document “gone.md”"),
        (("boat-licences.md", "--length", 0), "1 to 20 sentences"),
        (("boat-licences.md", "--backend", "hosted"), "There is no backend “hosted”"),
        (("boat-licences.md", "--backend", "local", "--model", "none"), "There is no model “none”"),
    ):
        done = refdesk("summarise", *arguments, home=home)
        assert done.returncode == 1
        assert sentence in done.stderr


def test_who_was_taught_to_summarise_is_chosen_for_nothing_else(refdesk: Run, home: Path, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny.gguf")
    ModelFolder(home / "models").add(str(tmp_path / "tiny.gguf"), name="sum-1", made={"student": "summarising"})
    for arguments in (("ask", "Who was there?", "--model", "sum-1"), ("trials", "begin", "--model", "sum-1")):
        done = refdesk(*arguments, home=home)
        assert done.returncode == 1
        assert "The model “sum-1” was taught to summarise: choose one of these (SmolLM2-135M-Refdesk" in done.stderr
