import pytest

from assistant.preferences import Preferences
from assistant.prompts import QUOTE, PromptError, Prompts, UnknownPrompt, load_prompt, parse_prompt, prompt_names
from ingest.catalogue import Catalogue

TEXT = """---
label: A short answer
description: In one sentence
---
# System
Answer in one sentence.

# Question
{passages}

Question: {question}
"""


@pytest.fixture
def prompts(catalogue: Catalogue) -> Prompts:
    return Prompts(catalogue, Preferences(catalogue), default="quote")


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
def test_a_name_that_is_no_prompt_is_said_with_those_there_are(name: str, prompts: Prompts) -> None:
    with pytest.raises(UnknownPrompt, match="direct"):
        load_prompt(name)
    with pytest.raises(UnknownPrompt, match="direct"):
        prompts.load(name)


def test_examples_are_exchanges_that_cite_or_abstain() -> None:
    examples = load_prompt("few-shot").examples
    assert len(examples) >= 2
    assert all("[1]" in asked and "Question:" in asked for asked, _ in examples)
    assert all("[" in answered or answered == "Not in the documents." for _, answered in examples)


@pytest.mark.parametrize(
    ("changed", "to", "said"),
    [
        ("---\nlabel", "label", "begins with a head"),
        ("label: A short answer\n", "", "“label”"),
        ("description", "descripton", "no line of a prompt's head"),
        ("# System\nAnswer in one sentence.\n\n", "", "“# System”"),
        ("# System", "# Sytem", "outside its sections"),
        ("{passages}", "{pasages}", r"\{passages\} once"),
        ("{question}", "{question} {question}", r"\{question\} once"),
        ("{passages}\n\nQuestion: {question}", "{question}\n\n{passages}", "before"),
        ("# Question", "# Example\nWhat?\n\n# Question", "“# Example answer”"),
    ],
)
def test_what_a_prompt_lacks_is_said(prompts: Prompts, changed: str, to: str, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        prompts.save("direct", TEXT.replace(changed, to))
    assert [version.id for version in prompts.versions("direct")] == ["direct@1"]


def test_a_heading_of_its_own_stays_in_a_section() -> None:
    prompt = parse_prompt("mine", TEXT.replace("one sentence.\n", "one sentence.\n\n# Style\nBe kind.\n"))
    assert prompt.system == "Answer in one sentence.\n\n# Style\nBe kind."


def test_versions_go_on_where_the_files_end_and_stay_what_they_were(prompts: Prompts) -> None:
    second = prompts.save("direct", TEXT)
    assert (second.id, second.prompt.version, prompts.load("direct").system) == (
        "direct@2",
        "2",
        "Answer in one sentence.",
    )
    assert prompts.save("direct", TEXT.replace("---\nlabel", "---\nversion: 9\nlabel", 1)).id == "direct@2"
    assert prompts.load("direct@1") == load_prompt("direct")
    assert prompts.restore("direct@1").id == "direct@3"
    restored = prompts.load("direct")
    assert (restored.version, restored.system) == ("3", load_prompt("direct").system)
    assert [version.id for version in prompts.versions("direct")] == ["direct@3", "direct@2", "direct@1"]
    with pytest.raises(UnknownPrompt, match="direct@3, direct@2, direct@1"):
        prompts.load("direct@7")


def test_the_difference_of_two_versions_is_told_by_lines(prompts: Prompts) -> None:
    prompts.save("direct", TEXT)
    lines = prompts.difference("direct@1", "direct@2")
    assert "+Answer in one sentence." in lines
    assert any(line.startswith("-Answer the question from the numbered passages only.") for line in lines)


def test_a_new_prompt_can_be_chosen_by_its_name(prompts: Prompts) -> None:
    assert prompts.save("one-sentence", TEXT).id == "one-sentence@1"
    assert prompts.names() == [*prompt_names(), "one-sentence"]
    for name in ("Quote me", "a/b", ""):
        with pytest.raises(PromptError, match="name"):
            prompts.save(name, TEXT)
    with pytest.raises(PromptError, match="without a model"):
        prompts.save(QUOTE, TEXT)


def test_the_default_is_the_setting_until_somebody_chooses(prompts: Prompts, catalogue: Catalogue) -> None:
    assert prompts.default == "quote"
    prompts.save("direct", TEXT)
    prompts.set_default("direct@2")
    assert Prompts(catalogue, Preferences(catalogue), default="quote").default == "direct@2"
    with pytest.raises(UnknownPrompt):
        prompts.set_default("nonsense")
    prompts.set_default(None)
    assert prompts.default == "quote"


def test_a_default_that_is_gone_leaves_the_setting(prompts: Prompts, catalogue: Catalogue) -> None:
    Preferences(catalogue).set("prompt", "of-another-version@4")
    assert prompts.default == "quote"
