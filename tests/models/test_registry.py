"""Models are added whole or not at all."""

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from models.backend import Completed, Message, Sampling
from models.gguf import read_gguf
from models.local import LocalBackend
from models.packaged import TAUGHT, UNTOUCHED
from models.registry import ModelFileError, ModelFolder
from tests.huggingface_folder import write_folder
from tests.tiny_model import write_tiny_model


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def address(packaged_gguf: Path) -> Iterator[str]:
    """Where the packaged model's folder is served on this machine."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(packaged_gguf.parent)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def names(folder: ModelFolder) -> list[str]:
    return [card.name for card in folder.list()]


@pytest.mark.parametrize("name", [UNTOUCHED, TAUGHT])
def test_the_card_of_a_packaged_model_is_true(name: str, folder: ModelFolder) -> None:
    card = folder.find(name)

    info = read_gguf(card.path)
    assert card.sha256 == hashlib.sha256((card.adapter or card.path).read_bytes()).hexdigest()
    assert card.bytes == sum(path.stat().st_size for path in (card.path, card.adapter) if path)
    assert (card.architecture, card.quantisation) == (info.architecture, info.quantisation)
    assert (card.parameters, card.context_tokens) == (info.parameters, info.context_tokens)


def test_adds_a_file_that_then_answers(folder: ModelFolder, packaged_gguf: Path) -> None:
    told: list[tuple[int, int | None]] = []
    added = folder.add(str(packaged_gguf), name="mine", progress=lambda done, total: told.append((done, total)))

    assert names(folder) == [UNTOUCHED, TAUGHT, "mine"]
    assert (added.quantisation, added.source, added.beats_quote) == ("Q4_1", str(packaged_gguf), False)
    assert told[-1] == (added.bytes, added.bytes)
    backend = LocalBackend(added.path, name=added.name, context_tokens=256)
    *_, last = backend.stream([Message(role="user", content="Hi")], sampling=Sampling(max_tokens=2))
    backend.close()
    assert isinstance(last, Completed)


def test_adds_a_hugging_face_folder_that_then_answers(folder: ModelFolder, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny.gguf")
    source = write_folder(tmp_path / "tiny.gguf", tmp_path / "Tiny-Instruct")
    added = folder.add(str(source))
    assert (added.name, added.quantisation, added.source) == ("Tiny-Instruct", "F16", str(source))
    backend = LocalBackend(added.path, name=added.name, context_tokens=256)
    *_, last = backend.stream([Message(role="user", content="Hi")], sampling=Sampling(max_tokens=2))
    backend.close()
    assert isinstance(last, Completed)

    (source / "model.safetensors").rename(source / "pytorch_model.bin")
    with pytest.raises(ModelFileError, match=r"no folder with a config\.json, a tokenizer\.json and safetensors"):
        folder.add(str(source), name="pickled")
    assert names(folder) == [UNTOUCHED, TAUGHT, "Tiny-Instruct"]


def test_downloads_a_model_and_names_it_after_its_file(folder: ModelFolder, address: str) -> None:
    digest = folder.list()[0].sha256.upper()
    added = folder.add(f"{address}/SmolLM2-135M-Instruct.Q4_1.gguf?key=secret", sha256=f" {digest}\n")

    assert added.name == "SmolLM2-135M-Instruct.Q4_1"
    assert added.source == f"{address}/SmolLM2-135M-Instruct.Q4_1.gguf"
    assert added.added_at is not None
    assert folder.find(added.name) == added


def test_keeps_a_model_with_another_digest_out(folder: ModelFolder, packaged_gguf: Path) -> None:
    with pytest.raises(ModelFileError, match="not the file that was expected"):
        folder.add(str(packaged_gguf), sha256="0" * 64, name="mine")

    assert names(folder) == [UNTOUCHED, TAUGHT]


@pytest.mark.parametrize("kept", [1000, 50_000_000])
def test_keeps_half_a_model_out_and_off_the_disk(
    folder: ModelFolder, packaged_gguf: Path, tmp_path: Path, kept: int
) -> None:
    half = tmp_path / "half.gguf"
    with packaged_gguf.open("rb") as file:
        half.write_bytes(file.read(kept))

    with pytest.raises(ModelFileError, match=r"“half\.gguf” is not a GGUF model: "):
        folder.add(str(half))

    assert names(folder) == [UNTOUCHED, TAUGHT]
    assert not list((tmp_path / "models").rglob("*.gguf"))


def test_keeps_a_model_out_that_llama_cpp_cannot_load(folder: ModelFolder, packaged_gguf: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.gguf"
    strange.write_bytes(packaged_gguf.read_bytes().replace(b"blk.3.attn_q.weight", b"blk.3.attn_q.weighs"))

    with pytest.raises(ModelFileError, match=r"but llama\.cpp cannot load it \(.*blk\.3\.attn_q\.weight"):
        folder.add(str(strange))

    assert names(folder) == [UNTOUCHED, TAUGHT]


@pytest.mark.parametrize(
    ("source", "name", "says"),
    [
        ("nowhere.gguf", None, "There is no file “nowhere.gguf”"),
        ("x.gguf", "../out", "cannot be a model's name"),
        ("x.gguf", ".hidden", "cannot be a model's name"),
        ("x.gguf", "SmolLM2-135M-Instruct", "already"),
        ("http://models.example/x.gguf", None, "not reached by https"),
        ("https://10.0.0.1/x.gguf", None, "leads into this network"),
    ],
)
def test_what_cannot_be_added_is_one_sentence(folder: ModelFolder, source: str, name: str | None, says: str) -> None:
    with pytest.raises(ModelFileError, match=says):
        folder.add(source, name=name)

    assert names(folder) == [UNTOUCHED, TAUGHT]


def test_refuses_a_digest_that_is_none(folder: ModelFolder) -> None:
    with pytest.raises(ModelFileError, match="is not a SHA-256"):
        folder.add("x.gguf", sha256="abc")


@pytest.mark.parametrize("download", [True, False])
def test_is_cancelled_half_way(folder: ModelFolder, packaged_gguf: Path, address: str, download: bool) -> None:
    cancel = threading.Event()
    source = f"{address}/{packaged_gguf.name}" if download else str(packaged_gguf)

    with pytest.raises(ModelFileError, match="was cancelled"):
        folder.add(source, name="mine", progress=lambda done, _: cancel.set() if done else None, cancel=cancel)

    assert names(folder) == [UNTOUCHED, TAUGHT]


def test_only_one_adds_the_same_source_at_a_time(folder: ModelFolder, packaged_gguf: Path) -> None:
    def add_again(done: int, _: int | None) -> None:
        with pytest.raises(ModelFileError, match="is being added already"):
            folder.add(str(packaged_gguf), name="other")

    folder.add(str(packaged_gguf), name="mine", progress=add_again)

    assert names(folder) == [UNTOUCHED, TAUGHT, "mine"]


def test_removes_an_added_model_and_never_the_packaged_one(folder: ModelFolder, packaged_gguf: Path) -> None:
    added = folder.add(str(packaged_gguf), name="mine")
    folder.remove("mine")

    assert not added.path.parent.exists()
    with pytest.raises(ModelFileError, match="There is no model “mine”; there is: SmolLM2-135M-Instruct, SmolLM2"):
        folder.remove("mine")
    with pytest.raises(ModelFileError, match="Add a file or folder first, by “refdesk models add”"):
        folder.find(str(packaged_gguf))
    with pytest.raises(ModelFileError, match="comes with Refdesk"):
        folder.remove(TAUGHT)


def test_writes_down_that_a_model_beats_the_quotes(folder: ModelFolder, packaged_gguf: Path) -> None:
    added = folder.add(str(packaged_gguf), name="mine")

    folder.mark("mine", beats_quote=True)

    assert ModelFolder(added.path.parent.parent).find("mine").beats_quote


@pytest.mark.parametrize(
    "spoil",
    [
        lambda card: card.write_text("{"),
        lambda card: card.write_text("[]"),
        lambda card: card.write_text(json.dumps({"file": "x.gguf", "name": "mine"})),
        lambda card: card.unlink(),
        lambda card: shutil.rmtree(card.parent),
        lambda card: next(card.parent.glob("*.gguf")).unlink(),
    ],
)
def test_lists_no_model_that_is_not_whole(folder: ModelFolder, packaged_gguf: Path, spoil: Any) -> None:
    added = folder.add(str(packaged_gguf), name="mine")

    spoil(added.path.parent / "card.json")

    assert names(folder) == [UNTOUCHED, TAUGHT]


def test_a_card_leads_to_no_file_outside_its_folder(folder: ModelFolder, packaged_gguf: Path) -> None:
    added = folder.add(str(packaged_gguf), name="mine")
    card = added.path.parent / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"file": str(packaged_gguf)}))

    assert all(other.path != packaged_gguf for other in folder.list()[2:])
