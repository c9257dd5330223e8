"""A real model that learns within seconds: the packaged one's tokenizer and template, with few weights by chance."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from models.registry import ModelFolder

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


def write_tiny_model(
    path: Path, architecture: str = "llama", *, metadata: dict[str, Any] | None = None, context_tokens: int = 512
) -> None:
    """Write a tiny GGUF model; `metadata` is added to what it says of itself."""
    from gguf import GGUFWriter

    writer = GGUFWriter(path, architecture)
    sizes = SIZES | {"context_length": context_tokens}
    for key, value, kind, sub_type in _packaged_fields():
        own = key.replace("llama.", f"{architecture}.", 1)
        writer.add_key_value(own, sizes.get(own.partition(".")[2], value), kind, sub_type=sub_type)
    writer.add_uint32(f"{architecture}.attention.key_length", WIDTH // HEADS)
    for key, text in (metadata or {}).items():
        writer.add_string(key, text)
    for name, weights in _weights(architecture).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@cache
def _packaged_fields() -> list[tuple[str, Any, Any, Any]]:
    """What the packaged model says of itself, shortened: key, value, type, and the type of an array's parts.

    Read once: the reader takes seconds over its vocabulary.
    """
    from gguf import GGUFReader, GGUFValueType

    with TemporaryDirectory() as folder:
        packaged = ModelFolder(Path(folder)).list()[0].path
    fields = []
    for key, held in GGUFReader(packaged).fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        value = held.contents(slice(SHORTENED[key])) if key in SHORTENED else held.contents()
        fields.append((key, value, held.types[0], held.types[-1] if held.types[0] == GGUFValueType.ARRAY else None))
    return fields


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
