"""Several people at the local model at once."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from models.packaged import UNTOUCHED
from tests.pages.actions import answered, ask, figures

pytestmark = pytest.mark.browser

Serve = Callable[..., str]

QUESTION = "How much is the allowance for the duty phone?"


@pytest.fixture(scope="module")
def local_address(browser: Browser, serve_all: Serve) -> str:
    """A desk that answers with the local model, loaded."""
    address = serve_all(
        samples=True,
        REFDESK_ANSWER__PROMPT="direct",
        REFDESK_ANSWER__MAX_TOKENS="300",
        REFDESK_LOCAL__MODEL=UNTOUCHED,  # it writes on and on, so that somebody has to wait
    )
    somebody = browser.new_context()
    page = somebody.new_page()
    page.goto(address)
    ask(page, "Who is on duty at the weekend?")
    answered(page)
    somebody.close()
    return address


@pytest.fixture
def address(page: Page, local_address: str) -> str:
    """That desk, open on the page."""
    page.goto(local_address)
    return local_address


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
    answered(page)
    answered(other)
    expect(other.get_by_text(f"Draft by {UNTOUCHED}")).to_be_visible()


@pytest.mark.parametrize("leaves", ["stop", "close"])
def test_who_stops_or_leaves_frees_the_other_and_is_answered_again(page: Page, other: Page, leaves: str) -> None:
    ask(page, QUESTION)
    expect(page.locator(".draft").first).to_be_visible()
    ask(other, QUESTION)
    waiting = other.get_by_text("Waiting: 1 before you …")
    expect(waiting).to_be_visible()
    if leaves == "stop":
        page.get_by_role("button", name="Stop").first.click()
    else:
        page.close()
    left = time.monotonic()
    expect(waiting).to_have_count(0)
    # Not a speed but a promise: the whole answer would have taken several seconds more.
    assert time.monotonic() - left < 2
    answered(other)
    if leaves == "stop":
        answered(page)
        expect(figures(page)).to_contain_text("stopped")
        assert page.locator(".draft").inner_text()  # what was written is kept
        page.get_by_text("Quotes, at once").click()
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        ask(page, "What do I do if oil gets into the canal?")
        answered(page, times=2)
        expect(page.locator(".draft")).to_have_count(1)
        expect(page.get_by_role("button", name="Ask again").last).to_be_in_viewport()  # the page follows


def test_the_next_question_ends_the_answer_that_is_being_written(page: Page, address: str) -> None:
    ask(page, QUESTION)
    expect(page.locator(".draft").first).to_be_visible()
    ask(page, "What do I do if oil gets into the canal?")
    answered(page, times=2)
    expect(figures(page).first).to_contain_text("stopped")
    expect(figures(page).last).not_to_contain_text("stopped")
    expect(page.locator(".draft")).to_have_count(2)


def test_another_window_of_the_same_person_waits_for_the_answer_that_is_being_written(page: Page, address: str) -> None:
    ask(page, QUESTION)
    expect(page.locator(".draft").first).to_be_visible()
    beside = page.context.new_page()
    beside.goto(page.url)
    expect(beside.get_by_text("This answer is being written in another window.")).to_be_visible()
    answered(beside)
    expect(beside.get_by_text("cut off")).to_have_count(0)
