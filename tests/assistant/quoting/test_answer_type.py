import pytest

from assistant.quoting.answer_type import expected


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How long can I be away?", "extent"),
        ("How far ahead must I ask?", "extent"),
        ("How many locks are there?", "measure"),
        ("What does a licence cost?", "money"),
        ("How much can I claim for dinner?", "money"),
        ("How much water does it hold?", "number"),
        ("When is pay day?", "moment"),
        ("Which day of the week is free?", "day"),
        ("What time does it close?", "time"),
        ("What time period does it cover?", "moment"),
        ("Who signs it?", "name"),
        ("Where are the booms?", "place"),
        ("What happens when the alarm rings?", None),
        ("What was he charged with?", None),
        ("What are the fundamentals?", None),
        ("", None),
    ],
)
def test_the_wording_of_a_question_tells_what_it_asks_for(question: str, name: str | None) -> None:
    found = expected(question)
    assert (found and found.name) == name


def test_of_several_sentences_the_last_that_tells_counts() -> None:
    led_up_to = expected("When my grandmother died I was away. How long may I be?")
    follow_up = expected("What does the Trust pay for boots? And for volunteers?")
    assert led_up_to is not None
    assert led_up_to.name == "extent"
    assert follow_up is not None
    assert follow_up.name == "money"


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("How long is the course?", "The target is four minutes.", "It is held twice a year, in April."),
        ("How long is it?", "The tunnel: 374 yards.", "The tunnel has no towpath."),
        ("How quickly do they answer?", "You hear within a week.", "Letters are answered."),
        ("What does it cost?", "It is £7 for a day.", "Form P4 goes in by 1 March."),
        ("How many locks are there?", "There are 24 locks.", "Ring 01632 960144 by 20.30 on 3 May 2026."),
        ("How old must I be at 17 feet?", "The lowest age is eighteen.", "A boat of 17 feet is small."),
        ("When does it open?", "It opens at 9.30.", "It opens soon."),
        ("What time must I be there?", "Be there by 9.30.", "The drill is in April."),
        ("Which day is it?", "It is on Friday 15 January.", "It is in January."),
        ("What is the last date?", "The books close on the 31st.", "The books close at 9.30."),
        ("When were they built?", "They came in the 1850s.", "They came by boat."),
        ("Who leads Works?", "Works is led by Priya Raman.", "Somebody else does."),
        ("Where is it?", "It is at the Toll House.", "It is large."),
    ],
)
def test_a_text_holds_an_answer_of_the_type_or_not(question: str, holds: str, lacks: str) -> None:
    kind = expected(question)
    assert kind is not None
    assert kind.given(holds, question)
    assert not kind.given(lacks, question)
