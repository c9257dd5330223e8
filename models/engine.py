"""llama.cpp as this floor uses it: one model, one context, one conversation in its memory.

It is written against the C functions that llama-cpp-python binds and not against its `Llama` class, which
compiles the file's chat template inside this process and points the whole process's stdout and stderr
at nothing while a model loads.
"""

import ctypes
import functools
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.backend import Opening
from models.cores import physical_cores, sleep_when_idle
from models.gguf import printable
from models.processor import has_amx
from models.template import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READ_TOKENS = 128
"""Most tokens that `Engine.read` takes at once."""

_TOP_P = 0.95
_LONGEST_TOKEN_CHARS = 64
_ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR in ggml.h
_ERRORS_KEPT = 20
# A step of a small model is a thousand tiny computations, and sleeping threads that wake up for each take
# longer than one thread does: measured 52 against 160 tokens/s at 0.1 GB, 39 against 65 at 0.5 GB.
_ONE_THREAD_BYTES = 2**30


class EngineError(Exception):
    """llama.cpp cannot do what it was asked; a sentence for people, without the model's name."""


class Engine:
    """A loaded model. One thread may `recall`, `read` and sample; the vocabulary is any thread's.

    `context_tokens` is cut to what the model was trained for. `threads` defaults to the physical cores,
    and to one for the answer of a small model. `adapter` is a GGUF file of what a LoRA training has learnt; it is
    added to the model's weights wherever these are used.

    Raises:
        EngineError: llama.cpp cannot load the file, or the adapter is not one of this model.
    """

    def __init__(
        self, path: Path, *, context_tokens: int, threads: int | None = None, adapter: Path | None = None
    ) -> None:
        self._library = library = _llama()
        self._open = threading.RLock()  # held while the vocabulary is read, so that it is not freed meanwhile
        self._interrupted = ctypes.create_string_buffer(2)
        self._remembered: list[int] = []
        self._model = library.llama_model_load_from_file(str(path).encode(), _model_settings(library))
        if not self._model:
            raise EngineError(f"llama.cpp cannot load it{_complaint()}")
        self._vocabulary = library.llama_model_get_vocab(self._model)
        settings = self._context_settings(context_tokens)
        small = path.stat().st_size < _ONE_THREAD_BYTES
        settings.n_threads = threads or (1 if small else physical_cores())
        settings.n_threads_batch = threads or physical_cores()
        self._context = library.llama_init_from_model(self._model, settings)
        if not self._context:
            library.llama_model_free(self._model)
            raise EngineError(f"there is not enough memory for a context of {settings.n_ctx:,} tokens{_complaint()}")
        if adapter is not None:
            self._adapt(adapter)
        self._memory = library.llama_get_memory(self._context)
        self.context_tokens: int = library.llama_n_ctx(self._context)

    def _context_settings(self, context_tokens: int) -> Any:
        settings = self._library.llama_context_default_params()
        settings.n_ctx = min(context_tokens, self._library.llama_model_n_ctx_train(self._model))
        settings.n_batch = settings.n_ubatch = READ_TOKENS
        settings.abort_callback = _flag_reader()
        settings.abort_callback_data = ctypes.addressof(self._interrupted)
        return settings

    def _adapt(self, path: Path) -> None:
        library = self._library
        adapter = library.llama_adapter_lora_init(self._model, str(path).encode())  # freed with the model
        if not adapter:
            self.close()
            raise EngineError(f"“{path.name}” is no adapter of it{_complaint()}")
        library.llama_set_adapters_lora(
            self._context, (library.llama_adapter_lora_p_ctypes * 1)(adapter), 1, (ctypes.c_float * 1)(1.0)
        )

    # The vocabulary

    def encode(self, segments: Sequence[Segment]) -> list[int]:
        """Tokens of a prompt. Control tokens come from the template's segments alone.

        Raises:
            EngineError: the prompt is far longer than the context, or the model is closed.
        """
        if sum(len(segment.text) for segment in segments) > self.context_tokens * _LONGEST_TOKEN_CHARS:
            raise EngineError(f"the question and its passages are far longer than its {self.context_tokens:,} tokens")
        with self._open:
            if not self._model:
                raise EngineError("it is closed")
            written = {at: self._tokenise(s.text, control=True) for at, s in enumerate(segments) if s.is_template}
            marks = {token for tokens in written.values() for token in tokens if self._is_mark(token)}
            tokens: list[int] = []
            for at, segment in enumerate(segments):
                tokens += written[at] if at in written else self._tokenise_plain(segment.text, marks)
            return self._begun(tokens)

    def piece(self, token: int, *, first: bool = False) -> bytes:
        """The bytes that `token` adds to a text; none for a control token."""
        # A sentencepiece vocabulary begins every text with a space that nobody wrote.
        library = self._library
        skipped = int(first and library.llama_vocab_type(self._vocabulary) == library.LLAMA_VOCAB_TYPE_SPM)
        buffer = ctypes.create_string_buffer(64)
        length = library.llama_token_to_piece(self._vocabulary, token, buffer, 64, skipped, False)
        if length < 0:
            buffer = ctypes.create_string_buffer(-length)
            length = library.llama_token_to_piece(self._vocabulary, token, buffer, -length, skipped, False)
        return buffer.raw[:length]

    @property
    def end(self) -> int:
        """The token that a model of this kind writes when its answer is complete."""
        turn = self._library.llama_vocab_eot(self._vocabulary)
        return int(turn if turn >= 0 else self._library.llama_vocab_eos(self._vocabulary))

    def ends(self, token: int) -> bool:
        """Whether `token` ends an answer."""
        return bool(self._library.llama_vocab_is_eog(self._vocabulary, token))

    # Computing

    def recall(self, prompt: Sequence[int]) -> int:
        """Keep what of `prompt` is in memory and forget the rest; gives how many tokens need no reading.

        At least the last token is left to read, since choosing the next needs its result.
        """
        known = 0
        for new, old in zip(prompt[:-1], self._remembered, strict=False):
            if new != old:
                break
            known += 1
        self._keep(known)
        return len(self._remembered)

    def read(self, tokens: Sequence[int]) -> bool:
        """Compute at most `READ_TOKENS` tokens that follow what is in memory; False when interrupted.

        Raises:
            EngineError: llama.cpp failed; the engine is of no further use.
        """
        batch = (ctypes.c_int32 * len(tokens))(*tokens)
        outcome = self._library.llama_decode(self._context, self._library.llama_batch_get_one(batch, len(tokens)))
        if outcome == 2:
            self._keep(len(self._remembered))
            return False
        if outcome != 0:
            raise EngineError(f"llama.cpp failed with code {outcome}{_complaint()}")
        self._remembered += tokens
        return True

    def logits(self, tokens: Sequence[int]) -> "NDArray[np.float32]":
        """What the model holds likely after each of `tokens`, read with nothing before them: (tokens, vocabulary).

        Raises:
            EngineError: llama.cpp failed; the engine is of no further use.
        """
        import numpy as np

        self._keep(0)
        rows = [self._read_all(tokens[at : at + READ_TOKENS]) for at in range(0, len(tokens), READ_TOKENS)]
        return np.concatenate(rows)

    def weigh(self, opening: Opening) -> None:
        """Settle whether the next token is the first of `opening`, and leave only that, or all others, to be chosen."""
        import numpy as np

        row = self._library.llama_get_logits_ith(self._context, -1)
        logits = np.ctypeslib.as_array(row, (self._library.llama_vocab_n_tokens(self._vocabulary),))
        first = self._tokenise(opening.text)[0]
        others = np.delete(logits, first).astype(np.float64)
        likeliest = others.max()
        log_odds = logits[first] - likeliest - np.log(np.exp(others - likeliest).sum())
        if log_odds + opening.bias > 0:
            logits[:first] = logits[first + 1 :] = -np.inf
        else:
            logits[first] = -np.inf

    @contextmanager
    def sampler(self, temperature: float) -> Iterator[Callable[[], int]]:
        """A function that chooses the next token; at temperature 0 the likeliest, else at random within top-p."""
        library = self._library
        chain = library.llama_sampler_chain_init(library.llama_sampler_chain_default_params())
        if temperature <= 0:
            library.llama_sampler_chain_add(chain, library.llama_sampler_init_greedy())
        else:
            library.llama_sampler_chain_add(chain, library.llama_sampler_init_top_p(_TOP_P, 1))
            library.llama_sampler_chain_add(chain, library.llama_sampler_init_temp(temperature))
            library.llama_sampler_chain_add(chain, library.llama_sampler_init_dist(library.LLAMA_DEFAULT_SEED))
        try:
            yield lambda: int(library.llama_sampler_sample(chain, self._context, -1))
        finally:
            library.llama_sampler_free(chain)

    def interrupt(self) -> None:
        """End the computation that is under way, and any that follows; for other threads."""
        self._interrupted[0] = b"\x01"

    def resume(self) -> None:
        """Take back `interrupt`."""
        self._interrupted[0] = b"\x00"

    def close(self) -> None:
        """Free the model."""
        with self._open:
            if self._model:
                self._library.llama_free(self._context)
                self._library.llama_model_free(self._model)
                self._model = None

    def _read_all(self, tokens: Sequence[int]) -> "NDArray[np.float32]":
        import numpy as np

        library, begun = self._library, len(self._remembered)
        batch = library.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for at, token in enumerate(tokens):
                batch.token[at], batch.pos[at], batch.logits[at] = token, begun + at, True
                batch.n_seq_id[at], batch.seq_id[at][0] = 1, 0
            outcome = library.llama_decode(self._context, batch)
        finally:
            library.llama_batch_free(batch)
        if outcome != 0:
            raise EngineError(f"llama.cpp failed with code {outcome}{_complaint()}")
        self._remembered += tokens
        vocabulary = library.llama_vocab_n_tokens(self._vocabulary)
        rows = [library.llama_get_logits_ith(self._context, at) for at in range(len(tokens))]
        return np.stack([np.ctypeslib.as_array(row, (vocabulary,)).copy() for row in rows])

    def _keep(self, count: int) -> None:
        if not self._library.llama_memory_seq_rm(self._memory, 0, count, -1):
            # Recurrent models cannot forget a part.
            self._library.llama_memory_clear(self._memory, True)
            count = 0
        del self._remembered[count:]

    def _tokenise(self, text: str, *, control: bool = False) -> list[int]:
        return _tokens(self._library, self._vocabulary, text, control=control)

    def _tokenise_plain(self, text: str, marks: set[int]) -> list[int]:
        """Tokens of what people wrote, without the template's `marks`.

        llama.cpp leaves control tokens out by itself, but reads tokens that a model file declares "user
        defined" everywhere; some files declare their role marks so. Such a text is cut inside the mark.
        """
        tokens = self._tokenise(text)
        forged = marks.intersection(tokens)
        texts = [mark for mark in map(self._text, forged) if len(mark) > 1]
        if not texts:
            return tokens
        inside = "|".join(f"(?<={re.escape(mark[0])})(?={re.escape(mark[1:])})" for mark in texts)
        return [token for piece in re.split(inside, text) for token in self._tokenise(piece)]

    def _is_mark(self, token: int) -> bool:
        library = self._library
        kinds = library.LLAMA_TOKEN_ATTR_CONTROL | library.LLAMA_TOKEN_ATTR_USER_DEFINED
        return bool(library.llama_vocab_get_attr(self._vocabulary, token) & kinds)

    def _text(self, token: int) -> str:
        return str(self._library.llama_vocab_get_text(self._vocabulary, token).decode("utf-8", "replace"))

    def _begun(self, tokens: list[int]) -> list[int]:
        """`tokens` after the mark of a beginning, where the model wants one and the template wrote none."""
        begin = self._library.llama_vocab_bos(self._vocabulary)
        if self._library.llama_vocab_get_add_bos(self._vocabulary) and tokens[:1] != [begin]:
            return [begin, *tokens]
        return tokens


def tokens_by(path: Path, texts: Sequence[str]) -> list[list[int]]:
    """The tokens that a GGUF file's vocabulary makes of texts; nothing else of it is loaded, nor need it be there.

    Raises:
        EngineError: llama.cpp cannot load it.
    """
    library = _llama()
    settings = _model_settings(library)
    settings.vocab_only = True
    model = library.llama_model_load_from_file(str(path).encode(), settings)
    if not model:
        raise EngineError(f"llama.cpp cannot load its vocabulary{_complaint()}")
    try:
        vocabulary = library.llama_model_get_vocab(model)
        return [_tokens(library, vocabulary, text) for text in texts]
    finally:
        library.llama_model_free(model)


def _tokens(library: Any, vocabulary: Any, text: str, *, control: bool = False) -> list[int]:
    data = text.encode("utf-8", "replace")
    size = len(data) + 8
    tokens = (ctypes.c_int32 * size)()
    count = library.llama_tokenize(vocabulary, data, len(data), tokens, size, False, control)
    if count < 0:
        raise EngineError("the prompt cannot be turned into tokens")
    return tokens[:count]


_errors: list[str] = []
_callbacks: list[Any] = []  # ctypes does not hold what it hands to C


@functools.cache
def _llama() -> Any:
    """llama.cpp's functions, with its log kept from stderr."""
    sleep_when_idle()
    from llama_cpp import llama_cpp

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def keep(level: int, text: bytes, _: object) -> None:
        if level == _ERROR_LEVEL and len(_errors) < _ERRORS_KEPT:
            _errors.append(text.decode("utf-8", "replace").strip())

    _callbacks.append(keep)
    llama_cpp.llama_log_set(keep, None)
    llama_cpp.llama_backend_init()
    return llama_cpp


def _model_settings(library: Any) -> Any:
    settings = library.llama_model_default_params()
    # llama.cpp repacks weights for AMX tiles; built by GCC before 14, which loses a part of the tiles' configuration,
    # it ends the process at the first multiplication.
    settings.use_extra_bufts = not has_amx()
    return settings


def _complaint() -> str:
    """The first thing that llama.cpp complained of since this was last asked, as the end of a sentence."""
    said = _errors[0].rpartition("error loading model: ")[2] if _errors else ""
    _errors.clear()
    return f" ({printable(said)})" if said else ""


def _flag_reader() -> Any:
    """The C function that llama.cpp asks between computations whether to stop.

    It is strlen: true exactly when the first byte of the flag is set. A Python function in its place
    would take the interpreter's lock hundreds of times a token.
    """
    return ctypes.cast(ctypes.CDLL(None).strlen, _llama().ggml_abort_callback)
