import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.engine import tokens_by
from models.gguf import read_gguf
from models.tuning import TuningError, folder_to_gguf, restore
from models.tuning.checkpoint import read_weights
from tests.huggingface_folder import write_folder
from tests.models.tuning.conftest import MakeTiny


@pytest.fixture(scope="module")
def folder(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model as Hugging Face has it."""
    return write_folder(tiny, tmp_path_factory.mktemp("folders") / "tiny-hf")


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    """And what becomes of it."""
    return folder_to_gguf(folder, folder.parent / "written.gguf", name="Tiny")


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_a_folder_becomes_a_file_with_all_that_was_in_it(
    architecture: str, make_tiny: MakeTiny, tmp_path: Path
) -> None:
    source = make_tiny(architecture)
    folder = write_folder(source, tmp_path / "folder")
    out = folder_to_gguf(folder, tmp_path / "out.gguf", name="Tiny")
    before, after = read_gguf(source), read_gguf(out)
    assert (after.architecture, after.name, after.quantisation) == (architecture, "Tiny", "F16")
    assert (after.chat_template, after.context_tokens) == (before.chat_template, before.context_tokens)
    assert (after.bos_token, after.eos_token, after.parameters) == (
        before.bos_token,
        before.eos_token,
        before.parameters,
    )
    learnt_from = dict(read_weights(restore(out, tmp_path / "cache").folder))
    for name, weights in read_weights(folder):
        assert np.allclose(learnt_from[name], weights, rtol=2**-10, atol=2**-20)


@pytest.mark.parametrize("cutter", ["gpt-2", "smollm", "qwen2", "llama-bpe"])
def test_how_texts_are_cut_is_found_out(cutter: str, tiny: Path, tmp_path: Path) -> None:
    folder = write_folder(tiny, tmp_path / "folder", cutter=cutter)
    out = folder_to_gguf(folder, tmp_path / "out.gguf", name="Tiny")
    text = "It's 1234567 o'clock, I'LL say;\n\n  and 12.50 more"
    assert tokens_by(out, [text]) == [_ids(folder, text)]


@given(text=st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_texts_become_the_same_tokens(text: str, folder: Path, written: Path) -> None:
    text = unicodedata.normalize("NFC", text.replace("\0", ""))
    if not any(unicodedata.category(char) in {"Cn", "Co", "Cs"} for char in text):
        assert tokens_by(written, [text]) == [_ids(folder, text)]


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "gemma3_text"}, "of the architecture gemma3_text, which cannot be trained here"),
        ({"rope_parameters": {"rope_type": "yarn"}}, r"stretches its context \(yarn\)"),
        ({"use_sliding_window": True}, "looks at a part of its context"),
        ({"tie_word_embeddings": False}, r"lacks weights: lm_head\.weight"),
        ({"vocab_size": 100}, "has more tokens than its model"),
        ({"hidden_size": None}, "does not say what its hidden_size is"),
        ({"num_hidden_layers": "two"}, "does not say what its num_hidden_layers is"),
    ],
)
def test_what_is_another_model_is_said(config: dict[str, Any], reason: str, tiny: Path, tmp_path: Path) -> None:
    folder = write_folder(tiny, tmp_path / "folder", config=config)
    with pytest.raises(TuningError, match=reason):
        folder_to_gguf(folder, tmp_path / "out.gguf", name="Tiny")
    assert not list(tmp_path.glob("*.gguf*"))


def test_what_no_file_can_say_is_said(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(TuningError, match=r"no folder with a config\.json"):
        folder_to_gguf(tmp_path, tmp_path / "out.gguf", name="Tiny")
    strange = write_folder(tiny, tmp_path / "strange", cutter="strange")
    with pytest.raises(TuningError, match=r"in a way that .* does not know"):
        folder_to_gguf(strange, tmp_path / "out.gguf", name="Tiny")
    said = strange / "tokenizer_config.json"
    said.write_text(json.dumps({"eos_token": "<|im_end|>"}), encoding="utf-8")
    with pytest.raises(TuningError, match="has no chat template"):
        folder_to_gguf(strange, tmp_path / "out.gguf", name="Tiny")
    said.write_text("{}", encoding="utf-8")
    with pytest.raises(TuningError, match="which token ends an answer"):
        folder_to_gguf(strange, tmp_path / "out.gguf", name="Tiny")
    for broken in ("[" * 100_000, "[]", "no JSON"):
        said.write_text(broken, encoding="utf-8")
        with pytest.raises(TuningError, match=r"tokenizer_config\.json"):
            folder_to_gguf(strange, tmp_path / "out.gguf", name="Tiny")
    (strange / "tokenizer.json").write_text('{"model": {"type": "WordPiece", "vocab": {}}}', encoding="utf-8")
    said.write_text("{}", encoding="utf-8")
    with pytest.raises(TuningError, match="of another kind than byte-level BPE"):
        folder_to_gguf(strange, tmp_path / "out.gguf", name="Tiny")


@pytest.mark.parametrize(
    ("name", "part", "held"),
    [
        ("tokenizer.json", "added_tokens", ["<|im_end|>"]),
        ("tokenizer.json", "added_tokens", [{"id": -5, "content": "x"}]),
        ("tokenizer.json", "model", {"type": "BPE", "vocab": [1, 2], "merges": []}),
        ("tokenizer.json", "decoder", {"type": "Sequence", "decoders": 7}),
        ("tokenizer_config.json", "chat_template", [{"name": "default"}]),
        ("tokenizer_config.json", "eos_token", 7),
        ("config.json", "rope_parameters", "yarn"),
        ("config.json", "rms_norm_eps", "small"),
    ],
)
def test_what_somebody_wrote_wrongly_is_one_sentence(
    name: str, part: str, held: Any, folder: Path, tmp_path: Path
) -> None:
    changed = shutil.copytree(folder, tmp_path / "changed")
    said = json.loads((changed / name).read_text(encoding="utf-8")) | {part: held}
    (changed / name).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(TuningError, match=r"^[^\n]{10,400}\.$"):
        folder_to_gguf(changed, tmp_path / "out.gguf", name="Tiny")
    assert not list(tmp_path.glob("*.gguf*"))


def test_weights_that_are_cut_off_are_one_sentence(folder: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(folder, tmp_path / "changed")
    weights = changed / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(TuningError, match="“changed” is not as Hugging Face has it"):
        folder_to_gguf(changed, tmp_path / "out.gguf", name="Tiny")


def _ids(folder: Path, text: str) -> list[int]:
    return list(Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text, add_special_tokens=False).ids)
