"""A tiny model as Hugging Face has it: a folder."""

import json
from pathlib import Path
from typing import Any

from gguf import GGUFReader
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from models.gguf import read_gguf
from models.tuning import restore

_CONTROL = 3
_QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _bytes(*, use_regex: bool) -> Any:
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


def _split(pattern: str) -> Any:
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), behavior="isolated"), _bytes(use_regex=False)])


CUTTERS = {
    "gpt-2": _bytes(use_regex=True),
    "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), _bytes(use_regex=True)]),
    "qwen2": _split(_QWEN),
    "llama-bpe": _split(_QWEN.replace(r"\p{N}|", r"\p{N}{1,3}|")),
    "strange": _split("e"),
}
"""How texts are cut into words first, by llama.cpp's names; one that it does not know."""


def write_folder(source: Path, folder: Path, *, cutter: str = "smollm", config: dict[str, Any] | None = None) -> Path:
    """Write the model of the GGUF file `source` as a folder; `config` is added to what it says of itself."""
    checkpoint = restore(source, folder.parent / "checkpoints")
    folder.mkdir()
    (folder / "model.safetensors").write_bytes((checkpoint.folder / "model.safetensors").read_bytes())
    said = json.loads((checkpoint.folder / "config.json").read_text(encoding="utf-8")) | (config or {})
    (folder / "config.json").write_text(json.dumps(said), encoding="utf-8")
    fields = GGUFReader(source).fields
    tokens, kinds, merges = (fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "token_type", "merges"))
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer, tokenizer.decoder = CUTTERS[cutter], decoders.ByteLevel()
    marks = [token for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL]
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in marks])
    tokenizer.save(str(folder / "tokenizer.json"))
    info = read_gguf(source)
    settings = {
        "chat_template": info.chat_template,
        "bos_token": info.bos_token,
        "eos_token": {"content": info.eos_token},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder
