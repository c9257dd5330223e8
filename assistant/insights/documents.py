"""What each document was good for."""

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from assistant.insights.figures import DocumentUse, Share
from assistant.insights.selection import Selection
from assistant.insights.tables import TurnDocumentRow, TurnFactsRow
from assistant.tables import VoteRow
from ingest.tables import CollectionRow, DocumentRow


def document_uses(session: Session, selection: Selection) -> tuple[DocumentUse, ...]:
    """Of all documents on the desk, the most cited first; those that were never found last."""
    used = TurnDocumentRow
    here = selection.conditions()
    counts = (
        select(used.document_id, func.count(), func.sum(case((used.cited, 1), else_=0)))
        .join(TurnFactsRow, TurnFactsRow.turn_id == used.turn_id)
        .where(*here)
        .group_by(used.document_id)
    )
    thumbs = (
        select(used.document_id, func.count(), func.sum(case((VoteRow.value > 0, 1), else_=0)))
        .join(TurnFactsRow, TurnFactsRow.turn_id == used.turn_id)
        .join(VoteRow, VoteRow.turn_id == used.turn_id)
        .where(*here, used.cited)
        .group_by(used.document_id)
    )
    documents = (
        select(DocumentRow.id, DocumentRow.name, CollectionRow.name.label("collection"), DocumentRow.created_at)
        .join(CollectionRow, CollectionRow.id == DocumentRow.collection_id)
        .where(DocumentRow.current_version_id.is_not(None))
    )
    if selection.collection is not None:
        documents = documents.where(CollectionRow.name == selection.collection)
    if selection.document is not None:
        documents = documents.where(DocumentRow.id == selection.document)
    found = {id_: (int(times), int(cited)) for id_, times, cited in session.execute(counts)}
    voted = {id_: Share(of=int(votes), count=int(up)) for id_, votes, up in session.execute(thumbs)}
    uses = [
        DocumentUse(
            id=row.id,
            name=row.name,
            collection=row.collection,
            found=found.get(row.id, (0, 0))[0],
            cited=found.get(row.id, (0, 0))[1],
            satisfaction=voted.get(row.id, Share(of=0, count=0)),
            added_at=row.created_at.date(),
        )
        for row in session.execute(documents)
    ]
    return tuple(sorted(uses, key=lambda use: (-use.cited, -use.found, use.name)))
