"""The packaged embedding model, as it is used."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from models.embedding import Embedder
from models.gguf import ModelFileError

TEXTS = [
    "The annual leave of a new employee is 25 days.",
    "Cats sleep for most of the day.",
    "Expenses are paid back within a month. " * 12,
    "Ferien: 25 Tage.",
    "x",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_vectors_have_length_one_and_come_in_order(embedder: Embedder) -> None:
    vectors = embedder.passages(TEXTS, batch_size=2)

    assert (vectors.shape, vectors.dtype) == ((5, embedder.dimensions), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(embedder.passages([text])[0], vector, atol=1e-5)


def test_a_question_is_nearest_to_its_answer(embedder: Embedder) -> None:
    nearest = int(np.argmax(embedder.passages(TEXTS) @ embedder.query("How much holiday do I get when I start?")))

    assert TEXTS[nearest] == TEXTS[0]


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.passages([]).shape == (0, 384)
    assert embedder.sentences([]).shape == (0, 384)


def test_sentences_are_passages_remembered(embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = embedder.sentences([TEXTS[0], TEXTS[1], TEXTS[0]])
    np.testing.assert_allclose(first, embedder.passages([TEXTS[0], TEXTS[1], TEXTS[0]]), atol=1e-5)
    embedded: list[str] = []
    passages = embedder.passages
    monkeypatch.setattr(embedder, "passages", lambda texts: (embedded.extend(texts), passages(texts))[1])

    again = embedder.sentences([TEXTS[1], TEXTS[3], TEXTS[0]])

    assert embedded == [TEXTS[3]]
    np.testing.assert_array_equal(again[[0, 2]], first[[1, 0]])


def test_several_threads_get_the_same_vectors(embedder: Embedder) -> None:
    expected = embedder.passages(TEXTS)
    got: list[np.ndarray] = []

    def embed() -> None:
        for _ in range(4):
            got.append(embedder.passages(TEXTS, batch_size=2))
            got.append(np.stack([embedder.query(text) for text in TEXTS]))

    threads = [threading.Thread(target=embed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 32
    for vectors in got:
        np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_the_fingerprint_needs_no_model_loaded(embedder: Embedder) -> None:
    program = (
        "import sys; from models.embedding import Embedder; e = Embedder(); print(e.name, e.fingerprint);"
        "assert not {'torch', 'sentence_transformers'} & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.split() == ["all-MiniLM-L6-v2", embedder.fingerprint]


def test_other_weights_or_settings_have_another_fingerprint(embedder: Embedder, tmp_path: Path) -> None:
    weights = bytearray(np.arange(500_000, dtype=np.float32).tobytes())
    (tmp_path / "config.json").write_text("{}")
    seen = {embedder.fingerprint}

    def look() -> None:
        (tmp_path / "model.safetensors").write_bytes(weights)
        assert Embedder(tmp_path).fingerprint == Embedder(tmp_path).fingerprint
        seen.add(Embedder(tmp_path).fingerprint)

    look()
    weights[0] ^= 1
    look()
    weights.append(0)
    look()
    (tmp_path / "config.json").write_text("{ }")
    look()
    assert len(seen) == 5


def test_loads_from_this_machine_alone_and_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def deny(*_: object, **__: object) -> None:
        raise AssertionError("it reached for the network")

    monkeypatch.setattr(socket.socket, "connect", deny)
    monkeypatch.setattr(socket, "getaddrinfo", deny)

    Embedder().warm()

    assert capfd.readouterr() == ("", "")


def test_a_folder_without_a_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is not the folder of a sentence-transformers model"):
        Embedder(tmp_path)
