"""What people do on the pages."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, Response, expect
from playwright.sync_api import TimeoutError as TimedOut


def ask(page: Page, question: str) -> None:
    """Type a question and send it."""
    box = page.get_by_role("textbox", name="Ask the documents")
    box.fill(question)
    box.press("Enter")


def answered(page: Page, *, times: int = 1) -> None:
    """Wait until that many answers have come to their end."""
    expect(page.get_by_role("button", name="Ask again")).to_have_count(times, timeout=120_000)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def begin_anew(page: Page) -> None:
    """Open a new conversation, and wait until it is there."""
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def quotes(page: Page) -> Locator:
    """All quotes on the page."""
    return page.locator(".quote")


def figures(page: Page) -> Locator:
    """The lines of figures under answers."""
    return page.locator(".figures").filter(has_text=re.compile(r"quoted in \d+ ms"))


def upload(page: Page, paths: list[Path]) -> None:
    """Put files into the box of the Documents page, and wait until the server has them."""
    arrived: list[str] = []
    page.on("response", lambda response: arrived.append(response.url) if _is_upload(response) else None)
    page.locator("input[type=file]").set_input_files(paths)
    for path in paths:
        expect(page.get_by_text(path.name, exact=True)).to_be_visible()
    while len(arrived) < len(paths):
        page.wait_for_timeout(50)


def choose(page: Page, label: str, option: str) -> None:
    """Take an option of a list. Where the page is drawn again just then, the list closes: it is opened once more."""
    wanted = page.get_by_role("option", name=option)
    for _ in range(10):
        page.get_by_role("combobox", name=label).click()
        try:
            wanted.click(timeout=5_000)
        except TimedOut:
            page.keyboard.press("Escape")
        else:
            return
    raise AssertionError(f"“{option}” cannot be chosen for “{label}”")


def attach(page: Page, path: Path) -> None:
    """Put a file into the question box."""
    with page.expect_response(_is_upload):
        page.locator("input[type=file]").first.set_input_files(path)
    expect(page.get_by_role("button", name=f"Remove {path.name}")).to_be_visible()


def manage(page: Page) -> None:
    """Open what can be done with the conversation."""
    title = page.get_by_role("textbox", name="Title")
    if not title.is_visible():
        more = page.get_by_role("button", name="More", exact=True)
        expect(more).to_have_count(1)  # while another conversation is opened, that of the one before is still there
        more.click()
    expect(title).to_be_visible()


def _is_upload(response: Response) -> bool:
    return "upload_file" in response.url and response.request.method == "PUT"
