"""The rules that lead from what was looked at to a fault."""

from collections.abc import Iterator, Sequence

from assistant.diagnosis.diagnosis import Check, Fault, Place
from assistant.diagnosis.evidence import Evidence
from assistant.feedback import REASONS

_ANSWERS = 0.4
"""Confidence from which on the desk is taken to answer the question."""
_USED = 0.6
"""The same, where the answer rests on that very passage, and somebody was not content with it."""
_SAID_TO_ANSWER = 0.15
"""The same, where the person says so, or gives the answer and a passage holds it."""
_FOUND_NOW = 0.1
"""The same, where a search of as many passages now finds one that the turn did not have, and that is clearly better."""
_HARDLY = 0.1
"""Confidence below which an answer that nothing supports is laid to the documents, not to the model."""
_SLOW = 2.0
"""Times the usual from which an answer is slow."""
_SAID: dict[str, Fault] = {"tone": "style", "too-slow": "slow"}
"""What only the person knows."""
_SAID_OF_A_MODEL: dict[str, Fault] = {
    "not-from-documents": "unsupported",
    "bad-citation": "unsupported",
    "wrong": "misread",
}
"""What is believed of a model's answer where no check shows anything."""


def checks_of(evidence: Evidence) -> tuple[Check, ...]:
    """What was found, in the order of a turn."""
    if evidence.rail is not None:
        return (Check(name="rails", says=f"The rail “{evidence.rail}” stopped it.", points_to="stopped-by-a-rail"),)
    return tuple(_checks(evidence))


def fault_of(evidence: Evidence, checks: Sequence[Check]) -> Fault:
    """The one to put right first; unknown where no check points to one.

    What the desk has seen goes before what the person says, but how an answer is put and how long it took only they
    know: these count where they are all that was said and every sentence is supported.
    """
    found = [check.points_to for check in checks if check.points_to is not None]
    if evidence.rail is not None:
        return "stopped-by-a-rail"
    if "unsupported" not in found and len(evidence.reasons) == 1 and evidence.reasons[0] in _SAID:
        return _SAID[evidence.reasons[0]]
    if "unsupported" in found and "not-on-the-desk" in found:
        return "not-on-the-desk" if evidence.confidence < _HARDLY else "unsupported"
    first: tuple[Fault, ...] = ("outdated", "wrongly-refused", "unsupported")
    return next((fault for fault in (*first, *found) if fault in found), "unknown")


def answers(evidence: Evidence) -> bool:
    """Whether the desk is taken to have a passage that answers."""
    return evidence.right is not None and evidence.confidence >= _least(evidence, evidence.right)


def _least(evidence: Evidence, right: Place) -> float:
    if evidence.holds_better or "should-have-answered" in evidence.reasons:
        return _SAID_TO_ANSWER
    if not evidence.shown and not evidence.outside and right.rank is not None and right.rank <= evidence.many:
        return _FOUND_NOW
    return _USED if evidence.used and not evidence.abstained else _ANSWERS


def _checks(evidence: Evidence) -> Iterator[Check]:
    yield _desk(evidence)
    if answers(evidence):
        yield _sources(evidence)
    if evidence.models is not None:
        then, now = evidence.models
        yield Check(name="model", says=f"It was searched with “{then}”; the desk has “{now}” now.", points_to=None)
    if evidence.replaced:
        says = f"“{evidence.replaced}”, which it cites, says something else by now."
        yield Check(name="version", says=says, points_to="outdated")
    if not evidence.abstained:
        yield from _answer(evidence)
    if evidence.usual_s is not None and evidence.total_s > _SLOW * evidence.usual_s:
        says = f"It took {evidence.total_s:.1f} s; {evidence.usual_s:.1f} s is usual here."
        yield Check(name="time", says=says, points_to="slow")


def _desk(evidence: Evidence) -> Check:
    sure = f"confidence {evidence.confidence:.2f}"
    right = evidence.right
    if not answers(evidence) or right is None:
        nothing = f"Nothing on the desk seems to answer it ({sure})."
        return Check(name="desk", says=nothing, points_to="not-on-the-desk")
    place = f"at place {right.rank} of a deeper search" if right.rank else "though a search does not find it any more"
    what = "holds the better answer" if evidence.holds_better else "seems to answer it"
    return Check(name="desk", says=f"“{right.document}” {what}, {place} ({sure}).", points_to=None)


def _sources(evidence: Evidence) -> Check:
    if not evidence.shown:
        says = "That passage was not among the sources."
        if evidence.outside:
            says = f"That passage is in “{evidence.outside}”, which the question was not asked of."
        return Check(name="sources", says=says, points_to="not-retrieved")
    if evidence.abstained:
        says = "That passage was among the sources, and the answer was refused."
        return Check(name="sources", says=says, points_to="wrongly-refused")
    if not evidence.used:
        says = "That passage was among the sources, and the answer does not cite it."
        return Check(name="sources", says=says, points_to="not-used")
    return Check(name="sources", says="That passage was among the sources, and is cited.", points_to=None)


def _answer(evidence: Evidence) -> Iterator[Check]:
    if evidence.unsupported:
        says = f"Sentences of the answer that no passage supports: {evidence.unsupported}."
        yield Check(name="support", says=says, points_to="unsupported")
    elif evidence.by_model:
        yield Check(name="support", says="Every sentence of the answer is supported.", points_to=None)
    if evidence.said is False and evidence.used and evidence.holds_better:
        says = "It does not say what the better answer says, which stands in the passage that it cites."
        yield Check(name="better", says=says, points_to="misread" if evidence.by_model else "not-used")
    if "outdated" in evidence.reasons and not evidence.unsupported:
        yield _by_the_person("outdated", "outdated")
    elif evidence.by_model and evidence.used and not evidence.unsupported:
        for reason in evidence.reasons:
            if reason in _SAID_OF_A_MODEL:
                yield _by_the_person(reason, _SAID_OF_A_MODEL[reason])


def _by_the_person(reason: str, fault: Fault) -> Check:
    return Check(name="person", says=f"The person says: {REASONS[reason]}.", points_to=fault)
