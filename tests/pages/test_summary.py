"""A summary on the Documents page, with the place of each sentence: a real server, a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_document_is_summarised_by_its_own_sentences_or_by_a_model(page: Page, scripted_address: str) -> None:
    page.goto(f"{scripted_address}/documents")
    expect(page.get_by_role("heading", name=re.compile("On the desk"))).to_be_visible()
    table = page.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 35 * 1.5)  # the first row: the table is drawn on a canvas
    expect(page.get_by_text("Summary of boat-licences.md")).to_be_visible()

    page.get_by_role("spinbutton", name="Sentences").fill("3")
    page.get_by_role("spinbutton", name="Sentences").press("Enter")
    page.get_by_role("button", name="Summarise").click()
    summary = page.locator(".st-key-summary")
    expect(summary.locator(".quote")).to_have_count(3)
    page.get_by_role("button", name=re.compile(r"^\[1\] boat-licences\.md")).click()
    expect(page.get_by_role("dialog").locator("mark")).not_to_be_empty()
    page.keyboard.press("Escape")

    writer = page.get_by_role("combobox", name="Who writes")
    writer.press("ArrowDown")
    page.get_by_role("option", name="scripted").click()
    page.get_by_role("button", name="Summarise").click()
    expect(summary.locator(".draft-label")).to_contain_text("Draft by scripted")
    expect(summary.locator(".draft .n").first).to_be_visible()  # the desk has looked up where its words stand
