"""What people say that the fault of an answer is: it wins over the rules, and is held against them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.diagnosis.diagnosis import Check, Diagnosis, Fault, Place
from assistant.share import Share
from assistant.tables import CorrectionRow, DiagnosisRow
from ingest.tables import utc_now


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How often people who looked said what the checks had found."""

    share: Share
    by_fault: dict[str, tuple[int, int]]
    """Of each fault that was found: how often people said the same, and how often they looked."""


def correct(session: Session, row: DiagnosisRow, *, person: str, fault: Fault) -> None:
    """Keep what a person says, in the caller's transaction."""
    session.add(CorrectionRow(turn_id=row.turn_id, person=person, fault=fault))
    row.fault, row.changed_at = fault, utc_now()
    session.flush()


def newest_of(session: Session, turn_id: int) -> CorrectionRow | None:
    """The correction that counts."""
    query = select(CorrectionRow).where(CorrectionRow.turn_id == turn_id).order_by(CorrectionRow.id.desc())
    return session.scalars(query.limit(1)).first()


def newest_by(session: Session, person: str) -> CorrectionRow | None:
    """A person's last correction."""
    query = select(CorrectionRow).where(CorrectionRow.person == person)
    query = query.order_by(CorrectionRow.made_at.desc(), CorrectionRow.id.desc())
    return session.scalars(query.limit(1).with_for_update()).first()


def take_back(session: Session, correction: CorrectionRow) -> None:
    """As if it had never been made: the one before it counts, or the rules."""
    row = session.get_one(DiagnosisRow, correction.turn_id)
    session.delete(correction)
    session.flush()
    before = newest_of(session, row.turn_id)
    row.fault, row.changed_at = before.fault if before else row.found, utc_now()


def agreement_of(session: Session) -> Agreement:
    """Over the diagnoses that somebody has corrected or confirmed."""
    looked_at = select(CorrectionRow.turn_id)
    query = (
        select(DiagnosisRow.found, DiagnosisRow.fault, func.count())
        .where(DiagnosisRow.turn_id.in_(looked_at))
        .group_by(DiagnosisRow.found, DiagnosisRow.fault)
    )
    by_fault: dict[str, tuple[int, int]] = {}
    for found, fault, count in session.execute(query):
        same, looked = by_fault.get(found, (0, 0))
        by_fault[found] = same + count * (found == fault), looked + count
    same = sum(agreed for agreed, _ in by_fault.values())
    return Agreement(share=Share(count=same, of=sum(looked for _, looked in by_fault.values())), by_fault=by_fault)


def read_diagnosis(session: Session, row: DiagnosisRow) -> Diagnosis:
    """A diagnosis as it was kept."""
    correction = newest_of(session, row.turn_id)
    return Diagnosis(
        turn_id=row.turn_id,
        fault=row.fault,  # type: ignore[arg-type]  # only faults are written
        found=row.found,  # type: ignore[arg-type]
        checks=tuple(Check(**check) for check in row.checks),
        right=Place(**row.place) if row.place else None,
        made_at=row.made_at,
        corrected_by=correction.person if correction else None,
        corrected_at=correction.made_at if correction else None,
    )
