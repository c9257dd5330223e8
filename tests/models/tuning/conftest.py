"""A real model that learns within seconds: the packaged one's tokenizer and template, with few weights by chance."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.registry import ModelFolder
from models.tuning import Checkpoint, restore

WIDTH, BLOCKS, HEADS, KEY_HEADS, INNER = 64, 2, 4, 2, 128
VOCABULARY = 2000
SIZES = {
    "block_count": BLOCKS,
    "embedding_length": WIDTH,
    "feed_forward_length": INNER,
    "attention.head_count": HEADS,
    "attention.head_count_kv": KEY_HEADS,
    "rope.dimension_count": WIDTH // HEADS,
    "context_length": 512,
    "vocab_size": VOCABULARY,
}

SHORTENED = {
    "tokenizer.ggml.tokens": VOCABULARY,
    "tokenizer.ggml.token_type": VOCABULARY,
    "tokenizer.ggml.scores": VOCABULARY,
    "tokenizer.ggml.merges": VOCABULARY - 273,  # 17 control tokens, 256 bytes, and then a token a merge
}

MakeTiny = Callable[..., Path]


@pytest.fixture(scope="session")
def make_tiny(tmp_path_factory: pytest.TempPathFactory) -> MakeTiny:
    """Write a tiny GGUF model of an architecture; `metadata` is added to what it says of itself."""
    packaged = ModelFolder(tmp_path_factory.mktemp("none")).list()[0].path
    folder = tmp_path_factory.mktemp("tiny")

    def make(architecture: str = "llama", *, name: str = "tiny", metadata: dict[str, Any] | None = None) -> Path:
        path = folder / f"{name}-{architecture}.gguf"
        _write(packaged, path, architecture, metadata or {})
        return path

    return make


@pytest.fixture(scope="session")
def tiny(make_tiny: MakeTiny) -> Path:
    """A tiny model of the packaged one's kind."""
    return make_tiny()


@pytest.fixture(scope="session")
def checkpoint(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """The tiny model, as it is trained."""
    return restore(tiny, tmp_path_factory.mktemp("checkpoints"))


def _write(packaged: Path, path: Path, architecture: str, metadata: dict[str, Any]) -> None:
    from gguf import GGUFReader, GGUFValueType, GGUFWriter

    reader, writer = GGUFReader(packaged), GGUFWriter(path, architecture)
    for key, held in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = held.types[0]
        own = key.replace("llama.", f"{architecture}.", 1)
        value = SIZES.get(own.partition(".")[2], held.contents())
        if key in SHORTENED:
            value = value[: SHORTENED[key]]
        writer.add_key_value(own, value, kind, sub_type=held.types[-1] if kind == GGUFValueType.ARRAY else None)
    writer.add_uint32(f"{architecture}.attention.key_length", WIDTH // HEADS)
    for key, text in metadata.items():
        writer.add_string(key, text)
    for name, weights in _weights(architecture).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights(architecture: str) -> dict[str, Any]:
    chance = np.random.default_rng(0)

    def matrix(rows: int, columns: int) -> Any:
        return (chance.standard_normal((rows, columns)) * columns**-0.5).astype(np.float32)

    keys, head = WIDTH * KEY_HEADS // HEADS, WIDTH // HEADS
    weights = {"token_embd.weight": matrix(VOCABULARY, WIDTH), "output_norm.weight": np.ones(WIDTH, np.float32)}
    for block in range(BLOCKS):
        here = {
            "attn_norm.weight": np.ones(WIDTH, np.float32),
            "attn_q.weight": 3 * matrix(WIDTH, WIDTH),
            "attn_k.weight": 3 * matrix(keys, WIDTH),
            "attn_v.weight": matrix(keys, WIDTH),
            "attn_output.weight": matrix(WIDTH, WIDTH),
            "ffn_norm.weight": np.ones(WIDTH, np.float32),
            "ffn_gate.weight": matrix(INNER, WIDTH),
            "ffn_up.weight": matrix(INNER, WIDTH),
            "ffn_down.weight": matrix(WIDTH, INNER),
        }
        if architecture == "qwen2":
            here |= {
                f"attn_{name}.bias": chance.standard_normal(size).astype(np.float32)
                for name, size in (("q", WIDTH), ("k", keys), ("v", keys))
            }
        if architecture == "qwen3":
            here |= {f"attn_{name}_norm.weight": np.ones(head, np.float32) for name in "qk"}
        weights |= {f"blk.{block}.{name}": held for name, held in here.items()}
    return weights
