import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from random import Random

from assistant.schema import upgrade
from assistant.tracing import Outbox
from ingest.catalogue import Catalogue
from tests.assistant.tracing.turns import ASKED_AT, is_empty, is_whole, record, trace_id, until
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, LangfuseServer

_SENDS = """
import sys, threading
from pathlib import Path
from assistant.tracing import Outbox, Sender
from assistant.tracing.backoff import Backoff
from assistant.tracing.langfuse import Langfuse
from ingest.catalogue import Catalogue
database, url, public_key, secret_key, lock = sys.argv[1:]
Sender(
    Outbox(Catalogue(database)),
    Langfuse(url, public_key=public_key, secret_key=secret_key),
    lock=Path(lock),
    mask=lambda value: value,
    backoff=Backoff(first_s=0.01, most_s=0.05),
    look_s=0.01,
).start()
threading.Event().wait()
"""


def _has_had_more_than(langfuse: LangfuseServer, requests: int) -> bool:
    return langfuse.requests > requests


def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(langfuse: LangfuseServer, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalogue.sqlite'}"
    catalogue = Catalogue(url)
    upgrade(catalogue.engine)
    outbox = Outbox(catalogue)
    random = Random(7)
    command = [sys.executable, "-c", _SENDS, url, langfuse.url, PUBLIC_KEY, SECRET_KEY, str(tmp_path / "lock")]
    recorded = 0

    def more(turns: int) -> None:
        nonlocal recorded
        for _ in range(turns):
            recorded += 1
            record(catalogue, outbox, recorded)
            with catalogue.writing() as session:
                outbox.score(session, trace_id(recorded), person="reader", value=1, given_at=ASKED_AT)

    more(1)
    for last in [False] * 6 + [True]:
        arrived = langfuse.requests
        process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
        try:
            if last:
                until(is_empty(outbox), 60)
            else:
                until(partial(_has_had_more_than, langfuse, arrived), 60)
                for _ in range(15):
                    more(1)
                    time.sleep(random.uniform(0, 0.02))
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        more(0 if last else 5)
    assert is_whole(langfuse, range(1, recorded + 1))
    assert len(langfuse.scores) == recorded
    assert langfuse.complaints == []
    catalogue.close()
