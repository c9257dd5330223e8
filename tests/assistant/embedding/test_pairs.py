from collections.abc import Callable

from assistant.data_sets.rows import GoldSource, Row
from assistant.embedding.pairs import made_pairs, pairs_of_rows
from ingest.embedded import Embedded

LEAVE = "Annual leave is twenty-five days a year for all who work here. Ask the head of your team a month before."
BOATS = "Every boat on the canal needs a licence. The licence costs ninety pounds a year and is paid in spring."


def _row(document: str, quote: str | None = None, *, answerable: bool = True) -> Row:
    source = GoldSource(document=document, quote=quote)
    return Row(id="1", question="How much leave do I get?", sources=(source,), answerable=answerable)


def test_a_row_is_paired_with_the_passage_that_holds_its_quote(passage: Callable[..., Embedded]) -> None:
    passages = [passage(BOATS), passage(LEAVE, headings=("Leave",)), passage(LEAVE, document="other.md")]
    [pair] = pairs_of_rows([_row("folder/a.md", "annual leave is twenty-five days")], passages)
    assert (pair.question, pair.passage) == ("How much leave do I get?", passages[1].text)
    assert pair.passage.startswith("Leave\n")


def test_without_a_quote_only_a_document_of_one_passage_gives_a_pair(passage: Callable[..., Embedded]) -> None:
    two = [passage(BOATS), passage(LEAVE)]
    assert pairs_of_rows([_row("a.md")], two) == []
    assert len(pairs_of_rows([_row("a.md")], two[:1])) == 1


def test_what_cannot_be_answered_gives_no_pair(passage: Callable[..., Embedded]) -> None:
    assert pairs_of_rows([_row("a.md", answerable=False)], [passage(LEAVE)]) == []


def test_a_passage_gives_its_heading_and_a_sentence_of_its_own_as_questions(passage: Callable[..., Embedded]) -> None:
    [heading, sentence] = made_pairs([passage(f"Time off\n{LEAVE}", headings=("Staff", "Time off"))], seed=1)
    assert heading.question == "Time off"
    assert heading.passage == LEAVE
    assert sentence.question in f"Time off {LEAVE}"
    assert (sentence.question in sentence.passage) is False


def test_a_passage_of_one_sentence_without_heading_gives_none(passage: Callable[..., Embedded]) -> None:
    assert made_pairs([passage("A single sentence that stands here alone.")]) == []
