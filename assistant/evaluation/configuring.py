"""Finds out all that decides what is answered, now."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from assistant.backends import Backends
from assistant.conversations import Choices
from assistant.evaluation.configuration import Configuration, documents_hash, program_hash
from assistant.limits import limits_for
from assistant.prompts import QUOTE, Prompt
from assistant.searching import Searching
from assistant.settings import Settings
from ingest.catalogue import Catalogue
from models.registry import ModelFolder

SEARCH = "search"
"""What stands in the place of a prompt's name where only passages are asked for."""


@dataclass(frozen=True, kw_only=True)
class Configuring:
    """Knows every part of the desk that an answer depends on."""

    settings: Settings
    catalogue: Catalogue
    searching: Callable[[], Searching]
    backends: Backends
    models: ModelFolder
    prompt: Callable[[str], Prompt]
    """The prompt of a name."""
    examples: Callable[[], str]
    """A fingerprint of those that a prompt may choose from."""

    def configuration(self, choices: Choices, *, retrieval_only: bool = False) -> Configuration:
        """How rows are answered with these choices.

        Raises:
            UnknownPrompt, BackendError, ModelFileError: there is no such prompt, backend or model.
        """
        retrieval = {"retrieval": self.settings.retrieval.model_dump(mode="json")}
        searching = Configuration(
            prompt=SEARCH,
            collections=choices.collections,
            settings=retrieval,
            embedding=self.searching().embedder.fingerprint,
            documents=documents_hash(self.catalogue),
            program=program_hash(),
        )
        if retrieval_only:
            return searching
        prompt = self.prompt(choices.prompt)
        self.backends.check(choices.backend)
        quoting = replace(
            searching,
            prompt=f"{prompt.name}@{prompt.version}",
            prompt_hash=self._hash_of(prompt),
            settings=retrieval | {"answer": self.settings.answer.model_dump(mode="json", exclude={"prompt"})},
        )
        return quoting if prompt.name == QUOTE else self._writing(quoting, choices)

    def _hash_of(self, prompt: Prompt) -> str:
        """Of all that the prompt shows, or may show."""
        shown = repr(asdict(prompt)) + (self.examples() if prompt.examples else "")
        return hashlib.sha256(shown.encode()).hexdigest()

    def _writing(self, quoting: Configuration, choices: Choices) -> Configuration:
        """With who writes."""
        backend = self.backends.get(choices.backend, choices.model)
        info, price = backend.info, self.backends.price(backend)
        model_hash = {
            "local": lambda: self.models.find(info.model).sha256,
            "hosted": lambda: hashlib.sha256((self.settings.hosted.base_url or "").encode()).hexdigest(),
        }.get(info.backend, lambda: None)()
        paid = price.model_dump(mode="json") if price else None
        return replace(
            quoting,
            backend=info.backend,
            model=info.model,
            model_hash=model_hash,
            settings={
                **quoting.settings,
                **asdict(limits_for(self.settings, info.backend)),
                "context_tokens": info.context_tokens,
                "price": paid,
            },
        )
