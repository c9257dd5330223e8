"""Verdicts and decisions in the catalogue."""

from typing import cast

from sqlalchemy import select

from assistant.registry.errors import RegistryError
from assistant.registry.standing import Action, Decision, Standing, standing_of
from assistant.registry.tables import PromotionRow, VerdictRow
from assistant.registry.verdict import Kept, Verdict
from ingest.catalogue import Catalogue
from ingest.tables import utc_now


class Decisions:
    """Keeps what the gate said and what people decided. Thread-safe."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def standing(self) -> Standing:
        """Which model is promoted, and which are retired."""
        return standing_of(self.history())

    def history(self) -> list[Decision]:
        """All that was decided, the oldest first."""
        with self._catalogue.session() as session:
            return [
                Decision(
                    action=cast("Action", row.action),
                    model=row.model,
                    sha256=row.sha256,
                    by=row.by,
                    reason=row.reason,
                    made_at=row.made_at,
                )
                for row in session.scalars(select(PromotionRow).order_by(PromotionRow.id))
            ]

    def decide(self, decision: Decision) -> None:
        """Add a decision."""
        with self._catalogue.writing() as session:
            session.add(
                PromotionRow(
                    action=decision.action,
                    model=decision.model,
                    sha256=decision.sha256,
                    by=decision.by,
                    reason=decision.reason,
                )
            )

    def keep(self, verdict: Verdict) -> None:
        """Keep what the gate said; of a model the last verdict counts."""
        with self._catalogue.writing() as session:
            session.add(
                VerdictRow(
                    model=verdict.model, sha256=verdict.sha256, accepted=verdict.accepted, record=verdict.to_json()
                )
            )

    def verdicts(self) -> dict[str, Kept]:
        """The last verdict on each model, by the SHA-256 of its file."""
        with self._catalogue.session() as session:
            rows = session.scalars(select(VerdictRow).order_by(VerdictRow.id)).all()
        return {row.sha256: _kept(row) for row in rows}

    def let_through(self) -> frozenset[str]:
        """Files, by their SHA-256, that the gate's last verdict or somebody's reason lets be offered."""
        query = select(VerdictRow.sha256, VerdictRow.accepted, VerdictRow.override_reason).order_by(VerdictRow.id)
        with self._catalogue.session() as session:
            last = {sha256: accepted or reason is not None for sha256, accepted, reason in session.execute(query)}
        return frozenset(sha256 for sha256, lets in last.items() if lets)

    def override(self, sha256: str, *, by: str, reason: str) -> None:
        """Let a model be offered that did not pass.

        Raises:
            RegistryError: there is no verdict to override, or no reason.
        """
        if not reason.strip():
            raise RegistryError("Say why the verdict is overridden: the reason is kept with it.")
        with self._catalogue.writing() as session:
            query = select(VerdictRow).where(VerdictRow.sha256 == sha256).order_by(VerdictRow.id.desc()).limit(1)
            row = session.scalar(query)
            if row is None:
                raise RegistryError("The gate has not judged this model yet: run “refdesk models gate” first.")
            row.overridden_by, row.override_reason, row.overridden_at = by, reason.strip(), utc_now()


def _kept(row: VerdictRow) -> Kept:
    return Kept(
        verdict=Verdict.from_json(row.record),
        made_at=row.made_at,
        overridden_by=row.overridden_by,
        override_reason=row.override_reason,
    )
