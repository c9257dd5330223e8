"""Which embedding model search uses, and which it used before: state of the catalogue."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ingest.catalogue import Catalogue
from ingest.tables import EmbeddingRow, IndexState, VersionRow, utc_now


@dataclass(frozen=True, kw_only=True)
class Known:
    """An embedding model that search uses or used."""

    fingerprint: str
    name: str
    folder: str | None
    """Where it lies, as its owner writes it; None: it is the packaged one."""


class Embeddings:
    """What search uses. The model that the settings name counts for as long as none was swapped in."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def current(self) -> Known | None:
        """What was swapped in last; None on a desk where nothing was."""
        with self._catalogue.session() as session:
            query = select(EmbeddingRow).join(IndexState, IndexState.embedding == EmbeddingRow.fingerprint)
            return _known(session.scalars(query).first())

    def before(self) -> Known | None:
        """What that took the place of, to go back to."""
        with self._catalogue.session() as session:
            query = select(EmbeddingRow).join(IndexState, IndexState.embedding_before == EmbeddingRow.fingerprint)
            return _known(session.scalars(query).first())

    def swap(self, old: Known, new: Known) -> int:
        """Make `new` what search uses, in one transaction; gives the catalogue's new generation.

        Documents that are there count as taken in with it. The caller holds the right to write, and has seen to it
        that every passage has a vector of the new model.
        """
        with self._catalogue.writing() as session:
            for known in (old, new):
                session.merge(EmbeddingRow(**vars(known), used_at=utc_now()))
            session.flush()
            state = IndexState.of(session)
            state.embedding, state.embedding_before = new.fingerprint, old.fingerprint
            _rename(session, new.fingerprint)
            state.generation += 1
            return state.generation

    def forget(self, fingerprint: str) -> None:
        """Take a model off the list that is not in use: there is no going back to it."""
        with self._catalogue.writing() as session:
            state = IndexState.of(session)
            if state.embedding_before == fingerprint:
                state.embedding_before = None
            row = session.get(EmbeddingRow, fingerprint)
            if row is not None:
                session.delete(row)


def _rename(session: Session, fingerprint: str) -> None:
    """Let every version's recipe, which ends with a fingerprint, end with this one."""
    for recipe in session.scalars(select(VersionRow.recipe).distinct()).all():
        renamed = f"{recipe.rpartition('/')[0]}/{fingerprint}"
        session.execute(update(VersionRow).where(VersionRow.recipe == recipe).values(recipe=renamed))


def _known(row: EmbeddingRow | None) -> Known | None:
    return Known(fingerprint=row.fingerprint, name=row.name, folder=row.folder) if row else None
