from dataclasses import replace

import pytest

from assistant.answered import Answered
from assistant.conversations import Choices
from assistant.data_sets.rows import GoldSource, Row
from assistant.desk import Desk
from assistant.prompts import PromptError, UnknownPrompt
from assistant.summarising import SummaryError, instruction
from assistant.summarising.instruction import sentences_of

LICENCES = "boat-licences.md"


def test_a_document_of_the_desk_is_summarised_from_itself_alone(sample_desk: Desk) -> None:
    document = sample_desk.summarising.document(LICENCES, "samples")
    answered = Answered(question="")
    for event in sample_desk.summarising.summarise(document, sentences=4):
        answered.add(event)
    assert len(answered.quotes) == 4
    assert {source.passage.document for source in answered.sources} == {LICENCES}
    version = sample_desk.catalogue.version(answered.quotes[0].passage.version_id)
    assert version is not None
    for quote in answered.quotes:
        assert " ".join(version.text[quote.start : quote.end].split()) == quote.text


def test_a_row_is_of_a_whole_document_or_of_what_its_sources_quote(sample_desk: Desk) -> None:
    row = Row(id="1", question=instruction(LICENCES), sources=(GoldSource(document=LICENCES),))
    whole = sample_desk.summarising.passages(row)
    assert [passage.ordinal for passage in whole] == list(range(len(whole)))
    quoted = GoldSource(document=LICENCES, quote=whole[2].text)
    assert sample_desk.summarising.passages(replace(row, sources=(quoted,))) == [whole[2]]
    assert sample_desk.summarising.passages(replace(row, sources=(GoldSource(document="gone.md"),))) == []


def test_what_cannot_be_summarised_is_one_sentence(sample_desk: Desk) -> None:
    summarising = sample_desk.summarising
    with pytest.raises(SummaryError, match=r"There is no document “gone\.md”"):
        summarising.document("gone.md")
    document = summarising.document(LICENCES)
    for sentences in (0, 21):
        with pytest.raises(SummaryError, match="1 to 20 sentences"):
            summarising.summarise(document, sentences=sentences)
    with pytest.raises(SummaryError, match="not on the desk any more"):
        summarising.summarise(replace(document, id=0))


def test_the_prompt_for_summaries_answers_no_question(sample_desk: Desk) -> None:
    assert "summary" not in sample_desk.prompts.names()
    assert sample_desk.prompts.load("summary").system
    with pytest.raises(UnknownPrompt, match="answers no question"):
        sample_desk.ask("What is this?", choices=Choices(backend="local", prompt="summary"))
    with pytest.raises(UnknownPrompt, match="is for summaries"):
        sample_desk.prompts.set_default("summary")
    with pytest.raises(PromptError):
        sample_desk.prompts.save("summary", "no prompt")


@pytest.mark.parametrize("sentences", [1, 5, 12])
def test_how_long_it_is_to_be_stands_in_what_asks_for_it(sentences: int) -> None:
    assert sentences_of(instruction("a.md", sentences)) == sentences
    assert sentences_of("Summarise it.") == 5
