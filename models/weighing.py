"""What a quantised file is worth: its size, its speed, how near it is to what it was made from, and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.backend import BackendError, Completed, Message, Sampling, TextDelta
from models.local import LocalBackend
from models.tuning.agreement import Agreement, likeness
from models.tuning.errors import TuningError

_COMPARED = 4
"""Prompts, with their answers, that two files are compared on."""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What was measured of a file."""

    bytes: int
    read_rate: float
    """Tokens of a prompt a second."""
    write_rate: float
    """Tokens of an answer a second."""
    agreement: Agreement
    """With the file that it was quantised from."""
    answers: tuple[str, ...]
    """To each of the prompts."""


def weigh(
    gguf: Path,
    whole: Path,
    prompts: Sequence[Sequence[Message]],
    *,
    max_tokens: int,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Weighed:
    """Have the file `gguf`, made of the F16 file `whole`, answer the prompts; `progress` is told after how many.

    Raises:
        TuningError: llama.cpp cannot work with it, a prompt is too long, or there is none.
    """
    answers, ends = _asked(gguf, prompts, max_tokens, threads, progress)
    texts = [
        "\n".join([*(message.content for message in prompt), answer])
        for prompt, answer in list(zip(prompts, answers, strict=True))[:_COMPARED]
    ]
    return Weighed(
        bytes=gguf.stat().st_size,
        read_rate=_rate(
            sum(end.prompt_tokens - end.reused_tokens for end in ends), [end.first_token_s for end in ends]
        ),
        write_rate=_rate(sum(max(0, end.completion_tokens - 1) for end in ends), [end.generation_s for end in ends]),
        agreement=likeness(gguf, whole, texts),
        answers=tuple(answers),
    )


def answers_of(
    gguf: Path,
    prompts: Sequence[Sequence[Message]],
    *,
    max_tokens: int,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[str, ...]:
    """What a file answers to each of the prompts; `progress` is told after how many.

    Raises:
        TuningError: llama.cpp cannot work with it, or a prompt is too long.
    """
    return tuple(_asked(gguf, prompts, max_tokens, threads, progress)[0])


def _asked(
    gguf: Path,
    prompts: Sequence[Sequence[Message]],
    max_tokens: int,
    threads: int | None,
    progress: Callable[[int], None] | None,
) -> tuple[list[str], list[Completed]]:
    backend = LocalBackend(gguf, threads=threads)
    answers, ends = list[str](), list[Completed]()
    try:
        backend.warm()
        for prompt in prompts:
            said, end = _answer(backend, prompt, max_tokens)
            answers.append(said)
            ends.append(end)
            if progress is not None:
                progress(len(answers))
    except BackendError as error:
        raise TuningError(f"“{gguf.name}” cannot be asked: {str(error).rstrip('.')}.") from error
    finally:
        backend.close()
    return answers, ends


def _answer(backend: LocalBackend, prompt: Sequence[Message], max_tokens: int) -> tuple[str, Completed]:
    pieces: list[str] = []
    for event in backend.stream(prompt, sampling=Sampling(max_tokens=max_tokens)):
        if isinstance(event, TextDelta):
            pieces.append(event.text)
        elif isinstance(event, Completed):
            return "".join(pieces).strip(), event
    raise AssertionError("a stream ends with Completed or raises")


def _rate(tokens: int, seconds: Sequence[float | None]) -> float:
    taken = sum(each or 0.0 for each in seconds)
    return tokens / taken if taken else 0.0
