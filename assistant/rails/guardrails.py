"""NeMo Guardrails with our rails in it, kept offline and silent, and believed only where our rails were really asked.

NeMo passes a text in some cases in which it has not been checked (a flow that is missing, a rail of another type). So
each call carries a record in which every rail writes down the text that it was given: a text passes only when all
rails of its stage have seen it and let it pass.
"""

import logging
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from assistant.rails.verdict import Finding, Judge, Verdict

if TYPE_CHECKING:
    from nemoguardrails.actions.rail_outcome import RailOutcome
    from nemoguardrails.rails.llm.llmrails import LLMRails

CONFIG = Path(__file__).parent
"""Folder of rails.yml and rails.co."""
RAILS: Mapping[str, tuple[str, ...]] = {"input": ("injection", "jailbreak"), "output": ("prompt leak", "secret")}
"""The rails of each stage, in the order in which they are asked."""
UNCHECKED = {
    "input": "The question could not be checked, so it was not answered: ask again, and tell whoever keeps the desk.",
    "output": "The answer could not be checked, so it is not shown: ask again, and tell whoever keeps the desk.",
}
"""What a person is told when a rail breaks."""

Stage = Literal["input", "output"]

_LOG = logging.getLogger(__name__)
_LOADING = threading.Lock()


class GuardrailsError(Exception):
    """The rails cannot be loaded as they must be."""


@dataclass(kw_only=True)
class _Record:
    """What the rails have been shown in one call, and what they said."""

    judges: Mapping[str, Judge]
    judged: dict[str, tuple[str, Finding]] = field(default_factory=dict)
    broken: str | None = None
    """The rail that broke."""

    def judge(self, rail: str, text: str) -> Finding | None:
        """What the rail finds; None when it breaks."""
        try:
            finding = self.judges[rail](text)
        except Exception as error:
            # Without the error's message, which may quote what a person wrote.
            _LOG.error("The rail “%s” broke (%s).", rail, type(error).__name__)
            self.broken = rail
            return None
        self.judged[rail] = (text, finding)
        return finding

    def blocked_by(self) -> str | None:
        """The rail that has stopped the text."""
        return next((rail for rail, (_, finding) in self.judged.items() if finding.action == "block"), None)

    def has_passed(self, rails: tuple[str, ...], text: str) -> bool:
        """Whether every rail has been given just this text and let it pass."""
        if self.broken or self.blocked_by():
            return False
        return all(self.judged.get(rail, (None,))[0] == text for rail in rails)

    def verdict(self, stage: Stage, text: str) -> Verdict:
        """What becomes of a text that has not passed."""
        rail = self.blocked_by()
        if rail is not None and self.broken is None:
            return Verdict(action="block", text=text, rail=rail, reason=self.judged[rail][1].reason)
        asked = [rail for rail in RAILS[stage] if rail not in self.judged]
        return Verdict(
            action="block", text=text, rail=self.broken or (asked or RAILS[stage])[0], reason=UNCHECKED[stage]
        )


_RECORD: ContextVar[_Record] = ContextVar("rails_record")


class Guardrails:
    """The loaded rails. Loading takes seconds; use from asyncio, several calls at a time."""

    def __init__(self, config: Path = CONFIG) -> None:
        """Load them.

        Raises:
            GuardrailsError: the configuration lacks a rail.
        """
        with _LOADING:
            self._nemo = _load(config)
        for stage, rails in RAILS.items():
            flows = getattr(self._nemo.config.rails, stage).flows
            if flows != [f"check {rail}" for rail in rails]:
                raise GuardrailsError(f"The {stage} rails are {flows}, and should be {rails}.")
            for rail in rails:
                self._nemo.register_action(_action(rail), f"judge_{rail.replace(' ', '_')}")

    async def check(self, stage: Stage, text: str, judges: Mapping[str, Judge]) -> Verdict:
        """Ask the rails of a stage about a whole text."""
        from nemoguardrails.rails.llm.options import RailStatus, RailType

        record = _Record(judges=judges)
        _RECORD.set(record)
        said = {"role": "user" if stage == "input" else "assistant", "content": text}
        messages = [said] if stage == "input" else [{"role": "user", "content": ""}, said]
        result = await self._nemo.check_async(messages, [RailType(stage)])
        if result.status != RailStatus.PASSED or not record.has_passed(RAILS[stage], text):
            return record.verdict(stage, text)
        for rail, (_, finding) in record.judged.items():
            if finding.action == "warn":
                return Verdict(action="warn", text=text, rail=rail, reason=finding.reason)
        return Verdict(action="pass", text=text)

    def watch(self, judges: Mapping[str, Judge]) -> "Watch":
        """Begin to check a text that is still being written."""
        return Watch(self._nemo, judges)


class Watch:
    """The output rails over a text that comes in pieces."""

    def __init__(self, nemo: "LLMRails", judges: Mapping[str, Judge]) -> None:
        self._record = _Record(judges=judges)
        self._piece: str | None = None
        self._whole = ""
        self._shown = 0
        messages = [{"role": "user", "content": ""}]
        # An asynchronous generator, whatever NeMo's types say: it must be closed.
        self._checked = cast(AsyncGenerator[str, None], nemo.stream_async(messages=messages, generator=self._pieces()))

    async def feed(self, piece: str) -> str | Verdict:
        """What may be shown now, or the verdict that ends the text."""
        if not piece:
            return ""
        self._piece = piece
        self._record.judged.clear()
        _RECORD.set(self._record)
        # NeMo gives back the piece itself, or a message of its own where it stops.
        passed = await anext(self._checked, None)
        whole = self._whole + piece
        seen = self._record.judged.get(RAILS["output"][0], ("",))[0]
        is_seen = bool(seen) and whole.endswith(seen) and seen.endswith(piece)
        if passed != piece or not is_seen or not self._record.has_passed(RAILS["output"], seen):
            return self._record.verdict("output", "")
        self._whole = whole
        held = max(finding.held for _, finding in self._record.judged.values())
        return self._show(max(self._shown, len(whole) - held))

    async def end(self) -> str | Verdict:
        """What was held back, at the end of the text."""
        self._piece = None
        self._record.judged.clear()
        _RECORD.set(self._record)
        if await anext(self._checked, None) is not None or self._record.broken or self._record.blocked_by():
            return self._record.verdict("output", "")
        return self._show(len(self._whole))

    async def close(self) -> None:
        """End it, wherever it is."""
        await self._checked.aclose()

    def _show(self, until: int) -> str:
        text, self._shown = self._whole[self._shown : until], until
        return text

    async def _pieces(self) -> AsyncIterator[str]:
        while self._piece is not None:
            piece, self._piece = self._piece, None
            yield piece


def _action(rail: str) -> Callable[..., Awaitable["RailOutcome"]]:
    """A rail as NeMo calls it."""
    from nemoguardrails.actions.rail_outcome import RailOutcome

    async def judge(text: str, **_: Any) -> RailOutcome:
        finding = _RECORD.get().judge(rail, text)
        if finding is None:
            return RailOutcome.failure()
        return RailOutcome.block() if finding.action == "block" else RailOutcome.allow()

    return judge


class _Forgetful(dict[str, Any]):
    """A cache that keeps nothing: NeMo would hold every text of every turn in memory."""

    def __setitem__(self, key: str, value: Any) -> None:
        pass


def _load(config: Path) -> "LLMRails":
    # No usage reports, and no log: NeMo writes whole messages into it.
    os.environ["NEMO_GUARDRAILS_NO_USAGE_STATS"] = "1"
    silent = logging.getLogger("nemoguardrails")
    silent.setLevel(logging.CRITICAL + 1)
    silent.propagate = False

    from nemoguardrails.actions.action_dispatcher import ActionDispatcher
    from nemoguardrails.actions.core import create_event
    from nemoguardrails.colang import runtime
    from nemoguardrails.rails.llm.config import RailsConfig
    from nemoguardrails.rails.llm.llmrails import LLMRails

    loaded = RailsConfig.from_content(
        colang_content=(config / "rails.co").read_text(encoding="utf-8"),
        yaml_content=(config / "rails.yml").read_text(encoding="utf-8"),
    )
    usual = runtime.ActionDispatcher
    # NeMo would run any `actions.py` that lies in the working directory; of its own actions we need none.
    runtime.ActionDispatcher = partial(ActionDispatcher, load_all_actions=False)
    try:
        nemo = LLMRails(loaded)
    finally:
        runtime.ActionDispatcher = usual
    nemo.events_history_cache = _Forgetful()
    nemo.register_action(create_event)
    return nemo
