"""The local backend with the packaged model: events, stopping, memory, waiting in line, failing."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.backend import BackendError, Completed, Message, Opening, Queued, Reading, Sampling, TextDelta
from models.engine import Engine
from models.gguf import read_gguf
from models.local import LocalBackend
from models.packaged import packaged_cards

QUESTION = [Message(role="user", content="Tell me a long story about a lighthouse.")]
LONG = [Message(role="user", content="The lighthouse stood on the rock. " * 60)]
SHORT = Sampling(max_tokens=24)


def answer(events: Iterator[object]) -> tuple[str, Completed]:
    seen = list(events)
    assert isinstance(seen[-1], Completed)
    return "".join(event.text for event in seen if isinstance(event, TextDelta)), seen[-1]


def test_reads_the_prompt_then_writes_then_completes(backend: LocalBackend) -> None:
    events = list(backend.stream(QUESTION, sampling=SHORT))

    kinds = [type(event) for event in events]
    assert kinds == sorted(kinds, key=[Reading, TextDelta, Completed].index)
    assert events[-1].reason == "length"
    assert events[-1].completion_tokens == 24
    assert events[-1].prompt_tokens == backend.count_tokens(QUESTION)


def test_shows_how_far_the_prompt_is_read(backend: LocalBackend) -> None:
    read = [event for event in backend.stream(LONG, sampling=Sampling(max_tokens=1)) if isinstance(event, Reading)]

    assert read[-1].done == read[-1].total
    assert len(read) > 3
    assert [event.done for event in read] == sorted({event.done for event in read})


def test_answers_the_same_at_temperature_zero(backend: LocalBackend) -> None:
    assert answer(backend.stream(QUESTION, sampling=SHORT))[0] == answer(backend.stream(QUESTION, sampling=SHORT))[0]


def test_answers_differently_at_a_high_temperature(backend: LocalBackend) -> None:
    wild = Sampling(max_tokens=24, temperature=1.5)

    assert len({answer(backend.stream(QUESTION, sampling=wild))[0] for _ in range(3)}) > 1


def test_goes_on_from_the_answer_before_without_reading_it_again(backend: LocalBackend) -> None:
    hello = [Message(role="user", content="Say hello.")]
    said, first = answer(backend.stream(hello))
    assert first.reason == "stop"

    more = [*hello, Message(role="assistant", content=said), Message(role="user", content="Again.")]
    _, second = answer(backend.stream(more, sampling=SHORT))

    assert second.reused_tokens == first.prompt_tokens + first.completion_tokens


def test_reads_on_from_a_shared_beginning_with_the_same_result(backend: LocalBackend) -> None:
    alone, _ = answer(backend.stream(LONG, sampling=SHORT))
    longer = [Message(role="user", content=LONG[0].content + "Who lives there?")]
    answer(backend.stream(longer, sampling=SHORT))

    again, completed = answer(backend.stream(LONG, sampling=SHORT))

    assert completed.reused_tokens > 350
    assert again == alone


def test_stops_within_a_token(backend: LocalBackend) -> None:
    stop = threading.Event()
    shown = 0
    for event in backend.stream(QUESTION, sampling=Sampling(max_tokens=500), stop=stop):
        shown += isinstance(event, TextDelta)
        if shown == 5:
            stop.set()

    assert event.reason == "cancelled"
    assert event.completion_tokens <= 5 + 2


def test_stops_while_it_reads_the_prompt_and_answers_the_next_as_before(backend: LocalBackend) -> None:
    before, _ = answer(backend.stream(QUESTION, sampling=SHORT))
    stop = threading.Event()
    read = []
    for event in backend.stream(LONG, stop=stop):
        if isinstance(event, Reading):
            read.append(event)
            stop.set()

    assert (event.reason, event.completion_tokens, event.first_token_s) == ("cancelled", 0, None)
    assert read[-1].done < read[-1].total / 2
    assert answer(backend.stream(QUESTION, sampling=SHORT))[0] == before


def test_closing_the_stream_ends_the_computation(backend: LocalBackend) -> None:
    written, _ = answer(backend.stream(QUESTION, sampling=Sampling(max_tokens=100)))
    left = backend.stream(QUESTION, sampling=Sampling(max_tokens=1500))
    while not isinstance(next(left), TextDelta):
        pass
    left.close()

    # How much of its answer it remembers tells how far it went on.
    continued = [*QUESTION, Message(role="assistant", content=written), Message(role="user", content="Go on.")]
    _, completed = answer(backend.stream(continued, sampling=Sampling(max_tokens=1)))
    assert completed.reused_tokens < backend.count_tokens(QUESTION) + 20


def test_serves_two_people_at_once(backend: LocalBackend) -> None:
    answers = {}

    def ask(name: str) -> None:
        messages = [Message(role="user", content=f"My name is {name}. Greet me.")]
        answers[name] = answer(backend.stream(messages, sampling=SHORT))

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("Ada", "Ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(text and completed.completion_tokens > 1 for text, completed in answers.values())


def test_answers_in_the_order_of_asking_and_says_how_many_are_ahead(backend: LocalBackend) -> None:
    first = backend.stream(QUESTION, sampling=Sampling(max_tokens=60))
    assert isinstance(next(first), Reading)
    second, third = (backend.stream(QUESTION, sampling=Sampling(max_tokens=2)) for _ in range(2))
    assert (next(second), next(third)) == (Queued(ahead=1), Queued(ahead=2))

    assert answer(first)[1].completion_tokens == 60
    places = [event.ahead for event in third if isinstance(event, Queued)]
    assert places == [1]
    assert answer(second)[1].completion_tokens == 2


def test_one_who_gives_up_waiting_leaves_the_line(backend: LocalBackend) -> None:
    first = backend.stream(QUESTION, sampling=Sampling(max_tokens=40))
    next(first)
    stop = threading.Event()
    second, third = backend.stream(QUESTION, stop=stop), backend.stream(QUESTION, sampling=SHORT)
    assert (next(second), next(third)) == (Queued(ahead=1), Queued(ahead=2))

    stop.set()

    assert answer(second)[1].reason == "cancelled"
    assert next(third) == Queued(ahead=1)
    assert answer(first)[1].completion_tokens == 40
    assert answer(third)[1].completion_tokens == 24


@pytest.mark.parametrize(("bias", "begins"), [(50.0, True), (-50.0, False)])
def test_an_opening_is_written_or_not_as_the_bias_says(backend: LocalBackend, bias: float, begins: bool) -> None:
    usual, _ = answer(backend.stream(QUESTION, sampling=SHORT))
    for text in (usual[:12], "Not in the documents."):
        opening = Opening(text=text, bias=bias)
        written, completed = answer(backend.stream(QUESTION, sampling=replace(SHORT, opening=opening)))
        assert written.startswith(text.split()[0]) is begins
        assert completed.completion_tokens == SHORT.max_tokens


def test_ends_before_a_stop_string(backend: LocalBackend) -> None:
    whole, _ = answer(backend.stream(QUESTION, sampling=SHORT))
    words = whole.split(" ")
    marker = f"{words[6]} {words[7]}"

    text, completed = answer(backend.stream(QUESTION, sampling=Sampling(max_tokens=24, stop=(marker,))))

    assert completed.reason == "stop"
    assert text == whole[: whole.index(marker)]


def test_ends_where_the_context_ends(packaged_gguf: Path) -> None:
    small = LocalBackend(packaged_gguf, context_tokens=256)
    try:
        _, completed = answer(small.stream(QUESTION, sampling=Sampling(max_tokens=9999)))
        assert completed.reason == "length"
        assert completed.prompt_tokens + completed.completion_tokens == small.info.context_tokens
    finally:
        small.close()


def test_never_claims_more_context_than_the_model_was_trained_for(packaged_gguf: Path) -> None:
    large = LocalBackend(packaged_gguf, context_tokens=10_000)
    try:
        large.warm()
        assert large.info.context_tokens == 8192
    finally:
        large.close()


@pytest.mark.parametrize("repeats", [600, 30_000])
def test_says_that_a_prompt_is_too_long(backend: LocalBackend, repeats: int) -> None:
    with pytest.raises(BackendError, match="2,048"):
        list(backend.stream([Message(role="user", content="far too long a question " * repeats)]))


def test_a_failure_ends_one_request_and_not_the_next(packaged_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fragile = LocalBackend(packaged_gguf, name="Fragile")
    try:
        before, _ = answer(fragile.stream(QUESTION, sampling=SHORT))
        with monkeypatch.context() as patch:
            patch.setattr(Engine, "read", lambda *_: (_ for _ in ()).throw(RuntimeError("out of luck")))
            with pytest.raises(BackendError, match="“Fragile” cannot answer: out of luck"):
                list(fragile.stream(LONG))
        assert answer(fragile.stream(QUESTION, sampling=SHORT))[0] == before
    finally:
        fragile.close()


def test_a_file_that_is_no_model_is_one_sentence_and_may_be_mended(packaged_gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_text("not a model")
    mended = LocalBackend(path)
    try:
        with pytest.raises(BackendError, match=r"“broken\.gguf” is not a GGUF model"):
            mended.warm()
        path.unlink()
        path.symlink_to(packaged_gguf)
        mended.warm()
    finally:
        mended.close()


def test_a_hostile_template_is_one_sentence(packaged_gguf: Path, tmp_path: Path) -> None:
    data = packaged_gguf.read_bytes()
    start = data.index(b"{% for message in messages %}")
    length = int.from_bytes(data[start - 8 : start], "little")
    hostile = b"{{ 'x' * 10 ** 10 }}".ljust(length)
    path = tmp_path / "hostile.gguf"
    path.write_bytes(data[:start] + hostile + data[start + length :])

    backend = LocalBackend(path)
    try:
        with pytest.raises(BackendError, match="chat template of “hostile” breaks the memory limit"):
            backend.warm()
    finally:
        backend.close()


def test_a_model_and_its_adapter_become_one_file_once_and_are_served_as_two_where_that_cannot_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, card = packaged_cards()
    assert card.adapter is not None
    merged = tmp_path / "merged" / "one.gguf"
    (tmp_path / "file").write_text("where a folder would have to be")

    written = []
    for place in (merged, merged, tmp_path / "file" / "one.gguf"):
        backend = LocalBackend(card.path, adapter=card.adapter, merged=place, name="Taught", context_tokens=512)
        try:
            text, _ = answer(backend.stream(QUESTION, sampling=SHORT))
        finally:
            backend.close()
        written.append((text != "", merged.stat().st_mtime_ns))

    assert written == [(True, written[0][1])] * 3
    assert read_gguf(merged).quantisation == "Q8_0"
    assert "“Taught” stays in two files" in caplog.text


def test_loads_without_a_word_on_the_terminal(packaged_gguf: Path, capfd: pytest.CaptureFixture[str]) -> None:
    quiet = LocalBackend(packaged_gguf)
    said = []
    quiet.warm(said.append)
    quiet.close()

    assert capfd.readouterr() == ("", "")
    assert said == ["Loading SmolLM2-135M-Instruct.Q4_1", "SmolLM2-135M-Instruct.Q4_1 is ready"]


def test_says_what_it_is_without_loading(packaged_gguf: Path) -> None:
    unloaded = LocalBackend(packaged_gguf, name="Mine", context_tokens=1024, beats_quote=True, lineage="5a17")

    assert (unloaded.info.backend, unloaded.info.model, unloaded.info.context_tokens) == ("local", "Mine", 1024)
    assert (unloaded.info.beats_quote, unloaded.info.lineage) == (True, "5a17")
    assert not any(thread.name == "model Mine" for thread in threading.enumerate())


def test_closing_ends_the_thread_and_every_request(packaged_gguf: Path) -> None:
    closing = LocalBackend(packaged_gguf, name="Closing")
    running = closing.stream(QUESTION, sampling=Sampling(max_tokens=2000))
    while not isinstance(next(running), TextDelta):
        pass
    waiting = closing.stream(QUESTION)
    next(waiting)

    closing.close()
    closing.close()

    for stream in (running, waiting, closing.stream(QUESTION)):
        with pytest.raises(BackendError, match="“Closing” is closed"):
            list(stream)
    with pytest.raises(BackendError, match="“Closing” is closed"):
        closing.count_tokens(QUESTION)
    assert not any(thread.name == "model Closing" for thread in threading.enumerate())


def test_a_backend_nobody_holds_is_freed(packaged_gguf: Path) -> None:
    forgotten = LocalBackend(packaged_gguf, name="Forgotten")
    forgotten.warm()
    del forgotten

    assert not any(thread.name == "model Forgotten" for thread in threading.enumerate())


def test_the_program_may_end_while_an_answer_is_written(packaged_gguf: Path) -> None:
    program = f"""
from pathlib import Path
from models.backend import Message, Sampling, TextDelta
from models.local import LocalBackend
backend = LocalBackend(Path({str(packaged_gguf)!r}))
stream = backend.stream([Message(role="user", content="Tell a story.")], sampling=Sampling(max_tokens=3000))
while not isinstance(next(stream), TextDelta): pass
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stderr) == (0, "")
