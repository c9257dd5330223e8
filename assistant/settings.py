"""All settings in one place: defaults, then `refdesk.toml`, the file of keys, and REFDESK_… in the environment."""

import os
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from models.hosted import checked_address

_SECRET_TABLES = ("hosted", "langfuse")
"""What is read of Streamlit's file for secrets; its other tables are none of ours."""


class SettingsError(Exception):
    """A setting is wrong; one sentence that names it."""


class Section(BaseModel):
    """Settings that belong together; a name that it does not have is refused, and not passed over."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class EmbeddingSettings(Section):
    """The model that turns text into vectors."""

    model: Path | None = None
    """Folder of the sentence-transformers model that a desk begins with; the packaged all-MiniLM-L6-v2 when not given.

    One that was put to use with `refdesk embedding` wins.
    """
    threads: int | None = None


class IngestSettings(Section):
    """Limits and sizes for taking documents in."""

    timeout_s: float = 120
    """For parsing one document."""
    memory_mb: int = 4096
    """Address space of the process that parses."""
    max_mb: int = 200
    """Largest file."""
    chunk_chars: int = Field(default=1000, ge=200, le=8000)
    """Size a passage is filled to."""


class RetrievalSettings(Section):
    """How passages are found."""

    candidates: int = 40
    """Passages asked of each of the two look-ups."""
    passages: int = 8
    """Passages an answer rests on."""
    ranking: Literal["weighed", "wording", "rrf", "dense", "bm25"] = "weighed"
    """How they are put in order; see `assistant.retrieval.rankings`."""
    reranker: Path | None = None
    """Folder of a sentence-transformers cross-encoder that reads the best ones anew."""
    reranked: int = Field(default=20, ge=1)
    """How many it reads."""


class AnswerSettings(Section):
    """How a question is answered."""

    prompt: str = "quote"
    """A name in assistant/prompts; `quote` answers with the best sentences, without a model."""
    quotes: int = 3
    """Most sentences quoted."""
    max_tokens: int = 220
    temperature: float = 0.0


class LocalSettings(Section):
    """The model on this machine."""

    model: str = "SmolLM2-135M-Refdesk"
    """A name from `refdesk models list`."""
    context_tokens: int = 4096
    passages: int = Field(default=3, ge=1)
    """Most passages that it reads for an answer: to read them is what takes most of the time."""
    excerpt_chars: int = Field(default=400, ge=50)
    """What it reads of each, around its best sentence."""
    threads: int | None = None


class HostedSettings(Section):
    """A server that speaks OpenAI's chat API."""

    base_url: str | None = None
    """Up to and with “/v1”; no hosted backend without it."""
    api_key: SecretStr = SecretStr("")
    models: list[str] = []
    """Offered in the sidebar, the first by default; asked of the server when empty."""
    context_tokens: int = 16384
    """Most tokens of prompt and answer together that are sent."""
    passages: int = Field(default=8, ge=1)
    """Most passages that are sent with a question."""
    excerpt_chars: int = Field(default=1500, ge=50)
    """What is sent of each: more than most passages have."""
    timeout_s: float = Field(default=30, gt=0)
    """Longest wait for the connection, and for each next piece of the answer."""
    retries: int = Field(default=2, ge=0, le=10)

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, base_url: str | None) -> str | None:
        return checked_address(base_url) if base_url else None


class Price(Section):
    """What a model costs."""

    input: float
    """For a million tokens read."""
    output: float
    """For a million tokens written."""

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """What an answer cost."""
        return (self.input * input_tokens + self.output * output_tokens) / 1_000_000


class PriceSettings(Section):
    """What answers cost."""

    currency: str = "$"
    models: dict[str, Price] = {}
    """By the model's name."""


class LangfuseSettings(Section):
    """Where traces and votes are sent; without keys they stay in the catalogue."""

    url: str = "https://cloud.langfuse.com"
    public_key: str | None = None
    secret_key: SecretStr | None = None
    timeout_s: float = 10
    outbox_rows: int = 200_000
    """Most that waits to be sent; the oldest beyond it is dropped."""
    environment: str = Field(default="default", max_length=40, pattern="^[a-z0-9_-]+$")
    """By which Langfuse tells several desks of one project apart; small letters, digits, - and _."""

    @field_validator("environment")
    @classmethod
    def _is_free(cls, environment: str) -> str:
        if environment.startswith("langfuse"):
            raise ValueError("must not begin with “langfuse”: Langfuse keeps these names for itself")
        return environment


class Settings(BaseSettings):
    """Everything that can be set. Nested ones by two underscores: REFDESK_LOCAL__MODEL."""

    model_config = SettingsConfigDict(
        env_prefix="REFDESK_",
        env_nested_delimiter="__",
        extra="forbid",
        hide_input_in_errors=True,  # which may be a key
    )

    home: Path = Field(default_factory=lambda: user_data_path("refdesk", appauthor=False))
    """Folder of everything the desk keeps."""
    catalogue_url: str | None = None
    """SQLAlchemy URL; SQLite in the home when not given."""
    chroma_url: str | None = None
    """URL of a Chroma server; embedded in the home when not given."""
    collection: str = "documents"
    """Where documents go when no collection is named."""
    backend: Literal["local", "hosted", "scripted"] = "local"
    """Who answers until somebody chooses otherwise in the sidebar."""
    embedding: EmbeddingSettings = EmbeddingSettings()
    ingest: IngestSettings = IngestSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    local: LocalSettings = LocalSettings()
    hosted: HostedSettings = HostedSettings()
    prices: PriceSettings = PriceSettings()
    langfuse: LangfuseSettings = LangfuseSettings()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The desk's own keys and passwords, which no answer may hold."""
        urls = (self.catalogue_url, self.chroma_url, self.hosted.base_url, self.langfuse.url)
        passwords = [unquote(urlsplit(url).password or "") for url in urls if url]
        keys = (self.hosted.api_key, self.langfuse.secret_key)
        return tuple(filter(None, (*(key.get_secret_value() for key in keys if key), *passwords)))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, that over `.streamlit/secrets.toml`, and that over `refdesk.toml`.

        The files lie here, or at REFDESK_SECRETS and REFDESK_CONFIG.
        """
        secrets = InitSettingsSource(settings_cls, _secrets())
        path = Path(os.environ.get("REFDESK_CONFIG", "refdesk.toml"))
        return init_settings, env_settings, secrets, TomlConfigSettingsSource(settings_cls, toml_file=path)


def load_settings(overrides: Sequence[str] = ()) -> Settings:
    """Read the settings; `overrides`, each as “retrieval.ranking=bm25”, win over all that is set elsewhere.

    Raises:
        SettingsError: one of them is not understood.
    """
    try:
        return Settings(**_tables(overrides))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise SettingsError(f"The setting “{name}” is wrong ({reason}): see docs/settings.md.") from error
    except ValueError as error:
        raise SettingsError(f"refdesk.toml cannot be read: {error}.") from error


def _tables(overrides: Iterable[str]) -> dict[str, Any]:
    """As the tables of a file would have them."""
    tables: dict[str, Any] = {}
    for override in overrides:
        name, is_set, value = override.partition("=")
        *parts, last = name.strip().split(".")
        table = tables
        for part in parts:
            table = table.setdefault(part, {}) if isinstance(table, dict) else table
        if not is_set or not all((*parts, last)) or not isinstance(table, dict):
            raise SettingsError(f"“{override}” sets nothing: write it as retrieval.ranking=bm25.")
        try:
            table[last] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            table[last] = value.strip()  # a word needs no quotation marks
    return tables


def _secrets() -> dict[str, Any]:
    """What Streamlit's file for secrets holds for the desk."""
    path = Path(os.environ.get("REFDESK_SECRETS", ".streamlit/secrets.toml"))
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not TOML"
        raise SettingsError(f"{path} cannot be read ({reason}): see docs/settings.md.") from None
    return {name: tables[name] for name in _SECRET_TABLES if name in tables}
