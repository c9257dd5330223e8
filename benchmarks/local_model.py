"""The local model through the desk against a bare llama-cpp-python loop: `python -m benchmarks.local_model [RUNS]`.

Both read the same prompt tokens and generate greedily with the same threads, in turns. Goals: 0.95 or more
of the bare loop's tokens per second; the first token of a second turn in 0.3 or less of the first one's time.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from llama_cpp import Llama

from assistant import events
from assistant.answered import Answered
from assistant.conversations import Choices
from assistant.desk import Desk
from assistant.samples import SAMPLES
from assistant.settings import Settings
from ingest.sources import walk
from models.backend import Completed, Message, Sampling, TextDelta
from models.cores import physical_cores
from models.local import LocalBackend

_TOKENS = 96
_PROMPT = (
    "Tell a long story about a canal, its locks, the boats that pass through them in spring, and the people who"
    " look after it all, with many details of their days, their tools, their quarrels and their weather."
)


def main() -> None:
    """Run it."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder, Desk(Settings(home=Path(folder))) as desk:
        report_speed(desk, runs)
        list(desk.ingest(walk([SAMPLES / "documents"], collection="samples")))
        report_second_turn(desk)


def report_speed(desk: Desk, runs: int) -> None:
    """Print tokens per second after the first token: through the backend, bare, and their ratio run by run."""
    backend = desk.backends.get("local")
    assert isinstance(backend, LocalBackend)
    path = desk.models.find(backend.info.model).path
    messages = [Message(role="user", content=_PROMPT)]
    bare = {
        threads: Llama(str(path), n_ctx=2048, n_threads=threads, n_threads_batch=physical_cores(), verbose=False)
        for threads in sorted({1, physical_cores()})
    }
    tokens = bare[1].tokenize(
        f"<|im_start|>user\n{_PROMPT}<|im_end|>\n<|im_start|>assistant\n".encode(), add_bos=False, special=True
    )
    ours: list[float] = []
    theirs: dict[int, list[float]] = {threads: [] for threads in bare}
    for _ in range(runs + 1):
        ours.append(_backend_tokens_per_second(backend, messages))
        for threads, llama in bare.items():
            theirs[threads].append(_bare_tokens_per_second(llama, tokens))
    best = max(theirs, key=lambda threads: statistics.median(theirs[threads][1:]))
    ratios = [a / b for a, b in zip(ours[1:], theirs[best][1:], strict=True)]
    print(
        f"tokens/s, median of {runs}: desk {statistics.median(ours[1:]):.1f},"
        f" bare {statistics.median(theirs[best][1:]):.1f} (on {best} threads, its best),"
        f" ratio {statistics.median(ratios):.3f} (goal 0.95 or more)"
    )


def _backend_tokens_per_second(backend: LocalBackend, messages: list[Message]) -> float:
    first = last = 0.0
    completed = None
    for event in backend.stream(messages, sampling=Sampling(max_tokens=_TOKENS)):
        if isinstance(event, TextDelta):
            last = time.perf_counter()
            first = first or last
        if isinstance(event, Completed):
            completed = event
    assert completed is not None
    assert completed.completion_tokens == _TOKENS, "the answer ended early: choose another prompt"
    return (_TOKENS - 1) / (last - first)


def _bare_tokens_per_second(llama: Llama, tokens: list[int]) -> float:
    first = 0.0
    for number, _ in enumerate(llama.generate(tokens, temp=0.0, repeat_penalty=1.0), start=1):
        first = first or time.perf_counter()
        if number == _TOKENS:
            return (_TOKENS - 1) / (time.perf_counter() - first)
    raise AssertionError("the bare loop ended early")


def report_second_turn(desk: Desk) -> None:
    """Print the first token's time of a second turn against the first one's, for the samples' follow-up rows."""
    desk.warm(model=True).wait()
    lines = (SAMPLES / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row.get("history")]
    firsts, seconds = [], []
    for row in rows:
        question = next(said["content"] for said in row["history"] if said["role"] == "user")
        first, context = _first_token_s(desk, question, events.Context())
        second, _ = _first_token_s(desk, row["question"], context)
        firsts.append(first)
        seconds.append(second)
    ratios = [b / a for a, b in zip(firsts, seconds, strict=True)]
    print(
        f"first token, {len(rows)} conversations, medians: first turn {statistics.median(firsts):.2f} s,"
        f" second turn {statistics.median(seconds):.2f} s, ratio {statistics.median(ratios):.2f} (goal 0.3 or less);"
        f" ratios {', '.join(f'{ratio:.2f}' for ratio in sorted(ratios))}"
    )


def _first_token_s(desk: Desk, question: str, context: events.Context) -> tuple[float, events.Context]:
    answered = Answered(question=question)
    for event in desk.ask(question, choices=Choices(backend="local", prompt="direct"), context=context):
        answered.add(event)
    assert answered.finished is not None
    assert answered.finished.timings.first_token_s is not None, answered.finished
    return answered.finished.timings.first_token_s, answered.context(context)


if __name__ == "__main__":
    main()
