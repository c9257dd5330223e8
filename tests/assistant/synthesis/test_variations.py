from collections.abc import Callable
from dataclasses import replace

from assistant.events import Source
from assistant.synthesis.drafts import Draft, sentences_of
from assistant.synthesis.rules import drafts_of
from assistant.synthesis.variations import Subject, can_be_swapped, follow_ups, unanswerable

TEXT = "The pump house was built in 1911 by the county. It was rebuilt by a trust in 1954. The pump house has 14 pumps."


def _follow_ups(
    source: Callable[..., Source], text: str, change: Callable[[Draft], Draft] = lambda draft: draft
) -> list[Draft]:
    candidates = sentences_of([source(text).passage])
    return list(follow_ups([change(draft) for draft in drafts_of(candidates)], candidates))


def test_a_follow_up_leans_on_the_sentence_before(source: Callable[..., Source]) -> None:
    found = {draft.question: [said.content for said in draft.history] for draft in _follow_ups(source, TEXT)}
    assert found["When was it rebuilt by a trust?"] == [
        "What is said about the pump house?",
        "The pump house was built in 1911 by the county.",
    ]
    assert found["How many pumps does it have?"][0] == "When was the pump house built by the county?"


def test_nobody_follows_up_on_another_thing_or_on_one_that_is_not_known(source: Callable[..., Source]) -> None:
    assert _follow_ups(source, "The pump house was built in 1911. The Trust has 14 members in all.") == []
    named = [
        draft
        for draft in _follow_ups(source, TEXT, lambda draft: replace(draft, subject=""))
        if "rebuilt" not in draft.question
    ]
    assert named == []


def test_a_question_is_asked_of_another_thing_that_does_the_same(source: Callable[..., Source]) -> None:
    [draft] = drafts_of(sentences_of([source("Marsh Lock has 8 gates of oak.").passage]))
    assert can_be_swapped(draft)
    others = [
        Subject(name="Brindle Lock", verbs=frozenset({"have"})),
        Subject(name="Harriet Vane", verbs=frozenset({"write"})),
        Subject(name="Marsh Lock", verbs=frozenset({"have"})),
    ]
    [swapped] = unanswerable(draft, others, seed=0)
    assert (swapped.question, swapped.answer, swapped.answerable) == (
        "How many gates of oak does Brindle Lock have?",
        "",
        False,
    )
    assert draft.question in swapped.notes[0]
