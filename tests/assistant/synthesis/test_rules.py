from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.events import Source
from assistant.synthesis.drafts import Draft, sentences_of
from assistant.synthesis.rules import answers_in, drafts_of

Drafted = Callable[..., list[Draft]]

# A sentence, the question that is made of it, and the answer.
MADE = [
    ("You must submit your timesheet within 5 working days of the end of the month.",
     "Within how many working days of the end of the month must I submit my timesheet?", "5 working days"),
    ("Members of the library may borrow up to eight books for three weeks.",
     "How many books may members of the library borrow for three weeks?", "up to eight books"),
    ("The duty phone allowance is £165 for a week.", "How much is the duty phone allowance for a week?", "£165"),
    ("A day licence costs £12 for a canoe.", "How much does a day licence cost for a canoe?", "£12"),
    ("Warsaw's first stock exchange was established in 1817 and continued until World War II.",
     "When was Warsaw's first stock exchange established?", "1817"),
    ("In 1186, Temüjin was elected khan of the Mongols.", "When was Temüjin elected khan of the Mongols?", "1186"),
    ("The reading room stays open until 20.00 on weekdays.",
     "Until when does the reading room stay open on weekdays?", "20.00"),
    ("Polonia's home venue is located at Konwiktorska Street, a walk north from the Old Town.",
     "Where is Polonia's home venue located?", "Konwiktorska Street"),
    ("The first Methodist clergy were ordained by John Wesley, a priest.",
     "Who were the first Methodist clergy ordained by?", "John Wesley"),
    ("The finance team approves expenses over £500.", "Who approves expenses over £500?", "The finance team"),
    ("The entire conflict is known as the Seven Years' War.",
     "What is the entire conflict known as?", "the Seven Years' War"),
    ("Docker Hub is a cloud-based registry for containers, and is free.",
     "What is Docker Hub?", "a cloud-based registry for containers"),
    ("The Trust reports to the Acquisition Services Fund (ASF) each year.",
     "What does ASF stand for?", "Acquisition Services Fund"),
    ("The lock gates are inspected every 6 months by our engineers.",
     "How often are the lock gates inspected by our engineers?", "every 6 months"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "question", "answer"), MADE)
def test_a_plain_sentence_becomes_a_question(drafted: Drafted, sentence: str, question: str, answer: str) -> None:
    assert (question, answer) in [(draft.question, draft.answer) for draft in drafted(sentence)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Lights up the whole reading room until late in the evening.",
        "Is the reading room open until 20.00 on every weekday?",
        "Long after the sect was suppressed by Francis I it went on.",
        "There are 12 members of the team at present.",
        "The group bought 308 of the shares that were sold, in 9 lots.",
        "We grew in the following 18 months by a good deal.",
    ],
)
def test_what_is_not_understood_becomes_none(drafted: Drafted, sentence: str) -> None:
    assert drafted(sentence) == []


def test_a_heading_that_asks_is_a_question_once_where_its_section_begins(drafted: Drafted) -> None:
    text = "# How to request leave\n\nWrite to your manager two weeks before you leave. Your manager answers soon."
    [draft] = drafted(text, headings=("How to request leave",))
    assert (draft.question, draft.answer, draft.kind) == ("How do I request leave?", "", "heading")
    assert drafted(text.split("\n\n")[1], headings=("How to request leave",)) == []


def test_a_figure_in_a_table_is_asked_for_by_its_row_and_column(drafted: Drafted) -> None:
    text = "| Kind | Price | Note |\n| --- | --- | --- |\n| A4 colour | 30p | a side |\n| A3 colour | 60p | a side |"
    made = [(draft.question, draft.answer) for draft in drafted(text, header="| Kind | Price | Note |")]
    assert ("What is the price of A3 colour?", "60p") in made


def test_a_sentence_about_a_pronoun_leans(drafted: Drafted) -> None:
    [draft] = drafted("It was rebuilt by the county in 1911.")
    assert (draft.question, draft.leans) == ("When was it rebuilt by the county?", True)


WORDS = st.sampled_from(sorted({word for sentence, _, _ in MADE for word in sentence.split()} | {",", ";", "It"}))


@settings(deadline=None)
@given(said=st.lists(WORDS | st.text(max_size=6), max_size=25))
def test_whatever_a_text_holds_each_answer_stands_in_its_sentence(
    said: list[str], source: Callable[..., Source]
) -> None:
    candidates = sentences_of([source(" ".join(said) + ".").passage])
    for draft in drafts_of(candidates):
        assert draft.question.endswith("?")
        assert " ".join(draft.answer.split()) in " ".join(draft.candidate.text.split())
    for candidate in candidates:
        for _, answer in answers_in(candidate):
            assert answer in " ".join(candidate.text.split())
