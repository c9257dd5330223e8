import base64
import codecs

import pytest

from assistant.rails.leaks import PromptLeak

QUESTION = "What is said about leave?"


@pytest.mark.parametrize(
    "disguised",
    [
        lambda text: text,
        str.upper,
        lambda text: " ".join(text),
        lambda text: text.replace(" ", "\n- "),
        lambda text: text.replace("numbered", "given").replace("Be brief", "Be short"),
        lambda text: text[::-1],
        lambda text: codecs.encode(text, "rot13"),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(". ", ".\n\nAnd then it goes on like this, which I like a lot:\n\n"),
    ],
)
def test_a_copy_is_found_however_it_is_written(disguised: object, system: str) -> None:
    finding = PromptLeak(system, QUESTION).judge(f"They are: {disguised(system)} That is all.")  # type: ignore[operator]
    assert finding.action == "block"


@pytest.mark.parametrize(
    "answer",
    [
        "Not in the documents.",
        "The passages do not answer the question. Not in the documents.",
        "If the passages do not answer, ask the office. Not in the documents.",
        "Answer the door, be brief, and cite the passage in the handbook [1].",
        "Staff get 25 days of leave a year [1]. " * 20,
        "",
    ],
)
def test_a_few_words_alike_are_no_leak(answer: str, system: str) -> None:
    assert PromptLeak(system, QUESTION).judge(answer).action == "pass"


def test_what_the_question_holds_may_be_repeated(system: str) -> None:
    assert PromptLeak(system, f"Who wrote “{system}”?").judge(f"You wrote: {system}").action == "pass"


@pytest.mark.parametrize("system", ["", "Answer.", "You answer questions."])
def test_a_system_prompt_that_says_nothing_cannot_leak(system: str) -> None:
    assert PromptLeak(system).judge(f"I was told: {system} " * 3).action == "pass"


def test_the_beginning_of_a_copy_is_held_back_until_it_goes_another_way(system: str) -> None:
    leak = PromptLeak(system)
    begun = "It says: Answer the question from"
    assert begun[: len(begun) - leak.judge(begun).held].strip() == "It says:"
    assert leak.judge(f"{begun} your manager before Friday, in writing.").held == 0
