"""Documents as the keeper brings them: a real server, a real Chromium."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import SAMPLES
from tests.pages.actions import ask, upload

pytestmark = pytest.mark.browser

Serve = Callable[..., str]


def test_files_go_in_on_the_documents_page_each_with_its_outcome(page: Page, serve: Serve, tmp_path: Path) -> None:
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04 this is no archive")
    address = serve()
    page.goto(f"{address}/documents")
    upload(page, [SAMPLES / "documents" / "boat-licences.md", broken])
    page.get_by_role("button", name="Add to the desk").click()
    outcomes = page.locator("table.files").first
    expect(outcomes).to_contain_text(re.compile(r"boat-licences\.md.*added, \d+ passages"), timeout=120_000)
    expect(outcomes).to_contain_text("“broken.docx”")
    expect(page.get_by_role("heading", name="On the desk: 1")).to_be_visible()

    page.goto(address)
    ask(page, "What does a licence cost for a canoe?")
    expect(page.locator(".quote").first).to_contain_text("£")
    page.get_by_role("button", name=re.compile(r"^\[1\] boat-licences\.md")).first.click()
    expect(page.get_by_role("dialog").locator("mark")).to_contain_text("£")
