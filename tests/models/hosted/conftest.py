"""Backends of a server that answers as badly as a test wants."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models.hosted import HostedBackend
from models.hosted import reply as module
from tests.models.hosted.misbehaving import KEY, Server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "_FIRST_DELAY_S", 0.01)
    running = Server()
    yield running
    running.close()


@pytest.fixture
def make_backend(server: Server) -> Iterator[Callable[..., HostedBackend]]:
    """Makes backends of that server, and closes them."""
    made: list[HostedBackend] = []

    def make(url: str | None = None, **options: Any) -> HostedBackend:
        made.append(HostedBackend(url or server.url, **{"api_key": KEY, "model": "small", "timeout_s": 5.0} | options))
        return made[-1]

    yield make
    for backend in made:
        backend.close()


@pytest.fixture
def backend(make_backend: Callable[..., HostedBackend]) -> HostedBackend:
    return make_backend()
