"""Lays messages out as a model was trained to read them, by the chat template in its file.

A template is code from an untrusted file, so it runs sandboxed in a confined child. It never sees what
the messages say, only a marker in the place of each content: whatever stands between the markers is the
template's own, may hold control tokens and is marked so; what people wrote never is.
"""

import json
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.backend import Message, Role
from models.confined import Confined, ConfinedError, LimitExceeded
from models.gguf import ModelFileError, printable

_TIMEOUT_S = 2.0
_MEMORY_MB = 512
_OUTPUT_MB = 4
_SHAPES_KEPT = 64


class Segment(NamedTuple):
    """A stretch of the prompt."""

    text: str
    is_template: bool
    """Whether the template wrote it; only there are control tokens read as such."""


class ChatTemplate:
    """The chat template of the model `name`; `source` None lays out as ChatML. Thread-safe."""

    def __init__(self, source: str | None, *, name: str, bos_token: str = "", eos_token: str = "") -> None:
        self._source = source
        self._name = name
        self._tokens = {"bos_token": bos_token, "eos_token": eos_token}
        self._child = Confined("models.template:render", memory_mb=_MEMORY_MB, output_mb=_OUTPUT_MB)
        self._layouts: OrderedDict[tuple[Role, ...], _Layout] = OrderedDict()
        self._lock = threading.Lock()

    def segments(self, messages: Sequence[Message]) -> list[Segment]:
        """The prompt that asks for the next answer, as far as the assistant's first word.

        Raises:
            ModelFileError: the template is broken, or refuses this order of roles.
        """
        layout = self._layout(tuple(message.role for message in messages))
        segments = [
            Segment(messages[piece].content, is_template=False)
            if isinstance(piece, int)
            else Segment(piece, is_template=True)
            for piece in layout
        ]
        return [segment for segment in segments if segment.text]

    def close(self) -> None:
        """End the child process; a later call starts a new one."""
        self._child.close()

    def _layout(self, roles: tuple[Role, ...]) -> "_Layout":
        with self._lock:
            if roles not in self._layouts:
                self._layouts[roles] = _chatml(roles) if self._source is None else self._lay_out(roles)
                if len(self._layouts) > _SHAPES_KEPT:
                    self._layouts.popitem(last=False)
            self._layouts.move_to_end(roles)
            return self._layouts[roles]

    def _lay_out(self, roles: tuple[Role, ...]) -> "_Layout":
        markers = _Markers(len(roles))
        messages = [{"role": role, "content": markers.of(at)} for at, role in enumerate(roles)]
        try:
            return markers.split(self._render(messages))
        except _RefusedError as error:
            refusal = error
        # Templates that know no system role refuse it, or leave it out without a word.
        if {"system", "user"} <= set(roles):
            try:
                return markers.split(self._render(_fold_system(messages)))
            except _RefusedError:
                pass
        raise ModelFileError(f"The chat template of “{self._name}” {refusal}.")

    def _render(self, messages: list[dict[str, str]]) -> str:
        try:
            reply = self._child.call(
                {"source": self._source, "messages": messages, **self._tokens}, timeout_s=_TIMEOUT_S
            )
        except ConfinedError as error:
            raise _RefusedError(f"does not work: {printable(str(error)).rstrip('.')}") from None
        except LimitExceeded as error:
            raise ModelFileError(f"The chat template of “{self._name}” breaks the {error.limit} limit.") from None
        return str(reply["text"])


def render(request: dict[str, Any]) -> dict[str, Any]:
    """Run the template `request["source"]`; in the confined child.

    The environment is what templates are written for:
    https://huggingface.co/docs/transformers/chat_templating_writing
    """
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = lambda layout: datetime.now().astimezone().strftime(layout)
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    text = environment.from_string(request["source"]).render(
        messages=request["messages"],
        bos_token=request["bos_token"],
        eos_token=request["eos_token"],
        add_generation_prompt=True,
        enable_thinking=False,  # thinking aloud is minutes on a desk's machine
    )
    return {"text": text}


class _RefusedError(Exception):
    """The template does not lay these messages out; the message says how it fails."""


_Layout = list[str | int]
"""Text of the template, and between it the numbers of the messages whose contents belong there."""


class _Markers:
    """Stand-ins for the contents of `count` messages, which nobody can have written before."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._key = secrets.token_hex(12)

    def of(self, at: int) -> str:
        return f"{self._key}-{at:06d}-{self._key}"

    def split(self, text: str) -> _Layout:
        pieces = re.split(f"{self._key}-([0-9]{{6}})-{self._key}", text)
        found = sorted(int(piece) for piece in pieces[1::2])
        if found != list(range(self._count)) or any(self._key in piece for piece in pieces[::2]):
            raise _RefusedError("leaves out, repeats or changes what the messages say")
        return [int(piece) if at % 2 else piece for at, piece in enumerate(pieces)]


def _fold_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """The system messages' contents put in front of the first user message's."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [dict(message) for message in messages if message["role"] != "system"]
    first = next(message for message in others if message["role"] == "user")
    first["content"] = "\n\n".join([*system, first["content"]])
    return others


def _chatml(roles: tuple[Role, ...]) -> _Layout:
    layout: _Layout = []
    for at, role in enumerate(roles):
        layout += [f"<|im_start|>{role}\n", at, "<|im_end|>\n"]
    return [*layout, "<|im_start|>assistant\n"]


def _raise_exception(reason: str) -> NoReturn:
    raise TemplateError(reason)
