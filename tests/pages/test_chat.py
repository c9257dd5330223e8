"""The desk as a person uses it: a real server, a real Chromium, the real models."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.actions import answered, ask, attach, figures

pytestmark = pytest.mark.browser

Serve = Callable[..., str]


_COUNT_REFUSALS = """() => {
    window.mostRefusals = 0;
    const count = () => {
        const refusals = [...document.querySelectorAll("strong")].filter(
            (one) => one.textContent === "Not in the documents." && one.checkVisibility()
        );
        window.mostRefusals = Math.max(window.mostRefusals, refusals.length);
        requestAnimationFrame(count);
    };
    count();
}"""
"""Says in `mostRefusals` how many there were at one time."""


def test_from_an_empty_desk_to_a_cited_answer_on_its_page(page: Page, serve: Serve) -> None:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(serve())
    expect(page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    page.get_by_role("button", name="Load the samples").click()
    expect(page.get_by_text("Try one of these")).to_be_visible(timeout=120_000)

    page.get_by_role("button", name="What do I do if oil gets into the canal?").click()
    quote = page.locator(".quote").first
    expect(quote).to_be_visible()
    expect(page.get_by_text(re.compile(r"quoted in \d+ ms"))).to_be_visible()

    page.get_by_role("button", name=re.compile(r"^\[1\] .*, page \d")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile(r"page \d+ of \d+"))).to_be_visible()
    expect(dialog.get_by_role("img", name="with the passage marked")).to_be_visible()
    assert failed == [], "the page asked for something outside this machine"


def test_a_local_model_streams_a_draft_after_the_quotes(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    page.get_by_text("A short answer").click()
    ask(page, "How much is the allowance for the duty phone?")
    expect(page.locator(".quote").first).to_be_visible()
    expect(page.locator(".draft")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Draft by SmolLM2-135M-Refdesk")).to_be_visible()
    answered(page)
    expect(figures(page)).to_contain_text(
        re.compile(r"first token \d+\.\d s · \d+ tokens/s · \d+ tokens read, \d+ written")
    )


def test_a_file_dropped_into_the_chat_can_be_asked_about(page: Page, sample_address: str, tmp_path: Path) -> None:
    note = tmp_path / "kettle.txt"
    note.write_text("The kettle in the east wing is descaled every second Tuesday by Maureen.\n")
    page.goto(sample_address)
    attach(page, note)
    ask(page, "Who descales the kettle in the east wing?")
    expect(page.locator(".quote").first).to_contain_text("Maureen", timeout=120_000)


def test_what_is_not_in_the_documents_is_said_so(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    ask(page, "Which quasar is the farthest from Andromeda?")
    expect(page.get_by_text("Not in the documents.")).to_be_visible()
    expect(page.get_by_text("Nearest passages", exact=True)).to_be_visible()


def test_an_answer_is_never_there_twice_while_what_was_kept_takes_its_place(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible()
    page.evaluate(_COUNT_REFUSALS)
    ask(page, "Which quasar is the farthest from Andromeda?")
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    assert page.evaluate("window.mostRefusals") == 1


def test_quotes_that_may_not_answer_are_shown_with_a_notice(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    ask(page, "Am I allowed to bring my dog to the Toll House on Fridays?")
    expect(page.get_by_text("The documents may not answer this.")).to_be_visible()
    expect(page.locator(".quote").first).to_be_visible()


def test_markup_in_a_document_is_shown_as_text(page: Page, sample_address: str, tmp_path: Path) -> None:
    note = tmp_path / "<img src=x onerror=alert(1)>.txt"
    note.write_text(
        "The vault code of the lighthouse is kept by <img src=http://127.0.0.1:9/x.png> the keeper"
        " ![x](http://127.0.0.1:9/y.png) <script>document.title='owned'</script>.\n"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sample_address)
    attach(page, note)
    ask(page, "Who keeps the vault code of the lighthouse?")
    expect(page.locator(".quote").first).to_contain_text("keeper", timeout=120_000)
    page.get_by_role("button", name=re.compile(r"^\[1\]")).first.click()
    expect(page.get_by_role("dialog").locator("mark")).to_contain_text("<script>")
    assert not [url for url in asked if ":9/" in url]
    assert page.title() != "owned"
