"""Langfuse's public API: what is said to it, and what its answers mean for what was sent."""

import asyncio
import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpx

_ANSWER_BYTES = 64 * 1024
"""Read of an answer; the rest of a longer one is not worth it."""

_SAYS_CHARS = 300

_NO_LANGFUSE = "There is no Langfuse at {}: check langfuse.url."


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """All of it is there."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Something in it is not as Langfuse wants it."""

    says: str


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What was to be deleted is not there, or not yet."""


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """Nothing is taken just now, whatever it is; one sentence."""

    says: str
    retry_after_s: float | None = None


Answer = Accepted | Refused | Missing | Unavailable


class Langfuse:
    """A connection to one project, open while it is entered. Redirects are not followed: they would be given the keys.

    `timeout_s` is for a whole request, from the connection to the end of the answer. `environment` is of what says
    none itself.
    """

    def __init__(
        self, url: str, *, public_key: str, secret_key: str, timeout_s: float = 10, environment: str = "default"
    ) -> None:
        self._url = url.rstrip("/")
        self._environment = environment
        self._public_key = public_key
        self._secret_key = secret_key
        self._timeout_s = timeout_s
        self._takes_lists = True
        """Of scores. Servers before 4.59 take one at a time; found out when the first are sent."""

    async def __aenter__(self) -> Self:
        # All of it now, when the desk opens, and not beside the first turns.
        from langfuse import __version__, api  # noqa: F401

        from assistant.tracing import otlp  # noqa: F401

        self._client = httpx.AsyncClient(
            auth=(self._public_key, self._secret_key),
            headers={
                "Accept-Encoding": "identity",
                # As the SDK says them: by these Langfuse knows how what we send is encoded.
                "x-langfuse-sdk-name": "python",
                "x-langfuse-sdk-version": __version__,
                "x-langfuse-public-key": self._public_key,
                "x-langfuse-ingestion-version": "4",
            },
            timeout=self._timeout_s,
            follow_redirects=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def traces(self, traces: Sequence[Mapping[str, Any]]) -> Answer:
        """Send whole traces; what is there already under the same ids is overwritten."""
        from assistant.tracing.otlp import export_request

        answer, body = await self._request(
            "POST",
            "/api/public/otel/v1/traces",
            content=gzip.compress(export_request(traces, environment=self._environment), compresslevel=3),
            headers={"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"},
        )
        if isinstance(answer, Accepted) and (says := _rejected_spans(body)):
            return Refused(says=self._discreet(says))
        return answer

    async def scores(self, scores: Sequence[Mapping[str, Any]]) -> Answer:
        """Send scores; what is there already under the same ids is overwritten."""
        answer = await self._scores(scores, as_list=self._takes_lists)
        if isinstance(answer, Refused):
            # It may be the form that is refused: the other one is tried with the first, and kept if it is taken.
            other = await self._scores(scores[:1], as_list=not self._takes_lists)
            if isinstance(other, Accepted):
                self._takes_lists = not self._takes_lists
                return await self._scores(scores[1:], as_list=self._takes_lists)
        return answer

    async def delete_score(self, score_id: str) -> Answer:
        """Take a score back."""
        return await self._delete(f"/api/public/scores/{score_id}")

    async def delete_trace(self, trace_id: str) -> Answer:
        """Take a trace back, with its observations and scores."""
        return await self._delete(f"/api/public/traces/{trace_id}")

    async def project(self) -> str | Unavailable:
        """Name of the project that the keys belong to."""
        answer, body = await self._request("GET", "/api/public/projects")
        if isinstance(answer, Accepted):
            try:
                return str(json.loads(body)["data"][0]["name"])
            except (ValueError, LookupError, TypeError):
                return Unavailable(says=_NO_LANGFUSE.format(self._url))
        return answer if isinstance(answer, Unavailable) else Unavailable(says=f"{self._url} refuses: {answer}")

    async def _scores(self, scores: Sequence[Mapping[str, Any]], *, as_list: bool) -> Answer:
        bodies = [_score({"environment": self._environment, **score}) for score in scores]
        answer: Answer = Accepted()
        for body in [bodies] if as_list and bodies else bodies:
            answer, said = await self._request("POST", "/api/public/scores", json=body)
            if isinstance(answer, Accepted) and (says := _rejected_scores(said)):
                return Refused(says=self._discreet(says))
            if not isinstance(answer, Accepted):
                break
        return answer

    async def _delete(self, path: str) -> Answer:
        answer, _ = await self._request("DELETE", path)
        return answer

    async def _request(self, method: str, path: str, **what: Any) -> tuple[Answer, bytes]:
        try:
            async with asyncio.timeout(self._timeout_s), self._client.stream(method, self._url + path, **what) as got:
                body = await _beginning(got)
        except TimeoutError:
            return Unavailable(says=f"{self._url} did not answer within {self._timeout_s:g} seconds."), b""
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            says = f"{self._url} cannot be reached ({type(error).__name__}): check langfuse.url and that it runs."
            return Unavailable(says=says), b""
        return self._meaning(method, got, body), body

    def _meaning(self, method: str, got: httpx.Response, body: bytes) -> Answer:
        status = got.status_code
        if got.is_success and "html" not in got.headers.get("Content-Type", ""):
            return Accepted()
        if got.is_success:  # a page that asks to sign in, between here and there
            return Unavailable(says=_NO_LANGFUSE.format(self._url))
        if status == 404 and method == "DELETE":
            return Missing()
        if got.is_redirect:
            return Unavailable(says=f"{self._url} sends elsewhere: set langfuse.url to the address that it has now.")
        if status in (401, 403):
            return Unavailable(
                says=f"{self._url} refuses the keys: check langfuse.public_key, langfuse.secret_key and langfuse.url."
            )
        if status in (404, 405):
            return Unavailable(says=_NO_LANGFUSE.format(self._url))
        if status in (408, 425, 429) or status >= 500:
            return Unavailable(says=f"{self._url} answered {status}.", retry_after_s=_retry_after_s(got))
        return Refused(says=self._discreet(f"Langfuse answered {status}: {body.decode('utf-8', 'replace')}"))

    def _discreet(self, text: str) -> str:
        """What a server has said, short and in one line; one that repeats the keys is not repeated."""
        encoded = base64.b64encode(f"{self._public_key}:{self._secret_key}".encode()).decode()
        return " ".join(text.replace(self._secret_key, "…").replace(encoded, "…").split())[:_SAYS_CHARS]


def _score(score: Mapping[str, Any]) -> Any:
    """A score as the SDK puts it on the wire.

    Raises:
        pydantic.ValidationError: it is no score.
    """
    from langfuse.api import CreateScoreRequest
    from langfuse.api.core.jsonable_encoder import jsonable_encoder
    from langfuse.api.core.serialization import convert_and_respect_annotation_metadata

    request = CreateScoreRequest(**score)
    wire = convert_and_respect_annotation_metadata(object_=request, annotation=CreateScoreRequest, direction="write")
    return jsonable_encoder(wire)


async def _beginning(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) >= _ANSWER_BYTES:
            break
    return body[:_ANSWER_BYTES]


def _rejected_spans(body: bytes) -> str | None:
    """What OTLP's partial success says of spans that were not taken."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    if not body or body.lstrip().startswith(b"{"):
        return None
    try:
        partial = ExportTraceServiceResponse.FromString(body).partial_success
    except DecodeError:
        return None
    return f"{partial.rejected_spans} spans rejected: {partial.error_message}" if partial.rejected_spans else None


def _rejected_scores(body: bytes) -> str | None:
    """What a batch's result (207) says of scores that were not taken."""
    try:
        result = json.loads(body)
    except ValueError:
        return None
    if not isinstance(result, dict) or not result.get("rejected"):
        return None
    return f"{result['rejected']} scores rejected: {json.dumps(result.get('errors'))}"


def _retry_after_s(response: httpx.Response) -> float | None:
    """Seconds that the server asks to be left alone, an hour at most; it may give them or a date."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        seconds = (
            float(value)
            if value.isascii() and value.isdigit()
            else (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0), 3600)
