from dataclasses import replace
from pathlib import Path

import pytest

from assistant.conversations import Choices
from assistant.data_sets.rows import GoldSource
from assistant.desk import Desk
from assistant.evaluation.configuration import Configuration, documents_hash, program_hash
from assistant.prompts import UnknownPrompt
from assistant.settings import Settings
from ingest.sources import walk
from models.backend import BackendError, Message
from tests.assistant.evaluation.examples import ROW

QUOTE = Choices(backend="local", prompt="quote")
DIRECT = Choices(backend="local", prompt="direct")


def test_every_part_of_it_makes_another_key() -> None:
    base = Configuration(prompt="direct@1", backend="local", settings={"answer": {"quotes": 3}})
    others = [
        replace(base, prompt="direct@2"),
        replace(base, prompt_hash="1"),
        replace(base, backend="hosted"),
        replace(base, model="m"),
        replace(base, model_hash="1"),
        replace(base, collections=("samples",)),
        replace(base, settings={"answer": {"quotes": 4}}),
        replace(base, embedding="1"),
        replace(base, documents="1"),
        replace(base, program="1"),
    ]
    assert len({one.key(ROW) for one in (base, *others)}) == 11
    assert all(Configuration.from_json(one.to_json()).content_hash == one.content_hash for one in others)


def test_of_a_row_what_is_asked_and_compared_with_makes_another_key() -> None:
    base = Configuration(prompt="quote@1")
    for same in (replace(ROW, tags=()), replace(ROW, sources=(GoldSource(document="x"),)), replace(ROW, id="y")):
        assert base.key(same) == base.key(ROW)
    history = (Message(role="user", content="Before."),)
    for other in (replace(ROW, question="?"), replace(ROW, history=history), replace(ROW, answers=())):
        assert base.key(other) != base.key(ROW)


def test_the_documents_decide(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The heron stands in the reeds.\n")
    empty = documents_hash(desk.catalogue)
    list(desk.ingest(walk([tmp_path / "a.md"], collection="birds")))
    one = documents_hash(desk.catalogue)
    list(desk.ingest(walk([tmp_path / "a.md"], collection="birds")))
    assert documents_hash(desk.catalogue) == one != empty
    (tmp_path / "a.md").write_text("The coot is in the water.\n")
    list(desk.ingest(walk([tmp_path / "a.md"], collection="birds")))
    assert documents_hash(desk.catalogue) != one


def test_the_desk_says_how_it_answers(desk: Desk, tmp_path: Path) -> None:
    quoted = desk.evaluation.configuration(QUOTE)
    assert (quoted.prompt, quoted.backend, quoted.model) == ("quote@1", None, None)
    assert quoted.settings["retrieval"]["passages"] == 8
    assert quoted.program == program_hash()
    written = desk.evaluation.configuration(DIRECT)
    assert (written.backend, written.model, written.name) == (
        "local",
        "SmolLM2-135M-Refdesk",
        "local (SmolLM2-135M-Refdesk) direct@1",
    )
    assert len(written.model_hash or "") == 64
    assert desk.evaluation.configuration(QUOTE, retrieval_only=True).prompt == "search"
    with Desk(Settings(home=tmp_path / "other", retrieval={"ranking": "rrf"})) as other:
        assert other.evaluation.configuration(QUOTE).content_hash != quoted.content_hash


def test_what_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(UnknownPrompt):
        desk.evaluation.configuration(replace(QUOTE, prompt="poem"))
    with pytest.raises(BackendError):
        desk.evaluation.configuration(replace(QUOTE, backend="cloud"))


def test_each_backend_and_prompt_is_one_run_and_quote_asks_no_backend(desk: Desk) -> None:
    grid = desk.evaluation.grid(backends=["local", "hosted"], prompts=["quote", "direct"])
    assert [(one.backend, one.prompt) for one in grid] == [
        ("local", "quote"),
        ("local", "direct"),
        ("hosted", "direct"),
    ]
    assert [(one.backend, one.prompt) for one in desk.evaluation.grid()] == [("local", "quote")]
