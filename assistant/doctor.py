"""Examines the desk part by part, each really used, as a question would use it."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from assistant.desk import Desk
from assistant.schema import revision
from assistant.settings import HostedSettings, Settings
from assistant.tracing.langfuse import Langfuse, Unavailable
from models.backend import BackendError, Message, Sampling, TextDelta
from models.embedding import Embedder
from models.hosted import HostedServer, problems

_HOSTED_TIMEOUT_S = 10.0
_NAMED_MODELS = 5
_HOSTED_REMEDY = "See docs/hosted-models.md; quotes and the local model work without it."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is to be said of one part."""

    part: str
    state: Literal["ok", "warning", "broken"]
    says: str
    remedy: str | None = None
    """What to do about it."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Findings, one by one as they are made; the desk is opened and every part tried."""
    yield _system()
    try:
        desk = Desk(settings)
    except Exception as error:
        yield Finding(
            part="desk",
            state="broken",
            says=f"It cannot be opened: {error}",
            remedy="Check that REFDESK_HOME can be written to, and the catalogue's URL.",
        )
        return
    with desk:
        for part, check, remedy in _CHECKS:
            try:
                yield check(desk)
            except Exception as error:
                yield Finding(part=part, state="broken", says=str(error) or type(error).__name__, remedy=remedy)


def examine_hosted(hosted: HostedSettings) -> Finding:
    """Whether the hosted models can be reached, with what key is set; spends no tokens."""
    if hosted.base_url is None:
        return Finding(part="hosted model", state="ok", says="none is set; docs/hosted-models.md tells how to")
    server = HostedServer(
        hosted.base_url, api_key=hosted.api_key.get_secret_value(), timeout_s=min(hosted.timeout_s, _HOSTED_TIMEOUT_S)
    )
    try:
        offered = server.models()
    except BackendError as error:
        return Finding(part="hosted model", state="broken", says=str(error), remedy=_HOSTED_REMEDY)
    finally:
        server.close()
    missing = [model for model in hosted.models if offered and model not in offered]
    if missing:
        some = ", ".join(offered[:_NAMED_MODELS]) + ("…" if len(offered) > _NAMED_MODELS else "")
        says = f"“{server.name}” has no model “{missing[0]}”"
        return Finding(
            part="hosted model", state="broken", says=says, remedy=f"Set hosted.models to what it has: {some}"
        )
    models = hosted.models or offered
    if not models:
        says = f"“{server.name}” does not tell what models it has"
        return Finding(part="hosted model", state="broken", says=says, remedy="Name them in hosted.models.")
    says = f"“{server.name}” answers, with {models[0] if len(models) == 1 else f'{len(models)} models'}"
    if unsafe := problems(hosted.base_url):
        return Finding(part="hosted model", state="warning", says=says, remedy=" ".join(unsafe))
    return Finding(part="hosted model", state="ok", says=says)


def _system() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(part="system", state="ok", says=f"Python {version} on {sys.platform}")


def _home(desk: Desk) -> Finding:
    with tempfile.NamedTemporaryFile(dir=desk.home):
        pass
    free = shutil.disk_usage(desk.home).free / 2**30
    says = f"{desk.home}, {free:.1f} GB free"
    if free < 1:
        return Finding(
            part="home", state="warning", says=says, remedy="Make room, or set REFDESK_HOME to a larger disk."
        )
    return Finding(part="home", state="ok", says=says)


def _catalogue(desk: Desk) -> Finding:
    counts = desk.catalogue.counts()
    dialect = desk.catalogue.engine.dialect.name
    state = revision(desk.catalogue.engine)
    says = f"{dialect}, schema {state}, {counts['documents']} documents with {counts['passages']} passages"
    if not counts["documents"]:
        return Finding(part="catalogue", state="warning", says=says, remedy="Add documents: refdesk ingest PATH")
    return Finding(part="catalogue", state="ok", says=says)


def _embedding(desk: Desk) -> Finding:
    began = time.monotonic()
    desk.embedder.warm()
    loaded = time.monotonic() - began
    _expect(
        abs(float(np.linalg.norm(desk.embedder.query("Does it work?"))) - 1) < 1e-3, "its vectors are not of length 1"
    )
    says = f"{desk.embedder.name}, {desk.embedder.dimensions} dimensions, loaded in {loaded:.1f} s"
    named = desk.settings.embedding.model
    if named is not None and desk.followed.known() != desk.followed.as_known(Embedder(named)):
        return Finding(
            part="embedding",
            state="warning",
            says=f"{says}; it was put to use and wins over embedding.model, which names “{named}”",
            remedy=f"To use that one: refdesk embedding use {named}",
        )
    return Finding(part="embedding", state="ok", says=says)


def _index(desk: Desk) -> Finding:
    missing = 0
    for collection_id in desk.catalogue.collections().values():
        missing += len(desk.catalogue.chunk_ids(collection_id) - desk.dense.ids(collection_id))
    if missing:
        return Finding(
            part="index",
            state="broken",
            says=f"{missing} passages have no vector",
            remedy="Take the documents in again: refdesk ingest PATH",
        )
    desk.search("Does it work?", k=1)
    return Finding(part="index", state="ok", says="every passage has its vector, and a search works")


def _parser(desk: Desk) -> Finding:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text("<h1>Works</h1><p>A document is read in a process of its own.</p>", encoding="utf-8")
        began = time.monotonic()
        parsed = desk.parser.parse(page, name=page.name)
    _expect("process of its own" in parsed.text, "it read a page and lost its text")
    return Finding(
        part="parser", state="ok", says=f"a page was read in {time.monotonic() - began:.1f} s, first start included"
    )


def _model(desk: Desk) -> Finding:
    backend = desk.backends.get("local")
    began = time.monotonic()
    sampling = Sampling(max_tokens=8)
    events = list(backend.stream([Message(role="user", content="Say yes.")], sampling=sampling))
    words = "".join(event.text for event in events if isinstance(event, TextDelta))
    _expect(bool(words.strip()), "it was asked and said nothing")
    seconds = time.monotonic() - began
    return Finding(part="local model", state="ok", says=f"{backend.info.model} answers, {seconds:.1f} s with loading")


def _langfuse(desk: Desk) -> Finding:
    langfuse = desk.settings.langfuse
    waiting = desk.outbox.waiting()
    waits = f"{waiting.rows:,} traces and votes wait" if waiting.rows else "nothing waits"
    if not langfuse.public_key or langfuse.secret_key is None:
        return Finding(part="langfuse", state="ok", says=f"no keys are set: traces and votes stay here ({waits})")
    connection = Langfuse(
        langfuse.url,
        public_key=langfuse.public_key,
        secret_key=langfuse.secret_key.get_secret_value(),
        timeout_s=langfuse.timeout_s,
    )
    project = asyncio.run(_project(connection))
    if isinstance(project, Unavailable):
        return Finding(
            part="langfuse",
            state="broken",
            says=f"{project.says} Nothing is lost: {waits}.",
            remedy="See docs/traces.md.",
        )
    says = f"project “{project}” at {langfuse.url}, {waits}"
    if waiting.dropped:
        return Finding(
            part="langfuse",
            state="warning",
            says=f"{says}; {waiting.dropped:,} were dropped",
            remedy="Raise langfuse.outbox_rows, or see to it that Langfuse is away for less long.",
        )
    if waiting.error is not None:
        says = f"{says}. Of the last that was not taken: {waiting.error}"
        return Finding(part="langfuse", state="warning", says=says, remedy="See docs/traces.md.")
    return Finding(part="langfuse", state="ok", says=says)


async def _project(connection: Langfuse) -> str | Unavailable:
    async with connection:
        return await connection.project()


def _hosted(desk: Desk) -> Finding:
    return examine_hosted(desk.settings.hosted)


def _expect(works: bool, otherwise: str) -> None:
    if not works:
        raise RuntimeError(otherwise)


_CHECKS: tuple[tuple[str, Callable[[Desk], Finding], str], ...] = (
    ("home", _home, "Set REFDESK_HOME to a folder that can be written to."),
    ("catalogue", _catalogue, "Check catalogue_url in the settings and that its server runs."),
    ("embedding", _embedding, "Run “make install” again, or set embedding.model to a sentence-transformers folder."),
    ("index", _index, "Check chroma_url in the settings and that its server runs."),
    ("parser", _parser, "Run “make install” again."),
    ("local model", _model, "Choose another with local.model; see “refdesk models list”."),
    ("langfuse", _langfuse, "Check langfuse.url; see docs/traces.md."),
    ("hosted model", _hosted, _HOSTED_REMEDY),
)
