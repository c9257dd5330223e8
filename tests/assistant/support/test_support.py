from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.desk import Desk
from assistant.events import Source
from assistant.support import Judgement, Support
from ingest.index.lexical import LexicalIndex
from models.embedding import Embedder

MakeSource = Callable[..., Source]

DUTY = "The duty phone is carried for a week. The allowance is £165 for the week. Dawn Ellery keeps the list."
BOATS = "Boats of 36 to 50 feet pay £742 a year. Dogs are not allowed in the office. The lock closes at 17:30."


class AllAlike:
    """No word is rarer than another."""

    def rarity(self, words: Sequence[str]) -> Mapping[str, float]:
        return dict.fromkeys(words, 1.0)


@pytest.fixture(scope="module")
def support() -> Support:
    return Support(lexical=AllAlike(), embedder=Embedder())


@pytest.fixture
def judge(support: Support, source: MakeSource) -> Callable[[str], list[Judgement]]:
    read = [source(DUTY, n=1, headings=("Duty phone",)), source(BOATS, n=4, headings=("Licences",))]
    return lambda answer: support.judge(answer, read)


Judge = Callable[[str], list[Judgement]]


@pytest.mark.parametrize(
    ("sentence", "n"),
    [
        ("The allowance is £165 for the week.", 1),
        ("You get £165 a week for carrying the duty phone.", 1),
        ("A boat of 42 feet pays £742 a year.", 4),
        ("Dogs may not come into the office.", 4),
        ("£165", 1),
        ("Dawn Ellery", 1),
    ],
)
def test_what_a_passage_says_is_supported_by_it(judge: Judge, sentence: str, n: int) -> None:
    (judged,) = judge(sentence)
    assert judged.supported
    assert judged.n == n
    assert judged.score > 0.5


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The allowance is £156 for the week.", "the figure £156 is in none of the passages"),
        ("The list is kept by Dawn Smith.", "“Smith” is in none of the passages"),
        ("The allowance is £742 for the week.", "“£742” stands elsewhere in the passages"),
        ("Dogs are allowed in the office.", "the passage says the opposite"),
        ("Volunteers repaint every bridge in spring.", "the passage has 0% of its words"),
    ],
)
def test_what_no_passage_says_is_not_supported_and_why(judge: Judge, sentence: str, reason: str) -> None:
    (judged,) = judge(sentence)
    assert not judged.supported
    assert judged.n is None
    assert judged.reason == reason


def test_a_cited_passage_comes_first_and_a_wrong_citation_is_no_lack_of_support(
    support: Support, source: MakeSource
) -> None:
    read = [source(DUTY, n=1), source(DUTY, n=2), source(BOATS, n=3)]
    judged = support.judge("The allowance is £165 for the week [2]. The allowance is £165 for the week [3].", read)
    assert [one.n for one in judged] == [2, 1]
    assert [one.cited for one in judged] == [(2,), (3,)]


def test_only_the_sentences_that_nothing_supports_are_marked(support: Support, source: MakeSource) -> None:
    answer = "The allowance is £165 for the week [1]. It was £90 before. Is that enough? Thank you!"
    marked = support.unsupported(answer, [source(DUTY, n=1)])
    assert [answer[span.start : span.end] for span in marked] == ["It was £90 before."]


def test_without_passages_every_claim_is_marked(support: Support) -> None:
    assert len(support.unsupported("The fee is £40. It is paid in May. Not in the documents.", [])) == 2


def test_a_passage_without_any_sentence_supports_nothing(support: Support, source: MakeSource) -> None:
    assert len(support.unsupported("The fee is £40.", [source("***")])) == 1


@settings(max_examples=40, deadline=None)
@given(answer=st.text(max_size=80), passage=st.text(max_size=80))
def test_any_text_can_be_judged(support: Support, source: MakeSource, answer: str, passage: str) -> None:
    for judged in support.judge(answer, [source(passage)]):
        assert 0 <= judged.score <= 1
        assert judged.supported == (judged.n is not None or not judged.is_claim)


def test_the_quotes_of_a_real_desk_are_supported_by_their_passages(sample_desk: Desk) -> None:
    support = Support(lexical=LexicalIndex(sample_desk.catalogue.engine), embedder=sample_desk.embedder)
    found = sample_desk.search("How long is the tunnel?", k=4)
    sources = [Source(n=n, passage=passage) for n, passage in enumerate(found.passages, start=1)]
    assert support.unsupported("The tunnel is 374 yards long [1].", sources) == ()
    assert len(support.unsupported("The tunnel is 473 yards long [1].", sources)) == 1
