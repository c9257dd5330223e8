"""The rules that lead from what was looked at to a fault."""

from collections.abc import Iterator, Sequence

from assistant.diagnosis.diagnosis import Check, Fault
from assistant.diagnosis.evidence import Evidence

_SLOW = 2.0
"""Times the usual from which an answer is slow."""


def checks_of(evidence: Evidence) -> tuple[Check, ...]:
    """What was found, in the order of a turn."""
    if evidence.rail is not None:
        return (Check(name="rails", says=f"The rail “{evidence.rail}” stopped it.", points_to="stopped-by-a-rail"),)
    return tuple(_checks(evidence))


def fault_of(evidence: Evidence, checks: Sequence[Check]) -> Fault:
    """The one to put right first.

    What the desk has seen goes before what the person says, but how an answer is put and how long it took only they
    know: these count where they are all that was said and every sentence is supported.
    """
    if evidence.rail is not None:
        return "stopped-by-a-rail"
    found = [check.points_to for check in checks if check.points_to is not None]
    said: dict[str, Fault] = {"tone": "style", "too-slow": "slow"}
    if "unsupported" not in found and len(evidence.reasons) == 1 and evidence.reasons[0] in said:
        return said[evidence.reasons[0]]
    order: tuple[Fault, ...] = ("wrongly-refused", "unsupported")
    for fault in (*order, *found):
        if fault in found:
            return fault
    return "not-used"


def _checks(evidence: Evidence) -> Iterator[Check]:
    yield _desk(evidence)
    if evidence.answerable:
        yield _sources(evidence)
    if evidence.abstained:
        return
    if evidence.unsupported:
        says = f"Sentences of the answer that no passage supports: {evidence.unsupported}."
        yield Check(name="support", says=says, points_to="unsupported")
    else:
        yield Check(name="support", says="Every sentence of the answer is supported.", points_to=None)
    if evidence.usual_s is not None and evidence.total_s > _SLOW * evidence.usual_s:
        says = f"It took {evidence.total_s:.1f} s; {evidence.usual_s:.1f} s is usual here."
        yield Check(name="time", says=says, points_to="slow")


def _desk(evidence: Evidence) -> Check:
    if evidence.answerable:
        says = f"“{evidence.document}” seems to answer it, at place {evidence.rank} of a deeper search."
        return Check(name="desk", says=says, points_to=None)
    return Check(name="desk", says="Nothing on the desk seems to answer it.", points_to="not-on-the-desk")


def _sources(evidence: Evidence) -> Check:
    if not evidence.shown:
        return Check(name="sources", says="That passage was not among the sources.", points_to="not-retrieved")
    if evidence.abstained:
        says = "That passage was among the sources, and the answer was refused."
        return Check(name="sources", says=says, points_to="wrongly-refused")
    if not evidence.used:
        says = "That passage was among the sources, and the answer does not cite it."
        return Check(name="sources", says=says, points_to="not-used")
    return Check(name="sources", says="That passage was among the sources, and is cited.", points_to=None)
