"""Where the weights of a checkpoint lie in a GGUF file, and how they are turned there.

A checkpoint (of transformers) and a GGUF file hold the same matrices under other names. For the family of Llama the
rows of the query's and key's matrices lie in another order too, since llama.cpp rotates neighbours and transformers
rotates halves: https://github.com/ggml-org/llama.cpp/blob/master/convert_hf_to_gguf.py.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.gguf import ModelFileError, printable, read_gguf
from models.tuning.errors import TuningError, require_lab

if TYPE_CHECKING:
    from gguf import GGUFReader

Weights = NDArray[np.float32]

FAMILIES = ("llama", "qwen2", "qwen3")
"""Architectures whose weights can be laid out both ways."""

_PERMUTED = ("llama",)
_BIASED = ("qwen2",)
_OUTER = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}
_INNER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_OUTER_BACK = {there: here for here, there in _OUTER.items()}
_INNER_BACK = {there: here for here, there in _INNER.items()}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one model's weights are laid out."""

    architecture: str
    heads: int
    key_heads: int

    def gguf_name(self, name: str) -> str:
        """“model.layers.3.self_attn.q_proj.weight” as a GGUF file has it.

        Raises:
            TuningError: no such weights are known.
        """
        stem, _, kind = name.rpartition(".")
        if stem in _OUTER:
            return f"{_OUTER[stem]}.{kind}"
        inner = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", stem)
        if inner is None or inner[2] not in _INNER:
            raise TuningError(f"The checkpoint has weights “{name}”, which no GGUF file of its kind has.")
        return f"blk.{inner[1]}.{_INNER[inner[2]]}.{kind}"

    def checkpoint_name(self, name: str) -> str:
        """“blk.3.attn_q.weight” as a checkpoint has it.

        Raises:
            TuningError: no such weights are known.
        """
        stem, _, kind = name.rpartition(".")
        if stem in _OUTER_BACK:
            return f"{_OUTER_BACK[stem]}.{kind}"
        inner = re.fullmatch(r"blk\.(\d+)\.(.+)", stem)
        if inner is None or inner[2] not in _INNER_BACK or (kind == "bias" and self.architecture not in _BIASED):
            raise TuningError(f"The model has weights “{name}”, with which it cannot be trained here.")
        return f"model.layers.{inner[1]}.{_INNER_BACK[inner[2]]}.{kind}"

    def to_gguf(self, name: str, weights: Weights) -> Weights:
        """Weights of the checkpoint's `name`, or the B of an adapter beside it, with rows as a GGUF file has them."""
        return self._turned(name, weights, _interleaved)

    def to_checkpoint(self, name: str, weights: Weights) -> Weights:
        """Weights of a GGUF file with rows as the checkpoint's `name` has them."""
        return self._turned(name, weights, _halved)

    def _turned(self, name: str, weights: Weights, turn: Callable[[Weights, int], Weights]) -> Weights:
        if self.architecture not in _PERMUTED:
            return weights
        if "self_attn.q_proj." in name:
            return turn(weights, self.heads)
        if "self_attn.k_proj." in name:
            return turn(weights, self.key_heads)
        return weights


def open_gguf(path: Path) -> tuple["GGUFReader", Layout]:
    """The file, checked, and how its weights are laid out.

    Raises:
        TuningError: it is no whole chat model, or of a kind that cannot be trained here.
    """
    require_lab()
    from gguf import GGUFReader

    try:
        architecture = read_gguf(path).architecture
    except ModelFileError as error:
        raise TuningError(str(error)) from error
    require_family(architecture, path.name)
    reader = GGUFReader(path)
    heads = int(field(reader, f"{architecture}.attention.head_count"))
    key_heads = int(field(reader, f"{architecture}.attention.head_count_kv", heads))
    return reader, Layout(architecture=architecture, heads=heads, key_heads=key_heads)


def require_family(architecture: str, name: str) -> None:
    """See that the model `name` is of a kind that can be trained here.

    Raises:
        TuningError: it is not.
    """
    if architecture not in FAMILIES:
        raise TuningError(
            f"“{name}” is of the architecture {printable(architecture)}, which cannot be trained here: "
            f"{', '.join(FAMILIES[:-1])} and {FAMILIES[-1]} can."
        )


def require_same_tokens(student: Path, teacher: Path) -> None:
    """See that two GGUF files number the same pieces of text alike, so that guesses of one can be learnt by the other.

    Raises:
        TuningError: they do not, or one of them is no whole chat model of a kind that can be trained here.
    """
    pieces, others = (field(open_gguf(path)[0], "tokenizer.ggml.tokens") for path in (student, teacher))
    if pieces != others:
        raise TuningError(
            f"“{teacher.stem}” reads other tokens than “{student.stem}”: its guesses cannot be learnt, only what it"
            " writes."
        )


def field(reader: "GGUFReader", key: str, default: Any = None) -> Any:
    """A value of the file's metadata.

    Raises:
        TuningError: there is none, and no default.
    """
    held = reader.fields.get(key)
    if held is not None:
        return held.contents()
    if default is None:
        raise TuningError(f"The model's file does not say what its {key} is.")
    return default


def _interleaved(weights: Weights, heads: int) -> Weights:
    rows = len(weights)
    split = weights.reshape(heads, 2, rows // heads // 2, *weights.shape[1:])
    return split.swapaxes(1, 2).reshape(weights.shape)


def _halved(weights: Weights, heads: int) -> Weights:
    rows = len(weights)
    split = weights.reshape(heads, rows // heads // 2, 2, *weights.shape[1:])
    return split.swapaxes(1, 2).reshape(weights.shape)
