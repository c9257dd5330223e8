"""Rails: what may go in and come out of a turn."""

from collections.abc import Collection, Iterator

from assistant.rails.verdict import Verdict
from models.backend import BackendEvent

__all__ = ["Masking", "Rails", "Unmasking", "Verdict"]


class Unmasking:
    """Puts back what was masked while a text streams; holds back what may be the beginning of a placeholder."""

    def feed(self, piece: str) -> str:
        return piece

    def flush(self) -> str:
        return ""


class Masking:
    """Personal data replaced by placeholders, the same for the same thing, and put back."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What has been masked so far, as people call it: “e-mail address”, …; each once."""
        return ()

    def mask(self, text: str) -> str:
        return text

    def unmask(self, text: str) -> str:
        return text

    def unmasking(self) -> Unmasking:
        return Unmasking()


class Rails:
    """Loads NeMo Guardrails when first needed. Thread-safe. No method raises: a rail that breaks blocks."""

    def __init__(self, *, secrets: Collection[str] = ()) -> None:
        """`secrets` are the desk's own, which no answer may hold."""

    def warm(self) -> None:
        """Load what the first turn would wait for."""

    def check_question(self, text: str) -> Verdict:
        """Injection and jailbreak rules on what a person asks."""
        return Verdict(action="pass", text=text)

    def check_answer(self, text: str, *, question: str, system: str) -> Verdict:
        """Leaks of `system`, the system prompt, and of secrets in a whole answer."""
        return Verdict(action="pass", text=text)

    def stream(self, events: Iterator[BackendEvent], *, question: str, system: str) -> Iterator[BackendEvent | Verdict]:
        """A backend's events, each text only once the rails have let it through.

        A blocking `Verdict` is the last event: the backend is then ended.
        """
        yield from events

    def masking(self) -> Masking:
        """A new one, for one turn."""
        return Masking()

    def mask_value(self, value: object) -> object:
        return value

    def close(self) -> None:
        """End the background work."""
