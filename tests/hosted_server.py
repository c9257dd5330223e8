"""llama-cpp-python's own OpenAI-compatible server, with models loaded as the engine loads them.

Run as `python -m tests.hosted_server --model …`. A wheel that pip kept from an older installation may multiply in
AMX tiles and end the process at the first token (`models/engine.py`); the server's own options cannot turn that off.
"""

from typing import Any

from llama_cpp import llama_cpp
from llama_cpp.server.__main__ import main

from models.processor import has_amx

_defaults = llama_cpp.llama_model_default_params


def _model_settings() -> Any:
    settings = _defaults()
    settings.use_extra_bufts = not has_amx()
    return settings


if __name__ == "__main__":
    llama_cpp.llama_model_default_params = _model_settings
    main()
