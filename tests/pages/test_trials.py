"""A share of new conversations is answered in another way, from the page that says so to the thumb that counts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.actions import answered, ask, begin_anew

pytestmark = pytest.mark.browser

QUESTION = "How much is the allowance for the duty phone?"


def test_new_conversations_are_drawn_and_their_thumbs_counted(page: Page, serve: Callable[..., str]) -> None:
    address = serve(samples=True, REFDESK_BACKEND="scripted", REFDESK_ANSWER__MAX_TOKENS="3")
    page.goto(f"{address}/evaluation?section=Trials")
    share = page.get_by_role("slider", name="Share of new conversations")
    share.focus()
    page.keyboard.press("End")
    page.get_by_role("combobox", name="Challenger").click()
    page.get_by_role("option", name="scripted").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("95% of new conversations")).to_be_visible()

    page.goto(address)
    in_short = page.get_by_role("radio", name="A short answer")
    for _ in range(8):  # 95 % each: in vain once in 25 thousand million
        if in_short.is_checked():
            break
        begin_anew(page)
    expect(in_short).to_be_checked()
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("radio", name="Thumbs up").click()
    expect(page.get_by_role("radio", name="Thumbs up")).to_be_checked()
    begin_anew(page)  # by now the desk has the thumb

    page.goto(f"{address}/evaluation?section=Trials")
    expect(page.get_by_text("1 conversation · 1 answer · 1 up · 0 down")).to_be_visible()
    page.get_by_role("button", name="End").click()
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    page.goto(address)
    begin_anew(page)
    expect(page.get_by_role("radio", name="A short answer")).not_to_be_checked()
