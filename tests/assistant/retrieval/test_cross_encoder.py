from pathlib import Path

import pytest

from assistant.retrieval.cross_encoder import CrossEncoding
from models.gguf import ModelFileError

QUESTION = "how many days of leave"
TEXTS = ["boats need a licence", "days of leave", "leave"]


def _made(folder: Path, *, labels: int) -> Path:
    """A tiny cross-encoder with random weights."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({*QUESTION.split(), *" ".join(TEXTS).split()})]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=labels,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_gives_each_text_a_probability_that_depends_on_it_alone(tmp_path: Path) -> None:
    reader = CrossEncoding(_made(tmp_path / "reader", labels=1))
    together = reader.relevance(QUESTION, TEXTS)
    assert all(0 < each < 1 for each in together)
    assert len(set(together)) == 3
    assert together == pytest.approx([reader.relevance(QUESTION, [text])[0] for text in TEXTS], abs=1e-5)
    assert reader.relevance(QUESTION, []) == []


def test_a_model_with_several_scores_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="gives 3 scores a passage, not one"):
        CrossEncoding(_made(tmp_path / "classes", labels=3)).relevance(QUESTION, TEXTS)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is not the folder of a cross-encoder"):
        CrossEncoding(tmp_path)
