from hypothesis import given
from hypothesis import strategies as st

from assistant.events import Context

said = st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": st.text()}))


def test_a_conversation_is_told_by_its_wording() -> None:
    history = [
        {"role": "user", "content": "Who does first aid?"},
        {"role": "assistant", "content": "Stuart Blakey."},
        {"role": "user", "content": "Where?"},
    ]
    context = Context.of(history)
    assert context.questions == ("Who does first aid?", "Where?")
    assert context.answers == ("Stuart Blakey.", "")


@given(said)
def test_every_question_has_its_answer_or_none(history: list[dict[str, str]]) -> None:
    context = Context.of(history)
    assert len(context.questions) == len(context.answers)
    assert list(context.questions) == [part["content"] for part in history if part["role"] == "user"]
