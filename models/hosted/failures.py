"""What goes wrong with a hosted model, in a sentence that says what to do."""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.backend import BackendError

_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance", "billing_not_active"}
_CREDIT = re.compile(r"credit balance|insufficient (balance|credits?|funds)", re.I)
_TOO_LONG = re.compile(r"context[ _](length|window|size)|maximum context|too many tokens|prompt is too long", re.I)
_SAID_CHARS = 160
_RETRIED = {408, 409, 425, 429}
_RATE_LIMITED = 429
_SERVER_FAULT = 500


class CutOff(Exception):
    """A stream ended without an end of its answer."""


class Withheld(Exception):
    """The server's content filter ended the answer."""


class Nonsense(Exception):
    """What came is not what OpenAI's chat API sends."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a request came to nothing."""

    sentence: str
    retry: bool = False
    """Whether it may work at once when tried again."""
    after_s: float | None = None
    """How long the server asks to be left alone."""


def failure_of(error: Exception, *, server: str, timeout_s: float, key: str, model: str | None = None) -> Failure:
    """What to make of an error that the SDK, the connection or this package raised."""
    import openai

    match error:
        case BackendError():
            return Failure(sentence=str(error))
        case TimeoutError() | openai.APITimeoutError():
            return Failure(
                sentence=f"“{server}” did not answer within {timeout_s:g} s: try again, or allow it more with "
                "hosted.timeout_s."
            )
        case Withheld():
            return _withheld(server)
        case CutOff():
            return Failure(sentence=f"The answer from “{server}” was cut off: ask again.", retry=True)
        case openai.APIStatusError():
            return _refused(error, error.status_code, server=server, key=key, model=model)
        case openai.APIConnectionError():
            return _unconnected(error, server)
        case openai.APIError():  # told within a stream that began well
            return _refused(error, _status_within(error), server=server, key=key, model=model)
        case ValueError() | Nonsense():
            return Failure(
                sentence=f"What “{server}” answers is not OpenAI's chat API: check hosted.base_url, which mostly ends "
                "in /v1."
            )
    return Failure(sentence=f"“{server}” cannot be asked ({type(error).__name__}): see “refdesk doctor”.")


def said(error: Any, key: str) -> str:
    """The server's own words in brackets, fit to be shown; "" where it said nothing."""
    body = error.body
    words = body.get("message") or body.get("detail") if isinstance(body, dict) else body
    if not isinstance(words, str) or not words.strip() or words.lstrip().startswith("<"):
        return ""
    if key:
        words = words.replace(key, "…")
    words = " ".join("".join(char if char.isprintable() else " " for char in words[: 10 * _SAID_CHARS]).split())
    return f" (“{words if len(words) <= _SAID_CHARS else words[: _SAID_CHARS - 1] + '…'}”)"


def is_too_long(error: Any) -> bool:
    """Whether the server refuses a prompt since the model cannot hold it."""
    return error.code == "context_length_exceeded" or bool(_TOO_LONG.search(_text(error)))


def _refused(error: Any, status: int, *, server: str, key: str, model: str | None) -> Failure:
    """A server that answers with an error."""
    words, named = said(error, key), f"“{model}” on “{server}”"
    if {str(error.code), str(error.type)} & _NO_CREDIT or _CREDIT.search(_text(error)) or status == 402:
        return Failure(sentence=f"The account on “{server}” has no credit left: add some, or choose another backend.")
    if error.code == "content_filter":
        return _withheld(server)
    if status == 401:
        if not key:
            return Failure(sentence=f"“{server}” wants a key: set hosted.api_key.")
        return Failure(sentence=f"“{server}” does not accept the key: check hosted.api_key.")
    if status == 403:
        what = f"use {named}" if model else f"be used on “{server}”"
        return Failure(sentence=f"The key may not {what}{words}: have it allowed, or choose another model.")
    if 300 <= status < 400:
        return Failure(sentence=f"“{server}” sends us to another address: set hosted.base_url to that{_target(error)}.")
    if status in (400, 413, 422) and is_too_long(error):
        return Failure(
            sentence=f"The question and its passages are too long for {named}: ask a shorter question, or set "
            "hosted.context_tokens to what the model can hold."
        )
    if status in (400, 404) and (error.code == "model_not_found" or (status == 404 and "model" in words.lower())):
        return Failure(sentence=f"There is no model {named}: choose another, or change hosted.models.")
    if status in (404, 405):
        return Failure(sentence=f"“{server}” has no chat at hosted.base_url: check it; it mostly ends in /v1.")
    if status == _RATE_LIMITED:
        after_s = _retry_after(error)
        when = f"in {after_s:.0f} s" if after_s else "in a minute"
        return Failure(sentence=f"“{server}” is asked too often{words}: try again {when}.", retry=True, after_s=after_s)
    if status >= _SERVER_FAULT or status in _RETRIED:
        return Failure(
            sentence=f"“{server}” has trouble of its own ({status}){words}: try again later.",
            retry=True,
            after_s=_retry_after(error),
        )
    return Failure(
        sentence=f"“{server}” refuses the request ({status}){words}: check hosted.models and hosted.base_url."
    )


def _withheld(server: str) -> Failure:
    return Failure(sentence=f"The content filter of “{server}” withheld the answer: ask in other words.")


def _unconnected(error: Exception, server: str) -> Failure:
    """A server that is not reached, or hangs up."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        reason = next((cause.verify_message for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), "")
        return Failure(
            sentence=f"No safe connection to “{server}” can be made ({reason or 'TLS failed'}): check hosted.base_url, "
            "and the server's certificate."
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Failure(sentence=f"There is no server “{server}”: check hosted.base_url and your network.", retry=True)
    if any(type(cause).__name__ in ("ConnectError", "ConnectTimeout", "ProxyError") for cause in causes):
        return Failure(
            sentence=f"“{server}” cannot be reached: check that it runs, hosted.base_url and your network.", retry=True
        )
    return Failure(sentence=f"“{server}” hung up without an answer: try again.", retry=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status_within(error: Any) -> int:
    """The status that an error within a stream stands for."""
    code = str(error.code or error.type)
    if re.fullmatch("[1-5][0-9][0-9]", code):
        return int(code)
    return {"rate_limit_exceeded": _RATE_LIMITED, "context_length_exceeded": 400}.get(code, _SERVER_FAULT)


def _retry_after(error: Any) -> float | None:
    """Seconds that the server asks for; a date is left aside."""
    response = getattr(error, "response", None)
    try:
        after_s = float(response.headers["Retry-After"]) if response is not None else -1.0
    except (KeyError, ValueError):
        return None
    return after_s if 0 <= after_s < float("inf") else None


def _target(error: Any) -> str:
    target = error.response.headers.get("Location", "").split("?")[0]
    shown = target.startswith(("http://", "https://")) and target.isprintable() and len(target) <= _SAID_CHARS
    return f" ({target})" if shown and "@" not in target else ""


def _text(error: Any) -> str:
    return f"{error.message} {error.body}"[:4000]
