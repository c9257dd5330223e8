"""Questions written by a model.

A capable one is given a passage and replies in JSON. A small one is given a sentence and the answer in it, and has only
to find the question: what it gets wrong then is the wording, and not the answer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any, Protocol

from assistant.quoting.candidates import Candidate
from assistant.rails import Rails
from assistant.replies import json_of, whole_reply
from assistant.synthesis.drafts import Draft, text_of
from assistant.synthesis.rules import answers_in, drafts_of
from ingest.plain import plain
from models.backend import ChatBackend, Message, Role, Sampling

_MOST_CHARS = 2400
"""Of a passage."""
_MOST_SENTENCES = 2
"""Of a passage, that a small model is asked about."""
_PLACE = re.compile(r"\{(heading|passage|sentence|answer)\}")
_ROLES: dict[str, Role] = {"System": "system", "Question": "user", "Answer": "assistant"}


class Writer(Protocol):
    """Drafts questions."""

    @property
    def name(self) -> str:
        """What is told of who wrote them."""
        ...

    def drafts(self, candidates: Sequence[Candidate], *, stop: Event) -> Iterator[Draft]:
        """Questions about the sentences of one passage.

        Raises:
            BackendError: a model cannot be asked.
        """
        ...


class Rules:
    """Drafts without a model."""

    name = "rules"

    def drafts(self, candidates: Sequence[Candidate], *, stop: Event) -> Iterator[Draft]:
        """Questions about the sentences of one passage."""
        yield from drafts_of(candidates)


@dataclass(frozen=True, kw_only=True)
class Model:
    """Drafts with a backend; personal data is masked before one on somebody else's machine sees it."""

    backend: ChatBackend
    rails: Rails

    @property
    def is_capable(self) -> bool:
        """Whether it is given whole passages."""
        return self.backend.info.rewrites

    @property
    def name(self) -> str:
        """The model, and the prompt with its version."""
        prompt = "questions" if self.is_capable else "question"
        return f"{self.backend.info.model}, {prompt}@{_prompt(prompt)[0]}"

    def drafts(self, candidates: Sequence[Candidate], *, stop: Event) -> Iterator[Draft]:
        """Questions about the sentences of one passage.

        Raises:
            BackendError: the model cannot be asked.
        """
        if not candidates:
            return
        if self.is_capable:
            yield from self._of_passage(candidates, stop)
            return
        asked = 0
        for candidate in candidates:
            answer = next(answers_in(candidate), None)
            if answer is None or asked == _MOST_SENTENCES or stop.is_set():
                continue
            asked += 1
            reply = self._reply("question", {"sentence": text_of(candidate), "answer": answer[1]}, 48, stop, ("\n",))
            question = reply.removeprefix("Question:").strip()
            yield Draft(question=question, answer=answer[1], kind=answer[0], candidate=candidate)

    def _of_passage(self, candidates: Sequence[Candidate], stop: Event) -> Iterator[Draft]:
        passage = candidates[0].source.passage
        values = {"heading": " – ".join(passage.headings), "passage": plain(passage.text)[:_MOST_CHARS]}
        for item in parse_reply(self._reply("questions", values, 500, stop)):
            first = _draft(item, candidates)
            if first is None:
                continue
            yield first
            further = item.get("follow_up")
            follow_up = _draft(further, candidates) if isinstance(further, dict) else None
            if follow_up is not None:
                said = (
                    Message(role="user", content=first.question),
                    Message(role="assistant", content=text_of(first.candidate)),
                )
                yield Draft(
                    question=follow_up.question,
                    answer=follow_up.answer,
                    kind="follow-up",
                    candidate=follow_up.candidate,
                    leans=True,
                    history=said,
                )

    def _reply(self, prompt: str, values: dict[str, str], most: int, stop: Event, ends: tuple[str, ...] = ()) -> str:
        masking = None if self.backend.info.is_here else self.rails.masking()
        sampling = Sampling(max_tokens=most, stop=ends)
        reply = whole_reply(self.backend, _filled(prompt, values), sampling=sampling, masking=masking, stop=stop)
        if reply.reason == "cancelled":
            return ""
        return masking.unmask(reply.text) if masking else reply.text


def parse_reply(reply: str) -> list[dict[str, Any]]:
    """The items of a model's reply: a JSON list of objects and nothing beside it but a code fence, else none."""
    try:
        said = json_of(reply)
    except ValueError:
        return []
    return [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []


def _draft(item: dict[str, Any], candidates: Sequence[Candidate]) -> Draft | None:
    """The draft that an item describes, or None where its answer stands in no sentence."""
    question, answer = item.get("question"), item.get("answer")
    if not isinstance(question, str) or not isinstance(answer, str) or not answer.strip():
        return None
    said = " ".join(answer.split()).strip(" .").casefold()
    holds = next((one for one in candidates if said in text_of(one).casefold()), None)
    if holds is None:
        return None
    return Draft(question=" ".join(question.split()), answer=answer.strip(" ."), kind="written", candidate=holds)


def _filled(prompt: str, values: dict[str, str]) -> list[Message]:
    """In one pass: what is filled in may hold braces, and is no form."""
    return [
        Message(role=role, content=_PLACE.sub(lambda place: values[place[1]], text))
        for role, text in _prompt(prompt)[1]
    ]


@cache
def _prompt(name: str) -> tuple[str, tuple[tuple[Role, str], ...]]:
    """Version and messages of a file beside this one."""
    _, head, body = (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8").split("---\n", 2)
    _, *pieces = re.split(r"(?m)^# (System|Question|Answer)\n", body)
    messages = tuple((_ROLES[title], text.strip()) for title, text in zip(pieces[::2], pieces[1::2], strict=True))
    return head.strip().removeprefix("version: "), messages
