"""A real server and a real Chromium."""

import os
import shutil
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.served import run_desk
from tests.warmed import warm_context

Serve = Callable[..., str]

_HOW_TO = (
    "no Chromium was found: install one (Debian: apt-get install chromium; macOS: brew install --cask chromium)"
    " or set REFDESK_CHROMIUM to its path"
)
# A first question waits for the models to load, on a busy machine for long.
expect.set_options(timeout=60_000)

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. Of a file of tests: while it is open its event loop runs, and others cannot run theirs."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    mac = "/Applications/Chromium.app/Contents/MacOS/Chromium"
    found = os.environ.get("REFDESK_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    found = found or (mac if Path(mac).exists() else None)
    if found is None:
        # A build server that has lost its browser must not pass as if it had tested one.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(_HOW_TO)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; errors that the script throws fail the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.fixture
def serve(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serve]:
    """Starts a desk with a home of its own, on request with the samples; gives its address.

    Further settings are given as environment variables. It takes seconds: what can be shown on a desk that
    others use too is shown there.
    """
    yield from _serving(request, tmp_path)


@pytest.fixture(scope="module")
def serve_all(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """The same, once for all tests of a file."""
    yield from _serving(request, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="session")
def sample_server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and home of a desk with the samples that many tests share, each as somebody else."""
    home = tmp_path_factory.mktemp("sample-server") / "home"
    shutil.copytree(sample_home, home)
    with _server(home, {}) as address:
        yield address, home


@pytest.fixture(scope="session")
def scripted_server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The same of a desk whose model says what it was told to, word by word."""
    home = tmp_path_factory.mktemp("scripted-server") / "home"
    shutil.copytree(sample_home, home)
    with _server(home, {"REFDESK_BACKEND": "scripted"}) as address:
        yield address, home


@pytest.fixture
def sample_address(sample_server: tuple[str, Path]) -> str:
    """The address of the desk with the samples."""
    return sample_server[0]


@pytest.fixture
def scripted_address(scripted_server: tuple[str, Path]) -> str:
    """The address of the desk whose model says what it was told to."""
    return scripted_server[0]


def _serving(request: pytest.FixtureRequest, folder: Path) -> Iterator[Serve]:
    with ExitStack() as servers:

        def start(*, samples: bool = False, **environment: str) -> str:
            home = folder / "home"
            if samples:
                shutil.copytree(request.getfixturevalue("sample_home"), home)
            return servers.enter_context(_server(home, environment))

        yield start


@contextmanager
def _server(home: Path, environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = os.environ | {"REFDESK_HOME": str(home)} | environment
    # Forked, as each would else import for seconds what all of them need.
    server = warm_context().Process(target=run_desk, args=(port, variables, home.with_name(f"server-{port}.log")))
    server.start()
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        server.terminate()
        server.join(timeout=20)
        if server.exitcode is None:
            server.kill()
            server.join()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
