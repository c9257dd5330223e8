import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from assistant.data_sets.rows import GoldSource
from assistant.evaluation.ranking import Level, Ranked, holds, quote_share, rank, same_document

NAMES = [f"d{n}" for n in range(8)]
RANKINGS = st.lists(st.sampled_from(NAMES), max_size=8, unique=True)
RELEVANT = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True)


@given(found=RANKINGS, relevant=RELEVANT, k=st.sampled_from([1, 3, 5, 10]))
def test_document_measures_are_trec_eval_s(found: list[str], relevant: list[str], k: int) -> None:
    evaluator = pytrec_eval.RelevanceEvaluator(
        {"q": dict.fromkeys(relevant, 1)}, {f"recall.{k}", f"ndcg_cut.{k}", "recip_rank"}
    )
    run = {"q": {name: float(len(found) - place) for place, name in enumerate(found)}}
    expected = evaluator.evaluate(run).get("q", {})
    ours = rank(
        [Ranked(document=name, text="") for name in found], [GoldSource(document=name) for name in relevant], "document"
    )
    assert ours.recall(k) == pytest.approx(expected.get(f"recall_{k}", 0.0))
    assert ours.ndcg(k) == pytest.approx(expected.get(f"ndcg_cut_{k}", 0.0))
    assert ours.reciprocal_rank() == pytest.approx(expected.get("recip_rank", 0.0))


PASSAGES = st.lists(
    st.builds(Ranked, document=st.sampled_from(NAMES[:3]), text=st.text("ab ", max_size=20), page=st.integers(1, 3))
)
SOURCES = st.lists(
    st.builds(
        GoldSource,
        document=st.sampled_from(NAMES[:3]),
        page=st.none() | st.integers(1, 3),
        quote=st.none() | st.text("ab ", max_size=9),
    ),
    max_size=4,
)


@given(passages=PASSAGES, sources=SOURCES, level=st.sampled_from(["document", "page", "quote"]), k=st.integers(1, 6))
def test_measures_lie_between_0_and_1_and_recall_grows(
    passages: list[Ranked], sources: list[GoldSource], level: Level, k: int
) -> None:
    ranking = rank(passages, sources, level)
    assert 0 <= ranking.recall(k) <= ranking.recall(k + 1) <= 1
    assert 0 <= ranking.ndcg(k) <= 1 + 1e-9
    assert 0 <= ranking.reciprocal_rank() <= 1


def test_a_document_found_twice_takes_one_rank_but_a_passage_its_own() -> None:
    passages = [Ranked(document="a", text="x"), Ranked(document="a", text="y"), Ranked(document="b", text="q")]
    sources = [GoldSource(document="b", quote="q")]
    assert rank(passages, sources, "document").reciprocal_rank() == 1 / 2
    assert rank(passages, sources, "quote").reciprocal_rank() == 1 / 3


@pytest.mark.parametrize(
    ("passage", "source", "expected"),
    [
        ({"page": 3}, {"page": 3}, True),
        ({"page": 2, "last_page": 4}, {"page": 3}, True),
        ({"page": 2}, {"page": 3}, False),
        ({"page": None}, {"page": 3}, False),
        ({"page": 2}, {}, True),
    ],
)
def test_a_page_is_held_by_what_stands_on_it(passage: dict[str, int], source: dict[str, int], expected: bool) -> None:
    assert holds(Ranked(document="a", text="", **passage), GoldSource(document="a", **source), "page") is expected


def test_a_quote_is_held_by_half_of_its_words_in_their_order() -> None:
    source = GoldSource(document="a", quote="6 to 9 | 29 | 209, and one two three.")
    whole = Ranked(document="a", text="Years: | 6 to 9 | 29 | 209, AND one two three. |")
    half = Ranked(document="a", text="6 to 9, 29, 209")
    shuffled = Ranked(document="a", text="209 and 9 to three two 29 one 6")
    elsewhere = Ranked(document="b", text=whole.text)
    assert [quote_share([passage], source) for passage in (whole, half, shuffled, elsewhere)] == [1, 5 / 9, 0, 0]
    assert [holds(passage, source, "quote") for passage in (whole, half, shuffled)] == [True, True, False]


def test_passages_together_hold_what_is_cut_between_them() -> None:
    source = GoldSource(document="a", quote="one two three four five six seven eight")
    first, second = Ranked(document="a", text="one two three four"), Ranked(document="a", text="five six seven eight")
    assert quote_share([first, second], source) == 1
    assert quote_share([first], source) == 0.5


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_passage_that_contains_a_quote_holds_all_of_it(before: str, quote: str, after: str) -> None:
    passage = Ranked(document="a", text=f"{before}\n{quote}\n{after}")
    assert quote_share([passage], GoldSource(document="a", quote=quote)) == 1


def test_a_document_is_known_by_its_path_and_by_its_end() -> None:
    assert same_document("guides/pay.pdf", "pay.pdf")
    assert same_document("guides\\pay.pdf", "guides/pay.pdf")
    assert not same_document("overpay.pdf", "pay.pdf")
    assert not same_document("a/pay.pdf", "b/pay.pdf")
