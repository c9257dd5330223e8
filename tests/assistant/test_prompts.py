import pytest

from assistant.prompts import QUOTE, UnknownPrompt, load_prompt, prompt_names


def test_quote_comes_first_and_the_four_ways_to_answer_are_there() -> None:
    assert prompt_names() == [QUOTE, "direct", "few-shot", "step-by-step"]


@pytest.mark.parametrize("name", prompt_names())
def test_every_prompt_says_what_it_is(name: str) -> None:
    prompt = load_prompt(name)
    assert prompt.version
    assert prompt.label
    assert prompt.description


@pytest.mark.parametrize("name", prompt_names()[1:])
def test_a_models_prompt_puts_the_question_last(name: str) -> None:
    prompt = load_prompt(name)
    assert prompt.system
    assert prompt.question.index("{passages}") < prompt.question.index("{question}")


@pytest.mark.parametrize("name", ["nonsense", "../settings"])
def test_a_name_that_is_no_prompt_is_said_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownPrompt, match="direct"):
        load_prompt(name)


def test_examples_are_exchanges_that_cite_or_abstain() -> None:
    examples = load_prompt("few-shot").examples
    assert len(examples) >= 2
    assert all("[1]" in asked and "Question:" in asked for asked, _ in examples)
    assert all("[" in answered or answered == "Not in the documents." for _, answered in examples)
