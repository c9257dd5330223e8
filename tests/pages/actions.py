"""What people do on the pages."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def ask(page: Page, question: str) -> None:
    """Type a question and send it."""
    box = page.get_by_role("textbox", name="Ask the documents")
    box.fill(question)
    box.press("Enter")


def answered(page: Page, *, times: int = 1) -> None:
    """Wait until that many answers have come to their end."""
    expect(page.get_by_role("button", name="Ask again")).to_have_count(times, timeout=120_000)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def quotes(page: Page) -> Locator:
    """All quotes on the page."""
    return page.locator(".quote")


def figures(page: Page) -> Locator:
    """The lines of figures under answers."""
    return page.locator(".figures").filter(has_text=re.compile(r"quoted in \d+ ms"))


def attach(page: Page, path: Path) -> None:
    """Put a file into the question box."""
    with page.expect_response(lambda response: "upload_file" in response.url and response.request.method == "PUT"):
        page.locator("input[type=file]").first.set_input_files(path)
    expect(page.get_by_role("button", name=f"Remove {path.name}")).to_be_visible()


def manage(page: Page) -> None:
    """Open what can be done with the conversation."""
    title = page.get_by_role("textbox", name="Title")
    if not title.is_visible():
        page.get_by_role("button", name="More", exact=True).click()
    expect(title).to_be_visible()
