import pytest

from assistant.prompts import QUOTE, UnknownPrompt, load_prompt, prompt_names


def test_quote_comes_first_and_needs_no_file() -> None:
    assert prompt_names()[0] == QUOTE


@pytest.mark.parametrize("name", prompt_names()[1:])
def test_every_prompt_has_a_version_and_puts_the_question_last(name: str) -> None:
    prompt = load_prompt(name)
    assert prompt.version
    assert prompt.system
    assert prompt.question.index("{passages}") < prompt.question.index("{question}")


@pytest.mark.parametrize("name", ["nonsense", "../settings", QUOTE])
def test_a_name_that_is_no_prompt_is_said_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownPrompt, match="direct"):
        load_prompt(name)
