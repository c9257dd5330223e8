"""Makes diagnoses and keeps them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assistant.answered import Answered
from assistant.conversations import Vote
from assistant.diagnosis.corrections import Agreement, agreement_of, correct, newest_of, read_diagnosis
from assistant.diagnosis.diagnosis import FAULTS, Diagnosis, Fault
from assistant.diagnosis.evidence import Looking
from assistant.diagnosis.rules import answers, checks_of, fault_of
from assistant.events import Source
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
            return read_diagnosis(session, row) if row is not None else None

    def all(self, *, fault: Fault | None = None) -> list[Diagnosis]:
        """All, or those with a fault, the newest first."""
        query = select(DiagnosisRow).order_by(DiagnosisRow.made_at.desc(), DiagnosisRow.turn_id.desc())
        if fault is not None:
            query = query.where(DiagnosisRow.fault == fault)
        with self._catalogue.session() as session:
            return [read_diagnosis(session, row) for row in session.scalars(query).all()]

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
            known = _known_before(session, turn)
            said = _said(vote)
        if answered is None or answered.finished is None:
            raise UndiagnosableTurn("There is no such answer, or it never came to its end.")
        evidence = self._looking.look(answered, said, known=known)
        checks = checks_of(evidence)
        found = fault_of(evidence, checks)
        place = evidence.right if answers(evidence) else None
        with self._catalogue.writing() as session:
            if session.get(TurnRow, turn_id) is None or (said is not None and _said(_vote(session, turn_id)) is None):
                # The conversation was deleted, or the vote taken back, in the meantime: nothing is kept.
                return Diagnosis(turn_id=turn_id, fault=found, found=found, checks=checks, right=place, made_at=began)
            row, correction = session.get(DiagnosisRow, turn_id), newest_of(session, turn_id)
            if row is None:
                row = DiagnosisRow(turn_id=turn_id)
                session.add(row)
            row.found, row.fault = found, correction.fault if correction else found
            row.checks, row.place = [asdict(check) for check in checks], asdict(place) if place else None
            row.made_at, row.changed_at = began, utc_now()  # a vote changed since `began` makes it due again
            session.flush()
            return read_diagnosis(session, row)

    def correct(self, person: str, turn_id: int, fault: Fault) -> Diagnosis:
        """Say what the fault is, the found one or another; `Reviews.undo` takes it back.

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
            correct(session, row, person=person, fault=fault)
            return read_diagnosis(session, row)

    def agreement(self) -> Agreement:
        """How often people who looked said what the checks had found."""
        with self._catalogue.session() as session:
            return agreement_of(session)


def _vote(session: Session, turn_id: int) -> VoteRow | None:
    return session.scalars(select(VoteRow).where(VoteRow.turn_id == turn_id, VoteRow.value < 0)).first()


def _said(row: VoteRow | None) -> Vote | None:
    if row is None:
        return None
    return Vote(value=row.value, reasons=tuple(row.reasons), comment=row.comment, better_answer=row.better_answer)


def _known_before(session: Session, turn: TurnRow | None) -> list[Source]:
    """The passages of the turns that it goes on from: an answer may cite them still."""
    known: dict[int, Source] = {}
    while turn is not None and turn.parent_id is not None:
        turn = session.get_one(TurnRow, turn.parent_id)
        if turn.answered:
            known = {source.n: source for source in Answered.from_json(turn.answered).sources} | known
    return list(known.values())
