"""Trials in the catalogue."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assistant.conversations import Choices
from assistant.trials.standing import Standing, standing_of
from assistant.trials.tables import TrialConversationRow, TrialRow
from assistant.trials.trial import Trial, TrialError, named
from ingest.catalogue import Catalogue
from ingest.tables import utc_now


class Trials:
    """Begins and ends them, and draws for each new conversation. One runs at a time. Thread-safe."""

    def __init__(self, catalogue: Catalogue, *, usual: Callable[[], Choices]) -> None:
        """`usual` is how questions are answered where nobody has chosen."""
        self._catalogue = catalogue
        self._usual = usual

    def begin(self, challenger: Choices, *, share: float) -> Trial:
        """Answer a share of the conversations that begin from now on by the challenger.

        Raises:
            TrialError: one runs already, the share is not between 0 and 1, or the challenger is the usual way.
        """
        usual, challenger = self._usual(), replace(challenger, collections=())
        if not 0 < share < 1:
            raise TrialError(f"{share:g} is no share of the conversations: give one above 0 and below 1, such as 0.2.")
        if challenger == usual:
            raise TrialError(f"{named(challenger)} is how everything is answered already: choose another way.")
        row = TrialRow(id=uuid.uuid4().hex[:8], usual=asdict(usual), challenger=asdict(challenger), share=share)
        try:
            with self._catalogue.writing() as session:
                session.add(row)
                session.flush()
                return _trial(row)
        except IntegrityError:
            raise TrialError("A trial runs already: end it before you begin another.") from None

    def end(self, trial_id: str) -> Trial:
        """Answer all conversations in the usual way again; one that has ended stays as it is.

        Raises:
            TrialError: there is none.
        """
        with self._catalogue.writing() as session:
            row = session.get(TrialRow, trial_id)
            if row is None:
                raise TrialError(f"There is no trial “{trial_id}”: see “refdesk trials list”.")
            row.ended_at, row.is_running = row.ended_at or utc_now(), None
            session.flush()
            return _trial(row)

    def list(self) -> Sequence[Trial]:
        """All trials, the newest first."""
        with self._catalogue.session() as session:
            return [_trial(row) for row in session.scalars(select(TrialRow).order_by(TrialRow.began_at.desc()))]

    def running(self) -> Trial | None:
        """The trial that runs."""
        with self._catalogue.session() as session:
            row = session.scalar(select(TrialRow).where(TrialRow.ended_at.is_(None)))
            return _trial(row) if row is not None else None

    def choices(self, conversation_id: str) -> Choices:
        """How a conversation that is to begin is answered until somebody chooses otherwise."""
        running = self.running()
        return running.choices(conversation_id) if running is not None else self._usual()

    def enter(self, conversation_id: str, suggested: Choices) -> None:
        """A conversation has begun as it was `suggested` by `choices`: it takes part, if a trial drew that."""
        running = self.running()
        if running is None or suggested != running.choices(conversation_id):
            return
        with self._catalogue.writing() as session:
            session.add(
                TrialConversationRow(
                    conversation_id=conversation_id,
                    trial_id=running.id,
                    is_challenger=running.draws_challenger(conversation_id),
                )
            )

    def standing(self, trial: Trial) -> Standing:
        """How it stands by now."""
        with self._catalogue.session() as session:
            return standing_of(session, trial)


def _trial(row: TrialRow) -> Trial:
    return Trial(
        id=row.id,
        usual=_choices(row.usual),
        challenger=_choices(row.challenger),
        share=row.share,
        began_at=row.began_at,
        ended_at=row.ended_at,
    )


def _choices(kept: dict[str, object]) -> Choices:
    return Choices(**{**kept, "collections": ()})  # type: ignore[arg-type]
