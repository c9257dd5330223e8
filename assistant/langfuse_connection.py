"""The Langfuse that the settings describe: what sends traces and votes there, and what opens its data sets."""

from pathlib import Path

from assistant.rails import mask_value
from assistant.settings import LangfuseSettings
from assistant.tracing import Outbox, Sender
from assistant.tracing.langfuse import Langfuse
from assistant.tracing.project import LangfuseError, Project


def make_sender(langfuse: LangfuseSettings, outbox: Outbox, *, lock: Path) -> Sender | None:
    """Sends what lies in the outbox, masked; None where no keys are set."""
    if not langfuse.public_key or langfuse.secret_key is None:
        return None
    server = Langfuse(
        langfuse.url,
        public_key=langfuse.public_key,
        secret_key=langfuse.secret_key.get_secret_value(),
        timeout_s=langfuse.timeout_s,
        environment=langfuse.environment,
    )
    return Sender(outbox, server, lock=lock, mask=mask_value)


def make_project(langfuse: LangfuseSettings) -> Project:
    """What the keys open.

    Raises:
        LangfuseError: no keys are set.
    """
    if not langfuse.public_key or langfuse.secret_key is None:
        raise LangfuseError("No keys of Langfuse are set: see docs/traces.md.")
    return Project(
        langfuse.url,
        public_key=langfuse.public_key,
        secret_key=langfuse.secret_key.get_secret_value(),
        timeout_s=langfuse.timeout_s,
    )
