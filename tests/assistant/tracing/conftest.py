import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.tracing import Outbox, Sender
from assistant.tracing.backoff import Backoff
from assistant.tracing.langfuse import Langfuse
from ingest.catalogue import Catalogue
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, LangfuseServer


@pytest.fixture
def outbox(catalogue: Catalogue) -> Outbox:
    return Outbox(catalogue)


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    """A home of our own with the samples."""
    return Path(shutil.copytree(sample_home, tmp_path / "samples-home"))


Start = Callable[..., Sender]


@pytest.fixture
def start(outbox: Outbox, langfuse: LangfuseServer, tmp_path: Path) -> Iterator[Start]:
    """Starts a sender that is quick to try again."""
    senders = []

    def start(
        *, mask: Callable[[object], object] = lambda value: value, secret_key: str = SECRET_KEY, timeout_s: float = 5
    ) -> Sender:
        sender = Sender(
            outbox,
            Langfuse(langfuse.url, public_key=PUBLIC_KEY, secret_key=secret_key, timeout_s=timeout_s),
            lock=tmp_path / "traces.lock",
            mask=mask,
            backoff=Backoff(first_s=0.01, most_s=0.1),
            look_s=0.02,
        )
        senders.append(sender)
        sender.start()
        return sender

    yield start
    for sender in senders:
        sender.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "traces"]
