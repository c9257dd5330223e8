"""A model of a hosted server, fine-tuned there: files are handed over, and a job is followed to its end.

The API is OpenAI's (https://platform.openai.com/docs/api-reference/fine-tuning), through its SDK. A job costs money,
so what was begun is written down before and after each step: whoever is ended in the middle goes on with the same job.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from models.backend import BackendError, Message
from models.hosted.failures import Nonsense
from models.hosted.server import HostedServer

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.fine_tuning import FineTuningJob

State = Literal["waiting", "running", "succeeded", "failed", "cancelled"]

_STATES: dict[str, State] = {
    "validating_files": "waiting",
    "queued": "waiting",
    "paused": "waiting",
    "running": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}
_ENDED = ("succeeded", "failed", "cancelled")
_REQUEST_S = 60.0
_UPLOAD_S = 600.0
_FIRST_PAUSE_S = 1.0
_MISSES = 30
"""Times in a row that a server may be away while a job runs there."""

T = TypeVar("T")


class _Away(BackendError):
    """The server may answer when it is asked again."""


class _Gone(BackendError):
    """The server does not know what it is asked for."""


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A conversation to learn the last answer of."""

    messages: Sequence[Message]
    answer: str


@dataclass(frozen=True, kw_only=True)
class HostedJob:
    """A fine-tuning as its server tells of it."""

    id: str
    state: State
    model: str | None = None
    """What came of it, by the name that the server offers it under."""
    step: int | None = None
    steps: int | None = None
    loss: float | None = None
    """On what it learns, at the last step that was told."""
    trained_tokens: int | None = None
    """What is paid for; told at the end."""
    reason: str | None = None
    """Why it failed, in the server's words."""


class HostedFineTuning:
    """Fine-tunings on `server`; what was begun is kept in `folder`, a file for each training."""

    def __init__(self, server: HostedServer, folder: Path) -> None:
        self._server = server
        self._folder = folder

    def train(
        self,
        chats: Sequence[Chat],
        *,
        held_out: Sequence[Chat] = (),
        base: str,
        suffix: str,
        seed: int = 0,
        told: Callable[[HostedJob], None] = lambda job: None,
        cancel: Event | None = None,
        poll_s: float = 10.0,
    ) -> HostedJob:
        """Fine-tune the server's model `base` on `chats`, and wait for it; begun before, it is gone on with.

        `suffix` becomes part of the model's name. `told` hears of the job, after a while every `poll_s` seconds. When
        `cancel` is set the job is cancelled there, too.

        Raises:
            BackendError: there are no chats, or the server does not do this, or the training failed.
        """
        if not chats:
            raise BackendError("There is nothing to learn from: approve some rows first.")
        learnt, checked = _lines(chats), _lines(held_out)
        begun = self._folder / f"{_digest(base, suffix, str(seed), learnt, checked)}.json"
        job_id = self._begin(begun, learnt, checked, base=base, suffix=suffix, seed=seed)
        try:
            job = self._follow(job_id, told, cancel or Event(), poll_s)
        except _Gone:
            begun.unlink(missing_ok=True)
            raise
        if job.state == "succeeded" and job.model:
            return job
        begun.unlink(missing_ok=True)  # the next try is a new one
        if job.state == "cancelled":
            raise BackendError(f"The fine-tuning {job.id} was cancelled.")
        raise BackendError(
            f"The fine-tuning {job.id} failed on “{self._server.name}”: {job.reason or 'no reason told'}"
        )

    def job(self, job_id: str) -> HostedJob:
        """A job as it stands.

        Raises:
            BackendError: the server cannot be asked, or has no such job.
        """

        async def ask(client: "AsyncOpenAI") -> HostedJob:
            found = await client.fine_tuning.jobs.retrieve(job_id)
            metrics: dict[str, Any] = {}
            with suppress(Exception):  # progress is told by some servers only
                for event in (await client.fine_tuning.jobs.list_events(job_id, limit=20)).data:
                    if event.type == "metrics" and isinstance(event.data, dict):
                        metrics = event.data
                        break
            return _job(found, metrics)

        return self._ask(ask)

    def _begin(self, begun: Path, learnt: str, checked: str, *, base: str, suffix: str, seed: int) -> str:
        """The id of the job, made unless it was before."""
        known = _read(begun)
        if job_id := known.get("job"):
            return job_id
        if "file" in known and (job_id := self._job_of(known["file"])):  # ended before the id was written
            _write(begun, known | {"job": job_id})
            return job_id
        known = {"file": self._upload("rows.jsonl", learnt)}
        if checked:
            known["held_out"] = self._upload("held-out.jsonl", checked)
        _write(begun, known)

        async def create(client: "AsyncOpenAI") -> str:
            options: dict[str, Any] = {"validation_file": known["held_out"]} if checked else {}
            job = await client.fine_tuning.jobs.create(
                model=base, training_file=known["file"], suffix=suffix, seed=seed, **options
            )
            return _name(job.id)

        job_id = self._ask(create, model=base)
        _write(begun, known | {"job": job_id})
        return job_id

    def _upload(self, name: str, lines: str) -> str:
        async def upload(client: "AsyncOpenAI") -> str:
            made = await client.files.create(file=(name, lines.encode(), "application/jsonl"), purpose="fine-tune")
            return _name(made.id)

        return self._ask(upload, timeout_s=_UPLOAD_S)

    def _job_of(self, file_id: str) -> str | None:
        async def find(client: "AsyncOpenAI") -> str | None:
            jobs = (await client.fine_tuning.jobs.list(limit=100)).data
            return next((_name(job.id) for job in jobs if job.training_file == file_id), None)

        return self._ask(find)

    def _follow(self, job_id: str, told: Callable[[HostedJob], None], cancel: Event, poll_s: float) -> HostedJob:
        misses, pause_s = 0, min(_FIRST_PAUSE_S, poll_s)
        while True:
            if cancel.is_set():
                return self._cancel(job_id)
            try:
                job = self.job(job_id)
            except _Away:
                misses += 1
                if misses == _MISSES:
                    raise
            else:
                misses = 0
                told(job)
                if job.state in _ENDED:
                    return job
            cancel.wait(pause_s)
            pause_s = min(2 * pause_s, poll_s)

    def _cancel(self, job_id: str) -> HostedJob:
        async def ask(client: "AsyncOpenAI") -> HostedJob:
            return _job(await client.fine_tuning.jobs.cancel(job_id), {})

        return self._ask(ask)

    def _ask(
        self,
        request: "Callable[[AsyncOpenAI], Coroutine[Any, Any, T]]",
        *,
        model: str | None = None,
        timeout_s: float = _REQUEST_S,
    ) -> T:
        got: list[T] = []

        async def ask(client: "AsyncOpenAI") -> None:
            async with asyncio.timeout(timeout_s):
                got.append(await request(client))

        try:
            self._server.start(ask).result()
        except BackendError:
            raise
        except Exception as error:
            if getattr(error, "status_code", None) in (404, 405, 501):
                raise _Gone(
                    f"“{self._server.name}” does not fine-tune{f' “{model}”' if model else ''}, or has forgotten the "
                    "job: choose a server and a model that can be fine-tuned."
                ) from None
            failure = self._server.failure(error, model=model)
            is_away = failure.retry or isinstance(error, TimeoutError)
            raise (_Away if is_away else BackendError)(failure.sentence) from None
        return got[0]


def _lines(chats: Sequence[Chat]) -> str:
    """JSON lines in the form of OpenAI's chats."""
    rows = (
        {
            "messages": [
                *({"role": message.role, "content": message.content} for message in chat.messages),
                {"role": "assistant", "content": chat.answer},
            ]
        }
        for chat in chats
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _job(found: "FineTuningJob", metrics: dict[str, Any]) -> HostedJob:
    state = _STATES.get(str(found.status))
    if state is None:
        raise Nonsense
    error = found.error.message if found.error else None
    return HostedJob(
        id=_name(found.id),
        state=state,
        model=_name(found.fine_tuned_model) if found.fine_tuned_model else None,
        step=_count(metrics.get("step")),
        steps=_count(metrics.get("total_steps")),
        loss=float(loss) if isinstance(loss := metrics.get("train_loss"), int | float) else None,
        trained_tokens=_count(found.trained_tokens),
        reason=" ".join(error.split())[:200] if isinstance(error, str) else None,
    )


def _name(said: object) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= 200 or not said.isprintable():
        raise Nonsense
    return said


def _count(said: object) -> int | None:
    return said if isinstance(said, int) and said >= 0 else None


def _digest(*of: str) -> str:
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()[:32]


def _read(path: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _write(path: Path, known: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    written.write_text(json.dumps(known | {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}), encoding="utf-8")
    written.replace(path)
