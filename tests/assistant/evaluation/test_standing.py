from assistant.data_sets.rows import GoldSource
from assistant.desk import Desk
from assistant.evaluation.standing import standing


def test_a_quote_is_found_however_its_lines_are_broken(sample_desk: Desk) -> None:
    source = GoldSource(document="staff-handbook.pdf", page=3, quote="The allowance\n is £165  for the week.")
    place = standing(sample_desk.catalogue, source)
    assert place is not None
    assert place.is_found
    view = sample_desk.view(place.version_id, place.start, place.end)
    assert " ".join(view.marked.split()) == "The allowance is £165 for the week."


def test_without_the_quote_the_document_is_shown_from_its_beginning(sample_desk: Desk) -> None:
    place = standing(sample_desk.catalogue, GoldSource(document="staff-handbook.pdf", quote="Nobody wrote this."))
    assert place is not None
    assert (place.is_found, place.start) == (False, 0)
    assert place.end > 0


def test_a_document_that_is_not_here_stands_nowhere(sample_desk: Desk) -> None:
    assert standing(sample_desk.catalogue, GoldSource(document="missing.md", quote="four feet")) is None
