"""A real model that learns within seconds: the packaged one's tokenizer and template, with few weights by chance."""

from pathlib import Path
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
    from gguf import GGUFReader, GGUFValueType, GGUFWriter

    packaged = ModelFolder(path.parent / "none").list()[0].path
    sizes = SIZES | {"context_length": context_tokens}
    reader, writer = GGUFReader(packaged), GGUFWriter(path, architecture)
    for key, held in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = held.types[0]
        own = key.replace("llama.", f"{architecture}.", 1)
        value = sizes.get(own.partition(".")[2], held.contents())
        if key in SHORTENED:
            value = value[: SHORTENED[key]]
        writer.add_key_value(own, value, kind, sub_type=held.types[-1] if kind == GGUFValueType.ARRAY else None)
    writer.add_uint32(f"{architecture}.attention.key_length", WIDTH // HEADS)
    for key, text in (metadata or {}).items():
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
