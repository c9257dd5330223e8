import pytest

from assistant.desk import Desk
from assistant.events import Quote, Source
from assistant.quoting import Weighed, quotes_of


def _weighed(desk: Desk, question: str, *, background: str = "", times: int = 1) -> Weighed:
    found = desk.retriever.search(question, k=8, background=background)
    sources = [Source(n=n, passage=passage) for n, passage in enumerate([*found.passages] * times, start=1)]
    return desk.quoter.weigh(question, found, sources, background=background)


def _quotes(desk: Desk, question: str, *, most: int = 3) -> list[Quote]:
    return quotes_of(_weighed(desk, question), most=most)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long is the tunnel?", "374 yards"),
        ("How much is six months for a boat of 42 feet?", "£445"),
        ("On which days does Dawn Ellery work?", "Wednesday to Sunday"),
        ("What is the keyholder paid for the evening?", "£36"),
    ],
)
def test_the_first_quote_answers_from_a_sentence_or_a_row(sample_desk: Desk, question: str, answer: str) -> None:
    assert answer in _quotes(sample_desk, question)[0].text


@pytest.mark.parametrize(
    "question",
    ["Which quasar is the farthest from Andromeda?", "Who composed the opera Tosca?", "zxqv wvut", ""],
)
def test_what_the_documents_never_mention_is_not_quoted(sample_desk: Desk, question: str) -> None:
    assert _quotes(sample_desk, question) == []


def test_nothing_is_quoted_from_nothing(sample_desk: Desk) -> None:
    found = sample_desk.retriever.search("How long is the tunnel?", k=8)
    weighed = sample_desk.quoter.weigh("How long is the tunnel?", found, [])
    assert quotes_of(weighed, most=3) == []
    assert weighed.confidence == 0


def test_quotes_are_the_documents_own_words_best_first(sample_desk: Desk) -> None:
    quotes = _quotes(sample_desk, "How many days of holiday do I get after six years?", most=5)
    assert 1 < len(quotes) <= 5
    assert [quote.score for quote in quotes] == sorted((quote.score for quote in quotes), reverse=True)
    assert all(0 < quote.score <= 1 for quote in quotes)
    for quote in quotes:
        inside = quote.passage.text[quote.start - quote.passage.start : quote.end - quote.passage.start]
        assert quote.text.split()[0].strip("|") in inside


def test_the_same_wording_is_quoted_once(sample_desk: Desk) -> None:
    weighed = _weighed(sample_desk, "How long is the tunnel?", times=2)
    texts = [quote.text for quote in quotes_of(weighed, most=10)]
    assert len(texts) == len(set(texts))


def test_sentences_that_follow_each_other_are_quoted_together_in_reading_order(sample_desk: Desk) -> None:
    quote = _quotes(sample_desk, "How much compassionate leave is there for a grandparent’s funeral?")[0]
    assert quote.text.startswith("When a partner, child, parent, brother or sister dies you have ten days’ paid leave")
    assert "For other relatives and for close friends there are three days." in quote.text
    assert quote.sentence in quote.text
    assert quote.sentence != quote.text
    version = sample_desk.catalogue.version(quote.passage.version_id)
    assert version is not None
    assert " ".join(version.text[quote.start : quote.end].split()) == quote.text


def test_a_quote_of_one_sentence_names_none_as_its_best(sample_desk: Desk) -> None:
    quotes = _quotes(sample_desk, "How long is the tunnel?", most=1)
    assert [quote.sentence for quote in quotes] == [""]


def test_what_a_follow_up_leans_on_tells_which_row_answers(sample_desk: Desk) -> None:
    def first(boat: str) -> str:
        behind = f"What is a year’s licence for a boat of {boat} feet?"
        weighed = _weighed(sample_desk, "And if they only come for a week?", background=behind)
        return quotes_of(weighed, most=1)[0].text

    assert "£79" in first("55")
    assert "£67" in first("40")


def test_rows_of_a_table_are_quoted_each_for_itself(sample_desk: Desk) -> None:
    quotes = _quotes(sample_desk, "How many days of holiday do I get after six years?", most=5)
    rows = [quote for quote in quotes if " | " in quote.text]
    assert rows
    assert all(row.header == "Full years of service | Days a year | Hours a year (annualised staff)" for row in rows)
    assert all(row.text.count(" | ") == 2 for row in rows)
