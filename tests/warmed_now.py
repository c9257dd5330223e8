"""Imported by the process that others are forked from; see `tests.warmed`."""

import gc

import chromadb  # noqa: F401
import langfuse  # noqa: F401
import llama_cpp  # noqa: F401
import sentence_transformers  # noqa: F401
import streamlit.web.cli  # noqa: F401

import assistant.desk  # noqa: F401
from assistant.rails import Rails
from ingest.parsing.child import parse
from tests.conftest import SAMPLES

parse({"path": str(SAMPLES / "documents" / "boat-licences.md"), "name": "boat-licences.md"})
_rails = Rails()
_rails.warm()  # what it loads is loaded more quickly the next time
_rails.close()  # and with it the only thread
gc.collect()
gc.freeze()  # else every child copies all memory as it looks for what nobody holds
