from hypothesis import given
from hypothesis import strategies as st

from assistant.summarising.sections import MOST_TOKENS, sections_of
from models.backend import Message
from models.scripted import ScriptedBackend
from tests.assistant.summarising.counted import source_of

ASKED = [Message(role="user", content="Summarise it.")]


@given(lengths=st.lists(st.integers(1, 2000), min_size=1, max_size=40))
def test_all_of_a_document_is_in_its_sections_in_order_and_each_has_room(lengths: list[int]) -> None:
    backend = ScriptedBackend()
    sources = [source_of("word " * length, n) for n, length in enumerate(lengths, start=1)]
    sections = sections_of(sources, backend, asked=ASKED, answer_tokens=100)
    assert [source.n for section in sections for source in section] == list(range(1, len(lengths) + 1))
    for section in sections:
        said = [Message(role="user", content=source.passage.text) for source in section]
        assert backend.count_tokens(said) <= MOST_TOKENS
    assert len(sections) <= max(1, (len(sources) + 1) // 2)  # with each round there are fewer


def test_what_fits_is_one_section_and_stays_as_it_is() -> None:
    sources = [source_of("Some words.", n) for n in (1, 2)]
    assert sections_of(sources, ScriptedBackend(), asked=ASKED, answer_tokens=100) == [sources]
