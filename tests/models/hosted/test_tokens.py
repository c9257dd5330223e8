"""The estimate against a real tokenizer, one that knows little but English."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.backend import Message
from models.hosted.tokens import estimate, estimate_prompt
from models.local import LocalBackend
from tests.conftest import SAMPLES

Count = Callable[[list[Message]], int]
TEXTS = sorted([*(SAMPLES / "sources").iterdir(), *(SAMPLES / "documents").glob("*.md")])


@pytest.fixture(scope="module")
def count(packaged_gguf: Path) -> Iterator[Count]:
    """Counts the tokens that the packaged model really reads."""
    local = LocalBackend(packaged_gguf, context_tokens=8192)
    yield local.count_tokens
    local.close()


def prompt(text: str) -> list[Message]:
    return [Message(role="system", content="Answer from the passages."), Message(role="user", content=text)]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_leans_to_too_many_but_not_by_far(count: Count, path: Path) -> None:
    messages = prompt(path.read_text(encoding="utf-8")[:4000])
    counted = count(messages)
    assert counted <= estimate_prompt(messages) <= 1.5 * counted


@pytest.mark.parametrize(
    "text",
    [
        "钥匙通常在星期三下午交给船库，例外情况须经管理层批准。" * 5,
        "Ключи от лодочного сарая выдаются по средам после обеда. " * 5,
        "กุญแจโรงเรือจะส่งมอบในบ่ายวันพุธ" * 5,
        "नाव घर की चाबियाँ बुधवार दोपहर को दी जाती हैं। " * 5,
        "🚣🏽‍♀️🔑👍" * 20,
        "0123456789 " * 20,
        "a,b;c|d\n" * 20,
    ],
)
def test_no_script_is_taken_for_english(count: Count, text: str) -> None:
    assert estimate_prompt(prompt(text)) >= count(prompt(text))


@given(st.text(), st.text())
def test_more_text_is_not_fewer_tokens(first: str, second: str) -> None:
    assert estimate(first + second) >= max(estimate(first), estimate(second)) - 1
