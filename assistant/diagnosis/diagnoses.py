"""Makes diagnoses and keeps them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.diagnosis.diagnosis import FAULTS, Check, Diagnosis, Fault
from assistant.diagnosis.evidence import Looking
from assistant.diagnosis.rules import checks_of, fault_of
from assistant.searching import Searching
from assistant.tables import DiagnosisRow, TurnRow, VoteRow
from ingest.catalogue import Catalogue
from ingest.tables import utc_now


class UndiagnosableTurn(Exception):
    """There is no such answer, or none that came to its end; one sentence."""


class Diagnoses:
    """One diagnosis an answer. Thread-safe."""

    def __init__(self, catalogue: Catalogue, searching: Callable[[], Searching]) -> None:
        self._catalogue = catalogue
        self._looking = Looking(catalogue, searching)

    def of(self, turn_id: int) -> Diagnosis | None:
        """Of an answer, if one was made."""
        with self._catalogue.session() as session:
            row = session.get(DiagnosisRow, turn_id)
            return _read(row) if row is not None else None

    def all(self, *, fault: Fault | None = None) -> list[Diagnosis]:
        """All, or those with a fault, the newest first."""
        query = select(DiagnosisRow).order_by(DiagnosisRow.made_at.desc(), DiagnosisRow.turn_id.desc())
        if fault is not None:
            query = query.where(DiagnosisRow.fault == fault)
        with self._catalogue.session() as session:
            return [_read(row) for row in session.scalars(query)]

    def due(self) -> tuple[int, ...]:
        """Answers with a thumb down that have no diagnosis, or one from before the vote was changed; oldest first."""
        query = (
            select(VoteRow.turn_id)
            .join(TurnRow, TurnRow.id == VoteRow.turn_id)
            .outerjoin(DiagnosisRow, DiagnosisRow.turn_id == VoteRow.turn_id)
            .where(VoteRow.value < 0, TurnRow.answered_at.is_not(None))
            .where(or_(DiagnosisRow.turn_id.is_(None), DiagnosisRow.made_at < VoteRow.changed_at))
            .order_by(VoteRow.changed_at, VoteRow.id)
        )
        with self._catalogue.session() as session:
            return tuple(session.scalars(query))

    def make(self, *, limit: int = 5) -> int:
        """Diagnose up to `limit` of the answers that are due; gives how many."""
        due = self.due()[:limit]
        for turn_id in due:
            with suppress(UndiagnosableTurn):  # deleted meanwhile
                self.diagnose(turn_id)
        return len(due)

    def diagnose(self, turn_id: int) -> Diagnosis:
        """Work out anew where an answer went wrong. What somebody has corrected stays as they have it.

        Raises:
            UndiagnosableTurn: there is no such answer, or it never came to its end.
        """
        began = utc_now()
        with self._catalogue.session() as session:
            turn, vote = session.get(TurnRow, turn_id), _vote(session, turn_id)
            answered = Answered.from_json(turn.answered) if turn is not None and turn.answered else None
            said = _said(vote)
        if answered is None or answered.finished is None:
            raise UndiagnosableTurn("There is no such answer, or it never came to its end.")
        evidence = self._looking.look(answered, said)
        checks = checks_of(evidence)
        found = fault_of(evidence, checks)
        with self._catalogue.writing() as session:
            if session.get(TurnRow, turn_id) is None or (said is not None and _said(_vote(session, turn_id)) is None):
                # The conversation was deleted, or the vote taken back, in the meantime: nothing is kept.
                return _made(turn_id, found, checks, began)
            row = session.get(DiagnosisRow, turn_id)
            if row is None:
                row = DiagnosisRow(turn_id=turn_id, fault=found)
                session.add(row)
            row.found, row.checks = found, [asdict(check) for check in checks]
            row.made_at, row.changed_at = began, utc_now()  # a vote changed since `began` makes it due again
            if row.corrected_by is None:
                row.fault = found
            session.flush()
            return _read(row)

    def correct(self, person: str, turn_id: int, fault: Fault) -> Diagnosis:
        """Say what the fault is, the found one or another.

        Raises:
            UndiagnosableTurn: there is no diagnosis to correct.
            ValueError: there is no such fault.
        """
        if fault not in FAULTS:
            raise ValueError(f"There is no fault “{fault}”.")
        with self._catalogue.writing() as session:
            row = session.get(DiagnosisRow, turn_id)
            if row is None:
                raise UndiagnosableTurn("There is no diagnosis of this answer.")
            row.fault, row.corrected_by, row.changed_at = fault, person, utc_now()
            session.flush()
            return _read(row)


def _vote(session: Session, turn_id: int) -> VoteRow | None:
    return session.scalars(select(VoteRow).where(VoteRow.turn_id == turn_id, VoteRow.value < 0)).first()


def _said(row: VoteRow | None) -> Vote | None:
    if row is None:
        return None
    return Vote(value=row.value, reasons=tuple(row.reasons), comment=row.comment, better_answer=row.better_answer)


def _made(turn_id: int, found: Fault, checks: tuple[Check, ...], at: datetime) -> Diagnosis:
    return Diagnosis(turn_id=turn_id, fault=found, found=found, checks=checks, is_corrected=False, made_at=at)


def _read(row: DiagnosisRow) -> Diagnosis:
    return Diagnosis(
        turn_id=row.turn_id,
        fault=row.fault,  # type: ignore[arg-type]  # only faults are written
        found=row.found,  # type: ignore[arg-type]
        checks=tuple(Check(**check) for check in row.checks),
        is_corrected=row.corrected_by is not None,
        made_at=row.made_at,
    )
