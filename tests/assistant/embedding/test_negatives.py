import threading

import pytest

from assistant.desk import Desk
from assistant.embedding.negatives import with_negatives
from ingest.embedded import embedded
from models.training import FittingError, Pair

QUESTION = "How long is the tunnel?"


def _texts(desk: Desk) -> dict[int, str]:
    [collection_id] = desk.catalogue.collections().values()
    return {each.chunk_id: each.text for each in embedded(desk.catalogue, desk.catalogue.chunk_ids(collection_id))}


def test_the_best_found_passage_that_is_not_the_right_one_is_taken(sample_desk: Desk) -> None:
    texts = _texts(sample_desk)
    found = [texts[each.chunk_id] for each in sample_desk.search(QUESTION, k=3).passages]
    both = [Pair(question=QUESTION, passage=found[0]), Pair(question=QUESTION, passage=found[1])]
    for pair in with_negatives(both, sample_desk.retriever, texts):
        assert pair.negatives == (found[2],)
    [pair] = with_negatives([Pair(question=QUESTION, passage="elsewhere")], sample_desk.retriever, texts)
    assert pair.negatives == (found[0],)


def test_only_passages_that_may_serve_do(sample_desk: Desk) -> None:
    pair = Pair(question=QUESTION, passage="elsewhere")
    [alone] = with_negatives([pair], sample_desk.retriever, {})
    assert alone == pair


def test_cancelling_is_said(sample_desk: Desk) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(FittingError, match="cancelled"):
        with_negatives([Pair(question="a", passage="b")], sample_desk.retriever, {}, cancel=cancel)
