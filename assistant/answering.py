"""Questions to answers: every turn is put together from what is current when it is asked."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence

from assistant.answered import Answered
from assistant.backends import Backends
from assistant.conversations import Choices, Conversations, KeptTurn
from assistant.conversations.conversation import context_of
from assistant.data_sets.rows import Row
from assistant.evaluation.examples import ApprovedExamples
from assistant.events import Context, Finished, TurnEvent
from assistant.limits import limits_for
from assistant.prompts import QUOTE, SUMMARY, Prompts, UnknownPrompt
from assistant.rails import Rails
from assistant.retrieval import Given
from assistant.searching import Searching
from assistant.settings import Settings
from assistant.tracing import Outbox, trace_of
from assistant.turn import Turn
from ingest.catalogue import Catalogue, Passage
from ingest.tables import utc_now


class Answering:
    """Answers, and keeps what is to be kept of it. Thread-safe."""

    def __init__(
        self,
        *,
        settings: Settings,
        catalogue: Catalogue,
        searching: Callable[[], Searching],
        prompts: Prompts,
        backends: Backends,
        rails: Rails,
        examples: ApprovedExamples,
        conversations: Conversations,
        outbox: Outbox,
        usual: Callable[[], Choices],
    ) -> None:
        """`usual` says how questions are answered where nobody has chosen."""
        self._settings, self._catalogue, self._searching = settings, catalogue, searching
        self._prompts, self._backends, self._rails, self._examples = prompts, backends, rails, examples
        self._conversations, self._outbox, self._usual = conversations, outbox, usual

    def ask(
        self,
        question: str,
        *,
        choices: Choices | None = None,
        context: Context | None = None,
        stop: threading.Event | None = None,
        trace_id: str | None = None,
        ranked: int = 0,
        row: Row | None = None,
        given: Sequence[Passage] | None = None,
        temperature: float | None = None,
    ) -> Iterator[TurnEvent]:
        """Answer a question and keep nothing of it; see `assistant.turn.Turn`.

        `ranked` passages are told of, where these are more than the answer rests on. `row` is the evaluation's row that
        asks: no example that shares anything with it is shown to the model. `given` are passages that take the place of
        a search, `temperature` that of the settings'.

        Raises:
            UnknownPrompt: there is no such prompt.
            UnknownCollection: there is no such collection.
            BackendError: there is no such backend.
            ModelFileError: there is no such local model.
        """
        choices = choices or self._usual()
        searching = self._searching()
        prompt = self._prompts.load(choices.prompt)
        if prompt.name == SUMMARY:
            raise UnknownPrompt(
                "The prompt “summary” is for documents and answers no question: see “refdesk summarise”."
            )
        self._backends.check(choices.backend)
        backend = None if prompt.name == QUOTE else self._backends.get(choices.backend, choices.model)
        turn = Turn(
            question=question,
            retriever=searching.retriever if given is None else Given(given, embedder=searching.embedder),
            quoter=searching.quoter,
            rails=self._rails,
            support=searching.support,
            backend=backend,
            prompt=prompt,
            examples=self._examples if row is None else self._examples.apart_from(row),
            context=context or Context(),
            collections=choices.collections,
            limits=limits_for(self._settings, choices.backend, ranked=ranked, temperature=temperature),
            price=self._backends.price(backend) if backend else None,
            stop=stop or threading.Event(),
            trace_id=trace_id or uuid.uuid4().hex,
        )
        return iter(turn)

    def converse(
        self,
        person: str,
        conversation_id: str,
        question: str,
        *,
        after: Sequence[KeptTurn] = (),
        choices: Choices,
        stop: threading.Event | None = None,
    ) -> Iterator[TurnEvent]:
        """Answer the next question of a conversation, in the branch that ends with `after`, and keep the turn.

        Raises:
            UnknownConversation: this person has no such conversation.
            UnknownPrompt, UnknownCollection, BackendError, ModelFileError: as `ask`.
        """
        trace_id = uuid.uuid4().hex
        turn = self.ask(question, choices=choices, context=context_of(after), stop=stop, trace_id=trace_id)
        return self._conversations.keep(
            turn,
            person=person,
            conversation_id=conversation_id,
            question=question,
            parent_id=after[-1].id if after else None,
            trace_id=trace_id,
        )

    def traced(self, question: str, turn: Iterator[TurnEvent]) -> Iterator[TurnEvent]:
        """Pass on the events of a turn that belongs to no conversation, and leave its trace for Langfuse."""
        answered, asked_at = Answered(question=question), utc_now()
        for event in turn:
            answered.add(event)
            if isinstance(event, Finished):
                trace = trace_of(answered, session=None, person=None, asked_at=asked_at)
                with self._catalogue.writing() as session:
                    self._outbox.trace(session, trace)
            yield event
