"""Conversations as people keep them: branches, titles, exports, and nobody else's."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.actions import answered, ask, manage, quotes

pytestmark = pytest.mark.browser

PHONE = "How much is the allowance for the duty phone?"
LEAVE = "How many days of holiday do I get after six years?"


def test_editing_and_asking_again_keeps_both_branches(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    ask(page, PHONE)
    answered(page)
    expect(quotes(page).first).to_contain_text("£165")
    page.get_by_role("button", name="Edit the question").click()
    page.get_by_role("textbox", name="Your question").fill(LEAVE)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    expect(quotes(page).first).to_contain_text("29")
    page.get_by_role("button", name="Earlier version").click()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    expect(quotes(page).first).to_contain_text("£165")
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("3 of 3")).to_be_visible()
    expect(quotes(page).first).to_contain_text("£165")


def test_a_follow_up_shows_what_was_searched_and_survives_a_reload(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    ask(page, "What does the Trust pay if I buy my own safety boots?")
    answered(page)
    ask(page, "And for volunteers?")
    answered(page, times=2)
    expect(page.get_by_text("Searched for: ").first).to_contain_text("boots")
    page.reload()
    answered(page, times=2)
    expect(page.get_by_text("And for volunteers?", exact=True)).to_be_visible()


def test_conversations_are_opened_renamed_exported_and_deleted(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    ask(page, PHONE)
    answered(page)
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    ask(page, LEAVE)
    answered(page)

    page.get_by_role("button", name=PHONE[:20]).click()
    expect(quotes(page).first).to_contain_text("£165")
    manage(page)
    page.get_by_role("textbox", name="Title").fill("Call-outs")
    page.get_by_role("textbox", name="Title").press("Enter")
    expect(page.get_by_role("button", name="Call-outs")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Call-outs")).to_be_visible()
    manage(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Markdown").click()
    exported = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "call-outs.md"
    assert "## How much is the allowance for the duty phone?" in exported
    assert "£165" in exported
    page.get_by_role("button", name="Delete for good").click()
    kept = page.get_by_test_id("stSidebar").get_by_role("button")
    expect(kept.filter(has_text="Call-outs")).to_have_count(0)
    expect(kept.filter(has_text=LEAVE[:20])).to_be_visible()


def test_nobody_sees_another_persons_conversations(page: Page, browser: Browser, sample_address: str) -> None:
    page.goto(sample_address)
    ask(page, PHONE)
    answered(page)
    elsewhere = browser.new_context()
    try:
        stranger = elsewhere.new_page()
        stranger.goto(page.url)
        expect(stranger.get_by_role("heading", name="Ask your documents")).to_be_visible()
        expect(stranger.get_by_role("button", name="New conversation")).to_be_visible()
        expect(stranger.get_by_text(PHONE[:20])).to_have_count(0)
    finally:
        elsewhere.close()
    again = page.context.new_page()
    again.goto(sample_address)
    expect(again.get_by_role("button", name=PHONE[:20])).to_be_visible()


def test_what_is_chosen_while_an_answer_is_written_counts_from_the_next(page: Page, scripted_address: str) -> None:
    page.goto(scripted_address)
    page.get_by_text("A short answer").click()
    ask(page, PHONE)
    expect(page.locator(".draft")).to_be_visible()
    page.get_by_text("Quotes, at once").click()
    answered(page)
    expect(page.locator(".draft")).to_contain_text("Question: How much is the allowance for the duty phone?")
    ask(page, LEAVE)
    answered(page, times=2)
    expect(page.locator(".draft")).to_have_count(1)
