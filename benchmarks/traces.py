"""What a person waits for the trace: `python -m benchmarks.traces`.

Keeps 200 turns, each in one transaction, as the desk does: without the outbox, with it, and with it while the
sender is at work and Langfuse takes all, refuses connections, hangs, or answers 400 or 500. Langfuse runs in
this process, so its own work is in the figures too. Then everything must have arrived, once.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from assistant.schema import upgrade
from assistant.tables import ConversationRow, TurnRow
from assistant.tracing import Outbox, Sender, trace_of
from assistant.tracing.backoff import Backoff
from assistant.tracing.langfuse import Langfuse
from ingest.catalogue import Catalogue
from tests.assistant.tracing.turns import ASKED_AT, answered, trace_id, until
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, Fault, LangfuseServer

_TURNS = 200
_PAUSE_S = 0.01
"""Between turns: far less than people leave, so that sender and person meet often."""

_OPENING_S = 2.0
"""For the sender to import what it needs, as it does when the desk opens."""


def main() -> None:
    """Run it."""
    alone = _kept(None, None)
    print(f"{'':24} {'p50 ms':>8} {'p99 ms':>8} {'added p50':>10} {'added p99':>10}")
    _print("the message alone", alone, alone)
    _print("the same again", _kept(None, None), alone)
    _print("with the outbox, no keys", _kept(_no_sender, None), alone)
    for fault in (None, "refuse", "hang", 400, 500):
        name = "Langfuse takes all" if fault is None else f"Langfuse: {fault}"
        _print(name, _with_langfuse(fault), alone)
    print(f"goal: added p99 under 20 ms. All {_TURNS} traces arrived each time, none under a second id.")


def _with_langfuse(fault: Fault | str) -> list[float]:
    langfuse = LangfuseServer()
    langfuse.start()
    if fault == "refuse":
        langfuse.stop()
    else:
        langfuse.fault = fault  # type: ignore[assignment]

    def sender(outbox: Outbox, lock: Path) -> Sender:
        connection = Langfuse(langfuse.url, public_key=PUBLIC_KEY, secret_key=SECRET_KEY, timeout_s=0.5)
        # Shorter than the desk's own, so that it is at work all the time.
        backoff = Backoff(first_s=0.05, most_s=0.2)
        return Sender(outbox, connection, lock=lock, mask=lambda value: value, backoff=backoff, look_s=0.05)

    def recover() -> None:
        langfuse.fault = None
        if fault == "refuse":
            langfuse.start()

    try:
        seconds = _kept(sender, recover)
    finally:
        langfuse.stop()
    if langfuse.traces != {trace_id(number) for number in range(_TURNS)} or len(langfuse.spans) != 7 * _TURNS:
        raise SystemExit(f"With {fault}, {len(langfuse.traces)} traces arrived of {_TURNS}.")
    return seconds


def _no_sender(outbox: Outbox, lock: Path) -> None:
    return None


def _kept(
    make_sender: Callable[[Outbox, Path], Sender | None] | None, recover: Callable[[], None] | None
) -> list[float]:
    """Seconds that keeping each turn took; returns when all has been sent."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite")
        upgrade(catalogue.engine)
        outbox = Outbox(catalogue)
        sender = make_sender(outbox, Path(folder, "lock")) if make_sender else None
        if sender:
            sender.start()
            time.sleep(_OPENING_S)
        with catalogue.writing() as session:
            session.add(ConversationRow(id="c", person="p", title="", choices={}))
        for number in range(_TURNS):
            seconds.append(_keep(catalogue, outbox if make_sender else None, number))
            time.sleep(_PAUSE_S)
        if sender and recover:
            recover()
            until(lambda: outbox.waiting().rows == 0, 60)
            sender.close()
        catalogue.close()
    return seconds


def _keep(catalogue: Catalogue, outbox: Outbox | None, number: int) -> float:
    turn = answered(number)
    asked_at = ASKED_AT + timedelta(seconds=number)
    began = time.perf_counter()
    trace = trace_of(turn, session="c", person="p", asked_at=asked_at) if outbox else None
    with catalogue.writing() as session:
        session.add(
            TurnRow(
                conversation_id="c",
                trace_id=trace_id(number),
                question=turn.question,
                asked_at=asked_at,
                answered_at=asked_at,
                answered=turn.to_json(),
            )
        )
        if outbox and trace:
            outbox.trace(session, trace)
    return time.perf_counter() - began


def _print(name: str, seconds: list[float], alone: list[float]) -> None:
    p50, p99 = _quantiles_ms(seconds)
    alone_p50, alone_p99 = _quantiles_ms(alone)
    print(f"{name:24} {p50:8.2f} {p99:8.2f} {p50 - alone_p50:10.2f} {p99 - alone_p99:10.2f}")


def _quantiles_ms(seconds: list[float]) -> tuple[float, float]:
    return statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=100)[98] * 1000


if __name__ == "__main__":
    main()
