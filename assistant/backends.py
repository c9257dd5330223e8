"""The backends that can write answers: which there are, their models, and each made once."""

import threading

from assistant.registry.registry import Registry
from assistant.registry.students import Student, may
from assistant.settings import Price, Settings
from models.backend import BackendError, ChatBackend
from models.hosted import HostedBackend, HostedServer
from models.local import LocalBackend
from models.registry import ModelFolder
from models.scripted import ScriptedBackend

_LIST_TIMEOUT_S = 5.0
"""For the names of a hosted server's models, which the page waits for."""

_SCRIPTED_DELAY_S = 0.05
"""A word at a time, about as fast as a local model writes."""


class Backends:
    """Makes backends when they are asked for and keeps them. Thread-safe."""

    def __init__(self, settings: Settings, models: ModelFolder, registry: Registry) -> None:
        self._settings = settings
        self._models = models
        self._registry = registry
        self._made: dict[tuple[str, str], ChatBackend] = {}
        self._server: HostedServer | None = None
        self._making = threading.Lock()

    def kinds(self) -> list[str]:
        """Kinds of backend that can be chosen."""
        kinds = ["local", "hosted"] if self._settings.hosted.base_url else ["local"]
        return [*kinds, "scripted"] if self._settings.backend == "scripted" else kinds

    def models(self, kind: str) -> list[str]:
        """Names of a backend's models, the one that is taken by default first.

        A hosted server is asked for them where the settings name none.

        Raises:
            BackendError: the server cannot be asked.
        """
        return self._elsewhere(kind) or self._registry.offered()

    def summarisers(self, kind: str) -> list[str]:
        """The same for who writes summaries.

        Raises:
            BackendError: the server cannot be asked.
        """
        return self._elsewhere(kind) or self._registry.offered("summarising")

    def get(self, kind: str | None = None, model: str | None = None) -> ChatBackend:
        """The backend of a kind and model, those set or first by default. Loads nothing yet.

        Raises:
            BackendError: there is no such backend, or its models are not known.
            ModelFileError: there is no such local model.
        """
        kind = kind or self._settings.backend
        self.check(kind)
        name = model or self._first_model(kind)
        with self._making:
            if (kind, name) not in self._made:
                self._made[kind, name] = self._make(kind, name)
            return self._made[kind, name]

    def forget(self, kind: str, model: str) -> None:
        """Free a model, or learn anew what its card says: what is asked for next is made again."""
        with self._making:
            backend = self._made.pop((kind, model), None)
        if backend is not None:
            backend.close()

    def check(self, kind: str) -> None:
        """See that there is a backend of a kind.

        Raises:
            BackendError: there is none.
        """
        if kind not in self.kinds():
            raise BackendError(f"There is no backend “{kind}”: choose one of {', '.join(self.kinds())}.")

    def check_taught(self, kind: str, model: str, student: Student) -> None:
        """See that somebody may choose this model for this; the lab asks a model what it was never taught, too.

        Raises:
            BackendError: there is no such backend, or its model was taught the other.
            ModelFileError: there is no such local model.
        """
        self.check(kind)
        if kind != "local" or may(student, self._models.find(model)):
            return
        taught = "answer" if student == "summarising" else "summarise"
        there = ", ".join(self._registry.offered(student))
        raise BackendError(f"The model “{model}” was taught to {taught}: choose one of these ({there}).")

    def price(self, backend: ChatBackend) -> Price | None:
        """What a backend's model costs, where anything is paid and the price is known."""
        return None if backend.info.is_here else self._settings.prices.models.get(backend.info.model)

    def close(self) -> None:
        """Free the models."""
        for backend in self._made.values():
            backend.close()
        if self._server is not None:
            self._server.close()

    def _elsewhere(self, kind: str) -> list[str]:
        """Models that do not lie on this machine; none of the local backend."""
        if kind == "hosted":
            return self._settings.hosted.models or self.hosted_server().models()
        return ["scripted"] if kind == "scripted" else []

    def _first_model(self, kind: str) -> str:
        if kind == "local":
            return self._registry.promoted()
        names = self.models(kind)
        if not names:
            raise BackendError("The hosted server does not say which models it has: name them in hosted.models.")
        return names[0]

    def _make(self, kind: str, name: str) -> ChatBackend:
        if kind == "scripted":
            return ScriptedBackend(delay_s=_SCRIPTED_DELAY_S)
        if kind == "hosted":
            hosted = self._settings.hosted
            return HostedBackend(
                hosted.base_url or "",
                api_key=hosted.api_key.get_secret_value(),
                model=name,
                context_tokens=hosted.context_tokens,
                timeout_s=hosted.timeout_s,
                retries=hosted.retries,
            )
        card = self._models.find(name)
        local = self._settings.local
        return LocalBackend(
            card.path,
            adapter=card.adapter,
            merged=self._models.merged(card),
            name=card.name,
            context_tokens=min(local.context_tokens, card.context_tokens),
            threads=local.threads,
            beats_quote=card.beats_quote,
            lineage=card.sha256,
        )

    def hosted_server(self) -> HostedServer:
        """The server, to be asked for its models and for fine-tuning; one, since it remembers what models it has.

        Raises:
            BackendError: none is set up.
        """
        self.check("hosted")
        hosted = self._settings.hosted
        with self._making:
            if self._server is None:
                self._server = HostedServer(
                    hosted.base_url or "", api_key=hosted.api_key.get_secret_value(), timeout_s=_LIST_TIMEOUT_S
                )
            return self._server
