"""Fewer bits a weight, by llama.cpp's own quantiser, in a child process."""

import ctypes
from pathlib import Path
from typing import Any, Literal, get_args

from models.confined import Confined, ConfinedError, LimitExceeded
from models.cores import physical_cores, sleep_when_idle
from models.tuning.errors import TuningError, writing

Kind = Literal["Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""From the most faithful to the smallest."""

_TIMEOUT_S = 3600.0
_MEMORY_MB = 4096
"""Beside the model itself."""


def quantise(source: Path, kind: Kind, out: Path, *, threads: int | None = None) -> Path:
    """Write the F16 GGUF file `source` with fewer bits a weight.

    Raises:
        TuningError: llama.cpp cannot do it, or the disk is full.
    """
    if kind not in KINDS:
        raise TuningError(f"There is no quantisation “{kind}”: there is {', '.join(KINDS)}.")
    size = source.stat().st_size
    with writing(out, size) as written:
        request = {"source": str(source), "out": str(written), "kind": kind, "threads": threads or physical_cores()}
        try:
            with Confined("models.tuning.quantising:compute", memory_mb=_MEMORY_MB + 3 * (size >> 20)) as child:
                child.call(request, timeout_s=_TIMEOUT_S)
        except ConfinedError as error:
            raise TuningError(f"“{source.name}” cannot be quantised: {error}.") from None
        except LimitExceeded as error:
            raise TuningError(f"“{source.name}” cannot be quantised: it breaks the {error.limit} limit.") from None
    return out


def compute(request: dict[str, Any]) -> dict[str, Any]:
    """Quantise `request["source"]`; in the confined child."""
    sleep_when_idle()
    from llama_cpp import llama_cpp

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.nthread = request["threads"]
    settings.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{request['kind']}")
    code = llama_cpp.llama_model_quantize(request["source"].encode(), request["out"].encode(), ctypes.byref(settings))
    if code != 0:
        raise ValueError(f"llama.cpp gave up with code {code}")
    return {}
