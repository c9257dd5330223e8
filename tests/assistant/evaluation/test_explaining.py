from dataclasses import replace

from assistant.evaluation.explaining import moves, why
from assistant.evaluation.results import Hit
from assistant.evaluation.summaries import Asked
from assistant.events import Span
from assistant.support import Judgement
from tests.assistant.evaluation.examples import ABSTAINED, NO_ANSWER, ROW, asked, result


def _hits(*texts: str) -> tuple[Hit, ...]:
    return tuple(Hit(document="handbook.pdf", text=text, page=3, score=1.0) for text in texts)


def test_a_right_row_whose_source_came_first_needs_no_reason() -> None:
    first = tuple(reversed(result().passages))
    assert why(asked(passages=first)) == []
    assert why(asked()) == ["The first passage that holds an expected source came at 2."]


def test_a_wrong_row_says_what_its_answer_lacks() -> None:
    wrong = asked(answer="Nothing is paid.", passages=_hits("Nothing of it."))
    assert why(wrong) == [
        "The answer holds none of the expected answers.",
        "None of the 1 passages that were found holds the expected source.",
    ]


def test_refusals_and_false_answers_are_told_apart() -> None:
    assert why(asked(**ABSTAINED))[0] == "It was not answered, although the documents answer it."
    assert why(asked(NO_ANSWER))[0] == "It was answered, although the documents do not answer it."
    assert why(asked(NO_ANSWER, **ABSTAINED)) == []


def test_what_stopped_a_row_or_failed_is_told() -> None:
    assert "leak" in why(asked(stopped_by="leak", stop_reason="It holds a key."))[0]
    assert why(asked(error="No route to the server."))[0].endswith("No route to the server.")


def test_sentences_that_no_passage_supports_are_counted() -> None:
    unsupported = Judgement(span=Span(start=0, end=5), supporting=(), score=0.0, reason="nobody says so")
    one = asked(passages=tuple(reversed(result().passages)), judgements=(unsupported,))
    assert why(one) == ["No passage supports a sentence of the answer (groundedness 0.00)."]


def test_moves_are_those_of_the_first_five_passages() -> None:
    before = asked(passages=_hits("a", "b", "c", "d", "e", "f"))
    after = asked(passages=_hits("f", "a", "b", "c", "d", "e"))
    assert [hit.text for hit in moves(before, after).came] == ["f"]
    assert [hit.text for hit in moves(before, after).went] == ["e"]
    assert moves(before, before).came == moves(before, before).went == ()


def test_a_row_without_sources_says_nothing_of_the_ranking() -> None:
    row = replace(ROW, sources=())
    assert why(Asked.of(row, result())) == []
