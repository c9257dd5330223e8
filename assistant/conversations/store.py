"""Conversations in the catalogue. Everything is asked for by person: what is somebody else's is not there."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assistant.answered import Answered
from assistant.conversations.branches import Tree, branch, newest_head, siblings
from assistant.conversations.conversation import Choices, Conversation, KeptTurn, Vote
from assistant.events import Finished, TurnEvent
from assistant.facts import keep_facts
from assistant.signals import keep_signal, superseding
from assistant.source_marks import marks_of
from assistant.tables import ConversationRow, TurnRow, VoteRow
from assistant.tracing import Outbox, trace_of
from assistant.withdrawal import withdraw_conversation
from ingest.catalogue import Catalogue
from ingest.tables import utc_now

_TITLE_CHARS = 60


class UnknownConversation(Exception):
    """A conversation that this person does not have; one sentence."""


class Conversations:
    """Lists, keeps and changes them. Thread-safe."""

    def __init__(self, catalogue: Catalogue, outbox: Outbox) -> None:
        self._catalogue = catalogue
        self._outbox = outbox
        self._under_way: set[int] = set()

    def of(self, person: str, *, limit: int = 100) -> list[Conversation]:
        """A person's conversations, the last changed first."""
        query = (
            select(ConversationRow)
            .where(ConversationRow.person == person)
            .order_by(ConversationRow.changed_at.desc(), ConversationRow.id)
            .limit(limit)
        )
        with self._catalogue.session() as session:
            return [_conversation(row) for row in session.scalars(query)]

    def begin(
        self, person: str, question: str, choices: Choices, *, conversation_id: str | None = None
    ) -> Conversation:
        """A new one, named after its first question; under an id that was made for it, or one of its own."""
        row = ConversationRow(
            id=conversation_id or uuid.uuid4().hex,
            person=person,
            title=_title(question),
            choices=asdict(choices),
            head_id=None,
        )
        with self._catalogue.writing() as session:
            session.add(row)
            session.flush()
            return _conversation(row)

    def get(self, person: str, conversation_id: str) -> Conversation:
        """One of a person's conversations.

        Raises:
            UnknownConversation: they have none of that id.
        """
        with self._catalogue.session() as session:
            return _conversation(_row(session, person, conversation_id))

    def rename(self, person: str, conversation_id: str, title: str) -> None:
        """Give it another title; a blank one changes nothing."""
        with self._catalogue.writing() as session:
            row = _row(session, person, conversation_id)
            row.title = _title(title) or row.title

    def choose(self, person: str, conversation_id: str, choices: Choices) -> None:
        """Remember how its next question is to be answered."""
        with self._catalogue.writing() as session:
            _row(session, person, conversation_id).choices = asdict(choices)

    def delete(self, person: str, conversation_id: str) -> None:
        """Delete it with its turns, their votes, the rows made of them, and what Langfuse has not been told yet."""
        with self._catalogue.writing() as session:
            row = _row(session, person, conversation_id)
            turns = select(TurnRow.trace_id).where(TurnRow.conversation_id == conversation_id)
            self._outbox.forget(session, list(session.scalars(turns)))
            withdraw_conversation(session, conversation_id)
            session.delete(row)

    def turns(self, person: str, conversation_id: str) -> list[KeptTurn]:
        """The turns of the branch that is shown, the oldest first."""
        with self._catalogue.session() as session:
            row = _row(session, person, conversation_id)
            tree = _tree(session, conversation_id)
            ids = branch(tree, row.head_id)
            turns = {turn.id: turn for turn in session.scalars(select(TurnRow).where(TurnRow.id.in_(ids)))}
            votes = session.scalars(select(VoteRow).where(VoteRow.turn_id.in_(ids), VoteRow.person == person))
            voted = {vote.turn_id: _vote(vote) for vote in votes}
            marks = marks_of(session, ids)
        return [
            _kept(turns[at], siblings(tree, at), voted.get(at), marks.get(at, {}), under_way=self.is_under_way(at))
            for at in ids
        ]

    def is_under_way(self, turn_id: int) -> bool:
        """Whether a turn's answer is being written at this moment, in whatever window of this server."""
        return turn_id in self._under_way

    def show(self, person: str, conversation_id: str, turn_id: int) -> None:
        """Show the branch that goes through a turn, to its newest end."""
        with self._catalogue.writing() as session:
            row = _row(session, person, conversation_id)
            tree = _tree(session, conversation_id)
            if turn_id in tree:
                row.head_id = newest_head(tree, turn_id)

    def keep(
        self,
        turn: Iterable[TurnEvent],
        *,
        person: str,
        conversation_id: str,
        question: str,
        parent_id: int | None,
        trace_id: str,
    ) -> Iterator[TurnEvent]:
        """Pass a turn's events on; its question is kept before the first, its answer before the last.

        The answer, the facts about it and its trace are written in one transaction, so that none is ever without the
        others.
        """
        turn_id, asked_at = self._ask(person, conversation_id, question, parent_id, trace_id)
        answered = Answered(question=question)
        self._under_way.add(turn_id)
        try:
            for event in turn:
                answered.add(event)
                if isinstance(event, Finished):
                    trace = trace_of(answered, session=conversation_id, person=person, asked_at=asked_at)
                    self._answer(turn_id, answered, event, trace, person=person, asked_at=asked_at)
                yield event
        finally:
            self._under_way.discard(turn_id)

    def _ask(
        self, person: str, conversation_id: str, question: str, parent_id: int | None, trace_id: str
    ) -> tuple[int, datetime]:
        with self._catalogue.writing() as session:
            conversation = _row(session, person, conversation_id)
            tree = _tree(session, conversation_id)
            if parent_id is not None and parent_id not in tree:
                raise UnknownConversation("The answer before this question has been deleted: load the page anew.")
            self._notice_superseded(session, tree, conversation, parent_id, question)
            row = TurnRow(conversation_id=conversation_id, parent_id=parent_id, trace_id=trace_id, question=question)
            session.add(row)
            session.flush()
            conversation.head_id = row.id
            conversation.changed_at = utc_now()
            return row.id, row.asked_at

    def _notice_superseded(
        self, session: Session, tree: Tree, conversation: ConversationRow, parent_id: int | None, question: str
    ) -> None:
        """A question beside those that are shown takes the place of one of them, which says something of its answer."""
        replaced = [at for at in branch(tree, conversation.head_id) if tree[at] == parent_id]
        for old in session.scalars(select(TurnRow).where(TurnRow.id.in_(replaced), TurnRow.answered_at.is_not(None))):
            signal = superseding(old.question, question)
            keep_signal(session, self._outbox, old, signal, person=conversation.person)

    def _answer(
        self,
        turn_id: int,
        answered: Answered,
        finished: Finished,
        trace: dict[str, Any],
        *,
        person: str,
        asked_at: datetime,
    ) -> None:
        kept = answered.to_json()
        with self._catalogue.writing() as session:
            kept_turns = session.execute(
                update(TurnRow)
                .where(TurnRow.id == turn_id)
                .values(
                    answered=kept,
                    answered_at=utc_now(),
                    backend=finished.backend,
                    model=finished.model,
                    prompt=finished.prompt,
                    first_token_s=finished.timings.first_token_s,
                    tokens_per_second=finished.tokens.per_second,
                    total_s=finished.timings.total_s,
                    completion_tokens=finished.tokens.completion,
                    cost=finished.cost,
                )
                .returning(TurnRow.id)
            ).all()
            if kept_turns:  # else its conversation was deleted meanwhile
                self._outbox.trace(session, trace)
                keep_facts(session, turn_id, kept, person=person, asked_at=asked_at)


def _row(session: Session, person: str, conversation_id: str) -> ConversationRow:
    row = session.get(ConversationRow, conversation_id)
    if row is None or row.person != person:
        raise UnknownConversation("This conversation has been deleted: begin a new one.")
    return row


def _tree(session: Session, conversation_id: str) -> dict[int, int | None]:
    query = select(TurnRow.id, TurnRow.parent_id).where(TurnRow.conversation_id == conversation_id)
    return dict(session.execute(query).all())


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _TITLE_CHARS else words[: _TITLE_CHARS - 1].rstrip() + "…"


def _conversation(row: ConversationRow) -> Conversation:
    choices = dict(row.choices)
    choices["collections"] = tuple(choices["collections"])
    return Conversation(id=row.id, title=row.title, changed_at=row.changed_at, choices=Choices(**choices))


def _kept(
    row: TurnRow, beside: Sequence[int], vote: Vote | None, marks: Mapping[int, bool], *, under_way: bool
) -> KeptTurn:
    answered = Answered.from_json(row.answered) if row.answered else Answered(question=row.question)
    return KeptTurn(
        id=row.id,
        parent_id=row.parent_id,
        answered=answered,
        asked_at=row.asked_at,
        siblings=tuple(beside),
        vote=vote,
        marks=marks,
        under_way=under_way and row.answered is None,
    )


def _vote(row: VoteRow) -> Vote:
    return Vote(value=row.value, reasons=tuple(row.reasons), comment=row.comment, better_answer=row.better_answer)
