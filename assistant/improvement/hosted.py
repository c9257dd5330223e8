"""A hosted model that is fine-tuned on what people approved: between asking a big model and running a small one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from assistant.data_sets.data_sets import DataSets
from assistant.improvement.errors import ImprovementError
from assistant.improvement.lessons import Lessons
from assistant.improvement.material import gather
from assistant.improvement.progress import Progress, Tell
from assistant.rails import Rails
from models.backend import Message
from models.hosted.fine_tuning import Chat, HostedFineTuning, HostedJob
from models.hosted.tokens import estimate_prompt
from models.tuning import Example


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What would be sent, personal data masked."""

    learnt: Sequence[Chat]
    checked: Sequence[Chat]
    tokens: int
    """Of the chats to learn from, estimated; each pass over them is paid for."""


class HostedImprovement:
    """Makes a hosted model of a data set's approved rows."""

    def __init__(
        self,
        *,
        data_sets: DataSets,
        lessons: Callable[[str], Lessons],
        rails: Rails,
        fine_tuning: Callable[[], HostedFineTuning],
    ) -> None:
        """`lessons` makes them for a prompt, by name."""
        self._data_sets = data_sets
        self._lessons = lessons
        self._rails = rails
        self._fine_tuning = fine_tuning

    def prepare(self, data_set: str, *, prompt: str = "direct", tell: Tell, stop: Event | None = None) -> Prepared:
        """The chats that the rows come to, as the model will be asked when it serves.

        Raises:
            ImprovementError: the rows are too few, or give nothing to learn from, or `stop` was set.
            BackendError, RowsError, UnknownPrompt: it cannot be done, or personal data cannot be masked.
        """
        stop = stop or Event()
        material = gather(self._data_sets, data_set)
        making = self._lessons(prompt)
        learnt, checked = (
            [self._masked(lesson) for lesson in making.make(rows, tell=tell, is_stopped=stop.is_set).lessons]
            for rows in (material.learnt, material.checked or material.held_out)
        )
        if not learnt:
            raise ImprovementError(f"Nothing is to be learnt from the rows of “{data_set}”.")
        tokens = sum(estimate_prompt([*chat.messages, _answer(chat)]) for chat in learnt)
        return Prepared(learnt=learnt, checked=checked, tokens=tokens)

    def train(
        self, prepared: Prepared, *, base: str, suffix: str, tell: Tell, stop: Event | None = None, poll_s: float = 10.0
    ) -> HostedJob:
        """Have the server's model `base` fine-tuned; begun before on the same chats, it is gone on with.

        Raises:
            BackendError: the server does not do this, or the training failed or was cancelled.
        """

        def told(job: HostedJob) -> None:
            done, total = job.step or 0, job.steps or 0
            tell(Progress(stage=f"{job.id}: {job.state}", done=done, total=total, loss=job.loss))

        return self._fine_tuning().train(
            prepared.learnt,
            held_out=prepared.checked,
            base=base,
            suffix=suffix,
            told=told,
            cancel=stop,
            poll_s=poll_s,
        )

    def _masked(self, lesson: Example) -> Chat:
        """With the placeholders that it will see when it serves, the same in passages and answer."""
        masking = self._rails.masking()
        messages = [Message(role=said.role, content=masking.mask(said.content)) for said in lesson.messages]
        return Chat(messages=messages, answer=masking.mask(lesson.completion))


def _answer(chat: Chat) -> Message:
    return Message(role="assistant", content=chat.answer)
