from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.desk import Desk
from assistant.events import Source
from assistant.summarising.extractor import Extractor

LOCKS = "The lock at Tarrow Bridge is closed for repairs of its gates all winter."
BOATS = "Boats cannot pass the lock at Tarrow Bridge while its gates are repaired."
OPEN = "Repairs of the lock gates end in March, and boats may pass from April on."
CAKE = "A cake was baked by somebody for the birthday of a colleague in accounting."


@pytest.fixture
def extractor(sample_desk: Desk) -> Extractor:
    return Extractor(sample_desk.embedder)


def _texts(extractor: Extractor, sources: list[Source], sentences: int) -> list[str]:
    return [quote.text for quote in extractor.extract(sources, sentences)]


def test_what_is_central_and_unlike_is_taken_in_the_documents_order(
    extractor: Extractor, source: Callable[..., Source]
) -> None:
    sources = [source(f"{LOCKS} {CAKE}", n=1), source(f"{BOATS} {OPEN}", n=2)]
    assert _texts(extractor, sources, 4) == [LOCKS, CAKE, BOATS, OPEN]
    assert CAKE not in _texts(extractor, sources, 1)
    assert OPEN in _texts(extractor, [source(LOCKS, n=1), source(f"{BOATS} {OPEN}", n=2)], 2)


def test_each_is_a_place_in_its_passage(extractor: Extractor, source: Callable[..., Source]) -> None:
    [quote] = extractor.extract([source(f"Short. {LOCKS}", n=7)], 3)
    assert quote.n == 7
    assert (
        quote.passage.text[quote.start - quote.passage.start : quote.end - quote.passage.start] == quote.text == LOCKS
    )


@pytest.mark.parametrize(
    "text",
    [
        "Which lock is closed for repairs of the gates this winter?",
        "- the lock at the bridge that is closed for repairs all winter.",
        "Only: yes.",
        "| Lock | Closed | Reopens |\n|---|---|---|\n| Tarrow Bridge | November | April |",
    ],
)
def test_questions_items_fragments_and_rows_are_no_sentences(
    text: str, extractor: Extractor, source: Callable[..., Source]
) -> None:
    assert _texts(extractor, [source(f"{LOCKS}\n\n{text}")], 5) == [LOCKS]


def test_where_there_is_no_whole_sentence_lines_are_taken_and_rows_are_not(
    extractor: Extractor, source: Callable[..., Source]
) -> None:
    assert _texts(extractor, [source("Lock repairs at Tarrow Bridge all winter")], 5) != []
    assert _texts(extractor, [source("| Lock | Closed | Reopens |\n|---|---|---|\n| Bridge | May | June |")], 5) == []
    assert _texts(extractor, [], 5) == []


def test_what_is_refused_is_passed_over(extractor: Extractor, source: Callable[..., Source]) -> None:
    quotes = extractor.extract([source(f"{LOCKS} {OPEN}")], 2, allows=lambda text: text != LOCKS)
    assert [quote.text for quote in quotes] == [OPEN]


def test_of_a_long_document_all_passages_can_be_heard(extractor: Extractor, source: Callable[..., Source]) -> None:
    sources = [
        source(" ".join(f"Sentence {at} of part {n} tells about lock {at} and bridge {n}." for at in range(20)), n=n)
        for n in range(1, 41)
    ]
    chosen = extractor.extract(sources, 8)
    assert len(chosen) == 8
    assert [quote.n for quote in chosen] == sorted(quote.n for quote in chosen)


@given(sentences=st.integers(1, 6), copies=st.integers(1, 4))
def test_never_more_than_asked_and_nothing_twice(sentences: int, copies: int) -> None:
    from tests.assistant.summarising.counted import CountedWords, source_of

    sources = [source_of(f"{LOCKS} {OPEN} {CAKE}", n) for n in range(copies)]
    texts = [quote.text for quote in Extractor(CountedWords()).extract(sources, sentences)]
    assert len(texts) == min(sentences, 3)
    assert len(set(texts)) == len(texts)
