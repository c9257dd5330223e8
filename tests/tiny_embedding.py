"""A real sentence-transformers model that is small enough to be fitted within a test."""

import json
import shutil
from pathlib import Path

from models.embedding import Embedder

_DIMENSIONS = 32


def make_tiny_embedding(folder: Path, *, seed: int) -> Path:
    """The packaged model's tokenizer and layout, with one layer of weights by chance."""
    import torch
    from transformers import BertConfig, BertModel

    shutil.copytree(Embedder().folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.manual_seed(seed)
    config = BertConfig(
        hidden_size=_DIMENSIONS, num_hidden_layers=1, num_attention_heads=2, intermediate_size=2 * _DIMENSIONS
    )
    BertModel(config).save_pretrained(folder)
    pooling = folder / "1_Pooling" / "config.json"
    written = json.loads(pooling.read_text())
    pooling.write_text(json.dumps({**written, "word_embedding_dimension": _DIMENSIONS}))
    return folder
