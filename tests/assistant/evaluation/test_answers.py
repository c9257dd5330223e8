import re
import string
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from assistant.data_sets.rows import GoldSource
from assistant.evaluation import answers
from assistant.evaluation.ranking import Ranked
from assistant.events import Span
from assistant.support import Judgement
from models.embedding import Embedder

WORDS = st.lists(st.sampled_from(["the", "a", "The", "cat", "cat,", "sat", "on", "mat.", "29", "£4.50", "it's", "—"]))
TEXT = WORDS.map(" ".join) | st.text(max_size=20)


def squad_normalised(text: str) -> str:
    """As evaluate-v2.0.py describes it: lower, then punctuation, articles and white space."""
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text, flags=re.UNICODE).split())


def squad_f1(gold: str, answer: str) -> float:
    """As evaluate-v2.0.py computes it."""
    gold_words, words = squad_normalised(gold).split(), squad_normalised(answer).split()
    same = sum((Counter(gold_words) & Counter(words)).values())
    if not gold_words or not words:
        return float(gold_words == words)
    if not same:
        return 0.0
    precision, recall = same / len(words), same / len(gold_words)
    return 2 * precision * recall / (precision + recall)


@given(answer=TEXT, golds=st.lists(TEXT, min_size=1, max_size=3))
def test_match_and_f1_are_squad_s_with_the_best_gold(answer: str, golds: list[str]) -> None:
    assert answers.exact_match(answer, golds) == max(squad_normalised(g) == squad_normalised(answer) for g in golds)
    assert answers.token_f1(answer, golds) == pytest.approx(max(squad_f1(gold, answer) for gold in golds))


@pytest.mark.parametrize(
    ("answer", "gold", "match", "f1"),
    [
        ("The Eiffel Tower.", "eiffel tower", 1, 1),
        ("in Paris, France", "Paris", 0, 0.5),
        ("", "", 1, 1),
        ("the", "a", 1, 1),
        ("", "Paris", 0, 0),
        ("co-operate", "cooperate", 1, 1),
    ],
)
def test_published_behaviour_of_squad(answer: str, gold: str, match: float, f1: float) -> None:
    assert answers.exact_match(answer, [gold]) == match
    assert answers.token_f1(answer, [gold]) == pytest.approx(f1)


@given(answer=TEXT, gold=TEXT)
def test_rouge_l_is_the_package_s(answer: str, gold: str) -> None:
    expected = RougeScorer(["rougeL"], use_stemmer=False).score(gold, answer)["rougeL"].fmeasure
    assert answers.rouge_l(answer, [gold]) == pytest.approx(expected)


@given(before=WORDS, gold=WORDS, after=WORDS)
def test_an_answer_that_holds_a_gold_contains_it(before: list[str], gold: list[str], after: list[str]) -> None:
    has_words = bool(answers.normalised(" ".join(gold)))
    assert answers.contains_gold(" ".join([*before, *gold, *after]), [" ".join(gold)]) == has_words


def test_a_part_of_a_word_is_not_contained() -> None:
    assert answers.contains_gold("It takes 290 days.", ["29"]) == 0
    assert answers.contains_gold("It takes 29 days.", ["30", "29"]) == 1


@pytest.mark.parametrize("score", [answers.exact_match, answers.token_f1, answers.rouge_l, answers.contains_gold])
def test_without_golds_nothing_is_right(score: Callable[[str, list[str]], float]) -> None:
    assert score("anything", []) == 0


def test_meaning_is_nearest_to_the_best_gold() -> None:
    embedder = Embedder()
    near = answers.semantic_similarity(
        "Nobody may bring a dog.", ["The tunnel is long.", "Dogs are forbidden."], embedder
    )
    far = answers.semantic_similarity("Nobody may bring a dog.", ["The tunnel is long."], embedder)
    assert far < near <= 1
    assert answers.semantic_similarity("Same.", ["Same."], embedder) == pytest.approx(1, abs=1e-5)
    assert answers.semantic_similarity("", ["Same."], embedder) == 0


def _judged(*, supporting: tuple[int, ...], cited: tuple[int, ...], is_claim: bool = True) -> Judgement:
    score = 1.0 if supporting or not is_claim else 0.0
    return Judgement(
        span=Span(start=0, end=1), supporting=supporting, score=score, reason="", is_claim=is_claim, cited=cited
    )


def test_citations_are_right_where_they_support_their_sentence() -> None:
    judged = [
        _judged(supporting=(1, 2), cited=(1,)),
        _judged(supporting=(2,), cited=(3, 2)),
        _judged(supporting=(1,), cited=()),
        _judged(supporting=(), cited=(1,)),
        _judged(supporting=(), cited=(9,), is_claim=False),
    ]
    assert answers.groundedness(judged) == 3 / 4
    assert answers.citation_recall(judged) == 2 / 4
    assert answers.citation_precision(judged) == 2 / 4


def test_what_claims_or_cites_nothing_has_no_score() -> None:
    nothing = [_judged(supporting=(), cited=(), is_claim=False)]
    assert answers.groundedness(nothing) is None
    assert answers.citation_recall(nothing) is None
    assert answers.citation_precision([_judged(supporting=(1,), cited=())]) is None


def test_cited_passages_are_compared_with_the_sources() -> None:
    sources = [GoldSource(document="a", quote="one two"), GoldSource(document="b")]
    cited = [Ranked(document="a", text="one two"), Ranked(document="c", text="one two")]
    assert answers.cited_source_precision(cited, sources) == 1 / 2
    assert answers.cited_source_recall(cited, sources) == 1 / 2
    assert answers.cited_source_precision([], sources) is None
