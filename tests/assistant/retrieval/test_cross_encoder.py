from pathlib import Path

import pytest

from assistant.retrieval.cross_encoder import CrossEncoding
from models.gguf import ModelFileError
from tests.tiny_cross_encoder import tiny_cross_encoder

QUESTION = "how many days of leave"
TEXTS = ["boats need a licence", "days of leave", "leave"]
WORDS = " ".join([QUESTION, *TEXTS]).split()


def test_gives_each_text_a_probability_that_depends_on_it_alone(tmp_path: Path) -> None:
    reader = CrossEncoding(tiny_cross_encoder(tmp_path / "reader", WORDS))
    together = reader.relevance(QUESTION, TEXTS)
    assert all(0 < each < 1 for each in together)
    assert len(set(together)) == 3
    assert together == pytest.approx([reader.relevance(QUESTION, [text])[0] for text in TEXTS], abs=1e-5)
    assert reader.relevance(QUESTION, []) == []


def test_a_model_with_several_scores_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="gives 3 scores a passage, not one"):
        CrossEncoding(tiny_cross_encoder(tmp_path / "classes", WORDS, labels=3)).relevance(QUESTION, TEXTS)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is not the folder of a cross-encoder"):
        CrossEncoding(tmp_path)
