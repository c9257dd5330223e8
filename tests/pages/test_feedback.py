"""Thumbs as people press them."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.conversations import Vote
from assistant.desk import Desk
from assistant.feedback import VotedTurn
from assistant.settings import Settings
from tests.pages.actions import answered, ask

pytestmark = pytest.mark.browser


QUESTION = "What does a call-out on the duty phone pay?"


def _votes(home: Path) -> list[Vote | None]:
    return [voted.vote for voted in _voted(home, QUESTION)]


def _voted(home: Path, question: str) -> list[VotedTurn]:
    with Desk(Settings(home=home)) as desk:
        return [voted for voted in desk.feedback.votes() if voted.answered.question == question]


def _marks(page: Page, home: Path, question: str, wanted: dict[int, bool] | None) -> bool:
    """Whether that is kept, after a while: the page shows a press before the server has heard of it."""
    for _ in range(120):
        if [voted.marks for voted in _voted(home, question)] == ([] if wanted is None else [wanted]):
            return True
        page.wait_for_timeout(500)
    return False


def test_a_thumb_is_given_explained_changed_and_taken_back(page: Page, sample_server: tuple[str, Path]) -> None:
    address, home = sample_server
    page.goto(address)
    ask(page, QUESTION)
    answered(page)

    page.get_by_role("radio", name="Thumbs down").click()
    page.get_by_text("Something is missing").click()
    page.get_by_role("textbox", name="Comment").fill("Call-outs are paid too.")
    page.get_by_role("textbox", name="A better answer").fill("£165 a week, and £28 an hour for call-outs.")
    page.get_by_role("button", name="Send feedback").click()
    expect(page.get_by_text("What you said is kept")).to_be_visible()
    [vote] = _votes(home)
    assert vote is not None
    assert (vote.value, vote.reasons) == (-1, ("incomplete",))
    assert vote.better_answer == "£165 a week, and £28 an hour for call-outs."

    page.reload()
    expect(page.get_by_text("What you said is kept")).to_be_visible()
    page.get_by_role("radio", name="Thumbs up").click()
    expect(page.get_by_role("radio", name="Thumbs up")).to_be_checked()
    expect(page.get_by_text("What is wrong?")).to_have_count(0)
    [vote] = _votes(home)
    assert vote is not None
    assert (vote.value, vote.reasons) == (1, ())

    page.get_by_role("radio", name="Thumbs up").click()
    expect(page.get_by_text("What you said is kept")).to_have_count(0)
    assert _votes(home) == []


def test_a_source_is_marked_by_keys_marked_otherwise_and_taken_back(
    page: Page, sample_server: tuple[str, Path]
) -> None:
    address, home = sample_server
    question = "How much is the allowance for the duty phone in a week?"
    page.goto(address)
    ask(page, question)
    answered(page)

    right = page.get_by_role("radio", name="Right source").first
    wrong = page.get_by_role("radio", name="Wrong source").first
    page.get_by_role("button", name="[1]").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert _marks(page, home, question, {1: True})
    page.reload()
    expect(right).to_be_checked()

    page.get_by_role("button", name="[1]").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    wrong.click()
    assert _marks(page, home, question, {1: False})
    expect(right).not_to_be_checked()

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "£165" in copied
    assert "[1] staff-handbook.pdf, page" in copied

    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    [voted] = _voted(home, question)
    assert (voted.vote, voted.signals) == (None, {"opened-source": 1, "copied": 1, "asked-again": 1})
    page.get_by_role("button", name="Earlier version").click()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    expect(wrong).to_be_checked()
    wrong.click()
    assert _marks(page, home, question, None)
    expect(wrong).not_to_be_checked()
