from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.retrieval import RankingName, Retriever, UnknownCollection, spread_of
from assistant.retrieval.cross_encoder import CrossEncoding
from tests.tiny_cross_encoder import tiny_cross_encoder


def _retriever(desk: Desk, ranking: RankingName = "weighed", reranker: CrossEncoding | None = None) -> Retriever:
    return Retriever(
        catalogue=desk.catalogue,
        dense=desk.dense,
        lexical=desk.lexical,
        words=desk.searching.words,
        embedder=desk.embedder,
        ranking=ranking,
        reranker=reranker,
        reranked=4,
    )


@pytest.mark.parametrize("ranking", ["weighed", "wording", "rrf", "dense", "bm25"])
def test_gives_as_many_as_asked_for_best_first_each_once(sample_desk: Desk, ranking: RankingName) -> None:
    found = _retriever(sample_desk, ranking).search("How many days of annual leave do I get?", k=5).passages
    assert len({passage.chunk_id for passage in found}) == 5
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)


def test_the_nearest_passages_are_of_one_document_or_of_more(sample_desk: Desk) -> None:
    found = sample_desk.retriever.search("How long is the tunnel?", k=8)
    assert 0 < found.spread < 1
    first, other = found.passages[0], next(one for one in found.passages if one.document != found.passages[0].document)
    assert spread_of([first] * 10 + [other]) == 0
    assert spread_of([first, first, other]) == 0.5
    assert spread_of([first, other]) == 1
    assert spread_of([first]) == spread_of([]) == 0


def test_every_passage_that_was_taken_in_has_the_signs_of_its_words(sample_desk: Desk) -> None:
    candidates = sample_desk.retriever.candidates("annual leave")
    assert candidates.ids
    assert set(candidates.signs) == set(candidates.ids)


def test_a_background_adds_words_that_weigh_less(sample_desk: Desk) -> None:
    alone = sample_desk.retriever.candidates("and for volunteers?").terms
    behind = sample_desk.retriever.candidates("and for volunteers?", background="annual leave").terms
    assert set(alone) < set(behind)
    assert all(behind[term] == weight for term, weight in alone.items())
    full = sample_desk.retriever.candidates("annual leave").terms
    assert all(behind[term] < full[term] for term in behind.keys() - alone.keys())


def test_a_reranker_orders_the_first_and_leaves_the_others_behind_them(sample_desk: Desk, tmp_path: Path) -> None:
    reader = CrossEncoding(tiny_cross_encoder(tmp_path / "reader", ["annual", "leave", "days", "the", "of", "work"]))
    before = _retriever(sample_desk).search("annual leave", k=8).passages
    after = _retriever(sample_desk, reranker=reader).search("annual leave", k=8).passages
    ids = [passage.chunk_id for passage in after]
    assert set(ids[:4]) == {passage.chunk_id for passage in before[:4]}
    assert {passage.score for passage in after[:4]}.isdisjoint(passage.score for passage in before)
    assert ids[4:] == [passage.chunk_id for passage in before[4:]]
    assert [passage.score for passage in after] == sorted((passage.score for passage in after), reverse=True)


def test_an_unknown_collection_is_named(sample_desk: Desk) -> None:
    with pytest.raises(UnknownCollection, match="no collection “none”"):
        sample_desk.search("leave", collections=["none"])
