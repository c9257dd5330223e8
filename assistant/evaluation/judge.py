"""A model as a judge of answers, by rubrics. What it thinks is kept beside what is measured, never mixed with it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event

from assistant.data_sets.rows import Row
from assistant.evaluation.measuring import bare_answer
from assistant.evaluation.results import Opinion, Result
from assistant.evaluation.rubrics import Rubric, rubrics
from assistant.rails import Rails
from assistant.replies import json_of, whole_reply
from models.backend import BackendError, ChatBackend, Message, Sampling

SCORES = range(1, 6)
_SAMPLING = Sampling(max_tokens=200, temperature=0.0)
_MARGIN_TOKENS = 8


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An answer to be judged."""

    question: str
    answer: str
    expected: Sequence[str] = ()
    """Any of them is right; without one, nobody asks whether the answer is correct."""
    passages: Sequence[str] = ()
    """In the order of their numbers, from 1."""

    @classmethod
    def of(cls, row: Row, result: Result) -> "Judged | None":
        """The answer of a row, or None where nothing was answered, or not a question."""
        if not bare_answer(result) or result.error is not None or row.is_summary:  # the rubrics are of answers
            return None
        return cls(
            question=row.question,
            answer=result.answer or "",
            expected=row.answers if row.answerable else (),
            passages=[hit.text for hit in result.passages if hit.n is not None],
        )


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Asks a backend. Thread-safe where that is."""

    backend: ChatBackend
    rails: Rails

    def opinions(
        self, judged: Judged, *, known: Sequence[Opinion] = (), stop: Event | None = None
    ) -> tuple[Opinion, ...]:
        """What it thinks, by each rubric that fits; those of `known` that are of the same content are not asked for.

        Where it cannot be asked, or does not say what it was asked for, there is no score but a reason.
        """
        there = {opinion.key: opinion for opinion in known if opinion.key}
        return tuple(
            there.get(self.key(rubric, judged)) or self._opinion(rubric, judged, stop)
            for rubric in rubrics()
            if "expected" not in rubric.needs or judged.expected
        )

    def key(self, rubric: Rubric, judged: Judged) -> str:
        """The same for what would be asked of the same model in the same words."""
        asked = json.dumps([self.backend.info.model, rubric.content_hash, _values(judged, len(judged.passages))])
        return hashlib.sha256(asked.encode()).hexdigest()

    def _opinion(self, rubric: Rubric, judged: Judged, stop: Event | None) -> Opinion:
        model = self.backend.info.model
        masking = None if self.backend.info.is_here else self.rails.masking()
        try:
            messages = self._fitted(rubric, judged)
            reply = whole_reply(self.backend, messages, sampling=_SAMPLING, masking=masking, stop=stop or Event())
        except BackendError as error:
            return Opinion(rubric=rubric.title, model=model, score=None, reason=str(error))  # asked again next time
        if reply.reason == "cancelled":
            return Opinion(rubric=rubric.title, model=model, score=None, reason="The judge was interrupted.")
        score, reason = parse_reply(reply.text)
        return Opinion(
            rubric=rubric.title,
            model=model,
            score=score,
            reason=masking.unmask(reason) if masking else reason,
            key=self.key(rubric, judged),
        )

    def _fitted(self, rubric: Rubric, judged: Judged) -> Sequence[Message]:
        """With as many of the passages, the first ones, as there is room for."""
        room = self.backend.info.context_tokens - _SAMPLING.max_tokens - _MARGIN_TOKENS
        most = len(judged.passages) if "passages" in rubric.needs else 0
        for passages in range(most, -1, -1):
            messages = rubric.ask(_values(judged, passages))
            if self.backend.count_tokens(messages) <= room and (passages or not most):
                return messages
        raise BackendError("The answer and a passage are too long for the judge.")


def parse_reply(reply: str) -> tuple[int | None, str]:
    """Score and reason of a judge's reply: one JSON object with both, and nothing beside it but a code fence.

    Where it is anything else there is no score: what is guessed at is no judgement.
    """
    try:
        said = json_of(reply)
    except ValueError:
        return None, "No judgement: the reply is no JSON."
    if not isinstance(said, dict):
        return None, "No judgement: the reply is no JSON object."
    score, reason = said.get("score"), said.get("reason")
    if isinstance(score, bool) or not isinstance(score, int) or score not in SCORES:
        return None, "No judgement: the reply has no score from 1 to 5."
    if not isinstance(reason, str) or not reason.strip():
        return None, "No judgement: the reply gives no reason."
    return score, reason.strip()


def _values(judged: Judged, passages: int) -> dict[str, str]:
    numbered = (f"[{n}] {text}" for n, text in enumerate(judged.passages[:passages], start=1))
    return {
        "question": judged.question,
        "expected": "\nor\n".join(judged.expected),
        "passages": "\n\n".join(numbered),
        "answer": judged.answer,
    }
