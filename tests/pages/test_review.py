"""A vote on its way to a row that is learnt from."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.desk import Desk
from assistant.review.reviews import DATA_SET
from assistant.settings import Settings
from tests.pages.actions import answered, ask

pytestmark = pytest.mark.browser

QUESTION = "What does a call-out on the duty phone pay?"
MISSING = "Who composed the opera about the Queen of Sheba's glacier?"


def test_a_vote_becomes_a_row_of_a_data_set(page: Page, serve: Callable[..., str], tmp_path: Path) -> None:
    address = serve(samples=True)
    page.goto(address)
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("radio", name="Thumbs down").click()
    page.get_by_text("Something is missing").click()
    page.get_by_role("textbox", name="A better answer").fill("£165 a week, and <b>£28</b> an hour.")
    page.get_by_role("button", name="Send feedback").click()
    expect(page.get_by_text("What you said is kept")).to_be_visible()

    page.goto(f"{address}/review")
    expect(page.get_by_text("Somebody wrote a better answer.")).to_be_visible()
    expect(page.get_by_text("1 wait · 0 done today")).to_be_visible()
    _press(page, "1", "The right source")
    expect(page.get_by_text("Not the right source")).to_be_visible()
    _press(page, "e", "Correct")
    page.get_by_role("textbox", name="Right answers").fill("£28 an hour for call-outs.")
    page.get_by_role("button", name="Save and approve").click()
    expect(page.get_by_text("Nothing waits for a look.")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("1 wait · 0 done today")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Nothing waits for a look.")).to_be_visible()

    with Desk(Settings(home=tmp_path / "home")) as desk:
        [item] = desk.data_sets.items(DATA_SET)
    assert (item.state, item.origin) == ("approved", "feedback")
    assert item.row.question == QUESTION
    assert item.row.answers == ("£165 a week, and <b>£28</b> an hour.",)
    assert len(item.row.sources) == 1


def test_where_it_went_wrong_stands_beside_the_vote_and_is_corrected_by_keys(
    page: Page, serve: Callable[..., str], tmp_path: Path
) -> None:
    address = serve(samples=True)
    page.goto(address)
    ask(page, MISSING)
    answered(page)
    page.get_by_role("radio", name="Thumbs down").click()

    page.goto(f"{address}/review")
    fault = page.locator(".verdict")
    expect(fault).to_have_text("No document on the desk answers this")
    expect(page.get_by_text("Nothing on the desk seems to answer it")).to_be_visible()
    expect(page.get_by_text("It is on the list of what is missing")).to_be_visible()
    _press(page, "d", "Something else")
    _press(page, "5", "It was refused")
    expect(fault).to_have_text("It was refused, though the documents answer it")
    expect(page.get_by_text("as somebody has said")).to_be_visible()
    with Desk(Settings(home=tmp_path / "home")) as desk:
        [corrected] = desk.diagnoses.all()
    assert (corrected.fault, corrected.found) == ("wrongly-refused", "not-on-the-desk")
    _press(page, "u", "Undo")
    expect(fault).to_have_text("No document on the desk answers this")
    _press(page, "y", "That is it")
    expect(page.get_by_text("as somebody has said")).to_be_visible()

    page.goto(f"{address}/documents")
    expect(page.get_by_role("heading", name="Asked, and not in the documents: 1")).to_be_visible()
    expect(page.locator(".missing")).to_contain_text(MISSING)
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", name="Asked, and not in the documents: 0")).to_be_visible()
    page.get_by_role("button", name="Put the last one back").click()
    expect(page.locator(".missing")).to_contain_text("asked once")


def test_a_thumb_without_a_better_answer_says_what_is_wanted(page: Page, serve: Callable[..., str]) -> None:
    address = serve(samples=True)
    page.goto(address)
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("radio", name="Thumbs down").click()
    page.goto(f"{address}/review")
    expect(page.get_by_text("E: write the right answer.")).to_be_visible()
    _press(page, "1", "The right source")
    expect(page.get_by_text("Any answer that rests on this source.")).to_be_visible()


def _press(page: Page, key: str, button: str) -> None:
    """Press a key once the button is there that it stands for: before, nobody hears it."""
    expect(page.get_by_role("button", name=button).first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.keyboard.press(key)
