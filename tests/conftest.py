"""What many tests share: real databases, a real desk, real data where it is at hand."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from assistant.desk import Desk
from assistant.schema import upgrade
from assistant.settings import Settings
from ingest.catalogue import Catalogue
from ingest.parsing import Parser
from ingest.sources import walk
from models.registry import ModelFolder
from tests.langfuse_server import LangfuseServer, langfuse_server
from tests.tiny_embedding import make_tiny_embedding

SAMPLES = Path(__file__).parent.parent / "samples"

LONG = ("/pages/", "test_kills.py", "/improvement/", "/tracing/", "/cli/")
"""Parts of the paths of tests that take most of the time."""

# Several processes of tests share the cores: threads that wait for each other's would take most of the time.
os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


@pytest.fixture(scope="session")
def refdesk_data() -> Path:
    """The folder of public data sets that REFDESK_DATA names."""
    folder = os.environ.get("REFDESK_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("REFDESK_DATA names no folder with the data sets")
    return Path(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, in a temporary folder."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    initdb = shutil.which("initdb") or (binaries and shutil.which("initdb", path=str(binaries)))
    if initdb is None:
        pytest.skip("PostgreSQL is not installed")
    # PostgreSQL does not run as root.
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    identity = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
    with tempfile.TemporaryDirectory() as folder:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = Path(folder, "data")
        name = user.pw_name if user else pwd.getpwuid(os.geteuid()).pw_name
        subprocess.run([initdb, "-D", data, "-A", "trust", "--no-sync"], check=True, capture_output=True, **identity)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = Path(initdb).with_name("pg_ctl")
        start = [control, "-D", data, "-l", Path(folder, "log"), "-o", options, "-w", "start"]
        subprocess.run(start, check=True, capture_output=True, **identity)
        try:
            yield f"postgresql+psycopg://{name}@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(
                [control, "-D", data, "-m", "immediate", "stop"], check=True, capture_output=True, **identity
            )


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """URL of an empty database on that server."""
    emptied = Catalogue(postgres)
    with emptied.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    emptied.close()
    return postgres


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a catalogue with the newest schema and nothing in it: to be copied, since migrating takes longer."""
    path = tmp_path_factory.mktemp("new") / "catalogue.sqlite"
    made = Catalogue(f"sqlite:///{path}")
    upgrade(made.engine)
    made.close()
    return path


@pytest.fixture(scope="session")
def new_postgres(postgres: str) -> Iterator[Callable[[], str]]:
    """Copies a database with the newest schema and nothing in it; gives the copy's URL. There is one at a time."""
    server = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE new")
        made = Catalogue(f"{postgres.rpartition('/')[0]}/new")
        upgrade(made.engine)
        made.close()

        def copy() -> str:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS copy WITH (FORCE)")
            connection.exec_driver_sql("CREATE DATABASE copy TEMPLATE new")
            return f"{postgres.rpartition('/')[0]}/copy"

        yield copy
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue on each database that Refdesk runs on."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("new_sqlite"), tmp_path / "catalogue.sqlite")
        opened = Catalogue(f"sqlite:///{path}")
    else:
        opened = Catalogue(request.getfixturevalue("new_postgres")())
    yield opened
    opened.close()


@pytest.fixture
def langfuse() -> Iterator[LangfuseServer]:
    """A Langfuse of our own that writes down what it is sent."""
    with langfuse_server() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with an empty home of their own."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def desk(settings: Settings, new_sqlite: Path, parser: Parser) -> Iterator[Desk]:
    """A desk: empty, unless another fixture has opened one at this home before."""
    if not settings.home.exists():
        settings.home.mkdir()
        shutil.copy(new_sqlite, settings.home / "catalogue.sqlite")
    with Desk(settings) as opened:
        opened.ingestion._parser = parser  # its own would need two seconds for its first document
        yield opened


@pytest.fixture(scope="session")
def parser() -> Iterator[Parser]:
    """A parser for all tests."""
    with Parser() as shared:
        yield shared


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a desk with the samples, closed: to be copied."""
    home = tmp_path_factory.mktemp("samples") / "home"
    with Desk(Settings(home=home)) as desk:
        outcomes = list(desk.ingest(walk([SAMPLES / "documents"], collection="samples")))
    assert {outcome.status for outcome in outcomes} == {"added"}
    return home


@pytest.fixture(scope="session")
def sample_desk(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with the samples, for tests that only read."""
    home = tmp_path_factory.mktemp("sample-desk") / "home"
    shutil.copytree(sample_home, home)
    with Desk(Settings(home=home)) as desk:
        yield desk


@pytest.fixture(scope="session")
def tiny_embedding(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Makes a sentence-transformers model of one small layer, quick to run and to fit: its weights by a seed."""
    return lambda seed: make_tiny_embedding(tmp_path_factory.mktemp("tiny") / f"tiny-{seed}", seed=seed)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: else one process of tests is left alone with it at the end."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONG))


@dataclass(frozen=True, kw_only=True)
class Hosted:
    """How to reach a hosted model."""

    url: str
    key: str
    model: str


@pytest.fixture(scope="session")
def hosted_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """llama-cpp-python's own OpenAI-compatible server with the packaged model; it asks for a key."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("hosted")
    hosted = Hosted(url=f"http://127.0.0.1:{port}/v1", key="sk-for-tests", model="smollm2")
    options = {
        "model": str(ModelFolder(folder).list()[0].path),
        "model_alias": hosted.model,
        "api_key": hosted.key,
        "host": "127.0.0.1",
        "port": str(port),
        "n_ctx": "4096",
        "n_threads": "2",
        # Else a second request ends the first, whose stream is then empty.
        "interrupt_requests": "false",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.hosted_server", *arguments],
            cwd=SAMPLES.parent,
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},  # threads that spin are slow on a busy machine
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for_models(hosted, server, folder / "log")
        yield hosted
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for_models(hosted: Hosted, server: "subprocess.Popen[bytes]", log: Path) -> None:
    request = urllib.request.Request(f"{hosted.url}/models", headers={"Authorization": f"Bearer {hosted.key}"})
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except urllib.error.HTTPError:
            raise
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the hosted server did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
