"""Several people at the local model at once."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.actions import answered, ask

pytestmark = pytest.mark.browser

Serve = Callable[..., str]

QUESTION = "How much is the allowance for the duty phone?"


@pytest.fixture
def address(page: Page, serve: Serve) -> str:
    """A desk that answers with the local model, loaded."""
    address = serve(samples=True, REFDESK_ANSWER__PROMPT="direct", REFDESK_ANSWER__MAX_TOKENS="220")
    page.goto(address)
    ask(page, "Who is on duty at the weekend?")
    answered(page)
    return address


@pytest.fixture
def other(browser: Browser, address: str) -> Page:
    """Somebody else's page."""
    page = browser.new_context().new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


def test_both_are_answered_in_turn_and_who_waits_sees_the_place(page: Page, other: Page) -> None:
    ask(page, QUESTION)
    expect(page.get_by_text(re.compile("The model reads|Draft by")).last).to_be_visible()
    ask(other, QUESTION)
    expect(other.get_by_text("Waiting: 1 before you …")).to_be_visible()
    answered(page, times=2)
    answered(other)
    expect(other.get_by_text("Draft by SmolLM2-135M-Instruct")).to_be_visible()


def test_stop_in_one_frees_the_other(page: Page, other: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator(".draft").nth(1)).to_be_visible()
    ask(other, QUESTION)
    waiting = other.get_by_text("Waiting: 1 before you …")
    expect(waiting).to_be_visible()
    page.get_by_role("button", name="Stop").first.click()
    stopped = time.monotonic()
    expect(waiting).to_have_count(0)
    # Not a speed but a promise: the whole answer would have taken several seconds more.
    assert time.monotonic() - stopped < 2
    answered(other)
    answered(page, times=2)
