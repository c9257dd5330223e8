import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.events import Context, Exchange, Quote, Source
from assistant.limits import Limits
from assistant.prompting import excerpt, fit
from assistant.prompts import Prompt
from ingest.catalogue import Passage
from models.backend import BackendError, Message
from models.scripted import ScriptedBackend

PROMPT = Prompt(
    name="p", version="1", label="P", description="", system="Be brief.", question="{passages}\n\nQuestion: {question}"
)


def _source(n: int, text: str = "Oil is reported at once. Booms are in the chest.") -> Source:
    passage = Passage(
        chunk_id=n, version_id=1, ordinal=n, document="d.md", collection="c", format="md", title=None,
        page_starts=(), headings=("Pollution",), header=None, text=text, start=100 * n, end=100 * n + len(text),
    )  # fmt: skip
    return Source(n=n, passage=passage)


def _quote(source: Source) -> Quote:
    return Quote(
        n=source.n,
        passage=source.passage,
        text="x",
        start=source.passage.start,
        end=source.passage.start + 5,
        score=1.0,
    )


def _fit(context: Context | None = None, *, sources: int = 5, question: str = "Why?", limits: Limits | None = None):  # type: ignore[no-untyped-def]
    found = [_source(n) for n in range(1, sources + 1)]
    return fit(
        prompt=PROMPT, question=question, sources=found, quotes=[_quote(found[1])], context=context or Context(),
        backend=ScriptedBackend(), limits=limits or Limits(max_tokens=100),
    )  # fmt: skip


def _exchange(words: int, *numbers: int) -> Exchange:
    text = "word " * words
    return Exchange(
        user=Message(role="user", content=text), assistant=Message(role="assistant", content=text), numbers=numbers
    )


def test_a_first_question_comes_with_the_quoted_passage_and_the_best_ranked() -> None:
    fitted = _fit()
    assert fitted.numbers == (2, 1, 3)
    assert fitted.messages[0] == Message(role="system", content="Be brief.")
    assert fitted.messages[-1].content.endswith("Question: Why?")
    assert "[2] Pollution: Oil is reported" in fitted.messages[-1].content


def test_a_passage_that_was_read_is_not_given_again_but_can_be_cited() -> None:
    context = Context(exchanges=(_exchange(5, 1, 2, 3),), prompt="p")
    fitted = _fit(context)
    assert fitted.numbers == ()
    assert fitted.citable == (1, 2, 3)
    assert fitted.messages[-1].content == "Question: Why?"


def test_a_question_that_follows_brings_as_many_new_passages_as_the_limits_let_through() -> None:
    context = Context(exchanges=(_exchange(5, 1, 2, 3),), prompt="p")
    assert _fit(context, limits=Limits(following_passages=5)).numbers == (4, 5)
    assert _fit(context, limits=Limits(following_passages=1)).numbers == ()


def test_what_another_prompt_was_asked_is_not_carried_on() -> None:
    context = Context(exchanges=(_exchange(5, 1, 2, 3),), prompt="other")
    assert _fit(context).kept == ()


def test_a_question_too_long_for_the_model_is_said_so() -> None:
    with pytest.raises(BackendError, match="too long"):
        _fit(question="why " * 5000)


@given(st.lists(st.integers(0, 900), max_size=12), st.integers(1, 3000))
def test_prompt_and_answer_always_fit_and_the_newest_exchanges_are_kept(sizes: list[int], answer: int) -> None:
    exchanges = tuple(_exchange(size, number) for number, size in enumerate(sizes))
    fitted = _fit(Context(exchanges=exchanges, prompt="p"), limits=Limits(max_tokens=answer))
    backend = ScriptedBackend()
    assert backend.count_tokens(fitted.messages) + answer <= backend.info.context_tokens
    assert fitted.kept == exchanges[len(exchanges) - len(fitted.kept) :]


@given(st.text(min_size=1, max_size=900), st.integers(0, 900), st.integers(20, 400))
def test_an_excerpt_is_short_and_holds_its_centre(text: str, at: int, chars: int) -> None:
    source = _source(1, text)
    start = source.passage.start + min(at, len(text) - 1)
    quote = Quote(n=1, passage=source.passage, text="", start=start, end=start + 1, score=1)
    assert len(excerpt(source, [quote], chars)) <= chars + len("Pollution: ") + 1


def test_braces_in_passages_and_questions_stay_as_they_are() -> None:
    asked = PROMPT.ask("What is {question}?", [(1, "Use {passages} and {question}.")])
    assert asked == "[1] Use {passages} and {question}.\n\nQuestion: What is {question}?"
