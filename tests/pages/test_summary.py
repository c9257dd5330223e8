"""A summary on the Documents page, with the place of each sentence: a real server, a real Chromium."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tables import OutboxRow

pytestmark = pytest.mark.browser


def test_a_document_is_summarised_by_its_own_sentences_or_by_a_model(page: Page, scripted_address: str) -> None:
    _open_document(page, scripted_address, 0, "boat-licences.md")
    page.get_by_role("button", name="Summarise").click()
    summary = page.locator(".st-key-summary")
    expect(summary.locator(".quote")).to_have_count(3)
    page.get_by_role("button", name=re.compile(r"^\[1\] boat-licences\.md")).click()
    expect(page.get_by_role("dialog").locator("mark")).not_to_be_empty()
    page.keyboard.press("Escape")

    _summarise_by_model(page)
    expect(summary.locator(".draft-label")).to_contain_text("Draft by scripted")
    expect(summary.locator(".draft .n").first).to_be_visible()  # the desk has looked up where its words stand


def test_a_summary_ends_with_its_page(page: Page, scripted_server: tuple[str, Path]) -> None:
    address, home = scripted_server
    _open_document(page, address, 8, "staff-handbook.pdf")
    _summarise_by_model(page)
    expect(page.get_by_text(re.compile(r"section 1 of [2-9]", re.I)).first).to_be_visible()
    page.close()
    with Desk(Settings(home=home)) as desk:
        deadline = time.monotonic() + 60
        while not _is_left(desk, "staff-handbook.pdf"):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _is_left(desk: Desk, document: str) -> bool:
    """Whether a summary of a document was ended by a person before it was done, from its trace."""
    with desk.catalogue.session() as session:
        traces = session.scalars(select(OutboxRow.body).where(OutboxRow.kind == "trace"))
        turns = [trace["observations"][0] for trace in traces]
    return any(document in turn["input"] and turn["metadata"]["stopped_by"] == "person" for turn in turns)


def _open_document(page: Page, address: str, at: int, name: str) -> None:
    """Choose the document in row `at` of the Documents page, to be summarised in three sentences."""
    page.goto(f"{address}/documents")
    expect(page.get_by_role("heading", name=re.compile("On the desk"))).to_be_visible()
    table = page.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 35 * (at + 1.5))  # the table is drawn on a canvas
    expect(page.get_by_text(f"Summary of {name}")).to_be_visible()
    page.get_by_role("spinbutton", name="Sentences").fill("3")
    page.get_by_role("spinbutton", name="Sentences").press("Enter")


def _summarise_by_model(page: Page) -> None:
    option = page.get_by_role("option", name="scripted")
    while not option.is_visible():  # a list that is opened while the page is drawn anew closes
        page.get_by_role("combobox", name="Who writes").press("ArrowDown")
        page.wait_for_timeout(500)
    option.click()
    page.get_by_role("button", name="Summarise").click()
