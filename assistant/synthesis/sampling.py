"""Passages to make questions of: spread over documents and over the headings of each."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ingest.catalogue import Catalogue, Passage
from ingest.tables import ChunkRow, CollectionRow, DocumentRow

_MOST_OF_ONE = 60


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a passage stands."""

    chunk_id: int
    document: str
    heading: str
    ordinal: int


def sample(catalogue: Catalogue, collections: Sequence[str], most: int, *, seed: int) -> list[int]:
    """Ids of at most `most` passages of these collections, or of all: of each document one before any has a second.

    The same documents and seed give the same passages, and more of them begin with those that fewer began with.
    """
    by_document: defaultdict[str, list[Place]] = defaultdict(list)
    for place in _places(catalogue, collections):
        by_document[place.document].append(place)
    queues = [_in_turns(places, seed) for _, places in sorted(by_document.items(), key=lambda one: _key(seed, one[0]))]
    chosen: list[int] = []
    for turn in range(max(map(len, queues), default=0)):
        chosen += [queue[turn].chunk_id for queue in queues if turn < len(queue)]
        if len(chosen) >= most:
            break
    return chosen[:most]


def passages_of(catalogue: Catalogue, version_id: int) -> list[Passage]:
    """The first passages of a document, in order."""
    query = select(ChunkRow.id).where(ChunkRow.version_id == version_id).order_by(ChunkRow.ordinal).limit(_MOST_OF_ONE)
    with catalogue.session() as session:
        chunk_ids = session.scalars(query).all()
    known = catalogue.passages(chunk_ids)
    return [known[chunk_id] for chunk_id in chunk_ids if chunk_id in known]


def _in_turns(places: Sequence[Place], seed: int) -> list[Place]:
    """The passages of a document: of each heading one before any has a second."""
    by_heading: defaultdict[str, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda one: _key(seed, one.document, one.ordinal)):
        by_heading[place.heading].append(place)
    headings = list(by_heading.values())
    return [places[turn] for turn in range(max(map(len, headings))) for places in headings if turn < len(places)]


def _key(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _places(catalogue: Catalogue, collections: Sequence[str]) -> list[Place]:
    query = (
        select(ChunkRow.id, CollectionRow.name, DocumentRow.name, ChunkRow.headings, ChunkRow.ordinal)
        .join(DocumentRow, DocumentRow.current_version_id == ChunkRow.version_id)
        .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
    )
    if collections:
        query = query.where(CollectionRow.name.in_(collections))
    with catalogue.session() as session:
        return [
            Place(chunk_id=id_, document=f"{collection}/{document}", heading=" > ".join(headings), ordinal=ordinal)
            for id_, collection, document, headings, ordinal in session.execute(query)
        ]
