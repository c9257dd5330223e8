"""What Langfuse hears of a question and a thumb."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, LangfuseServer, langfuse_server
from tests.pages.actions import answered, ask

pytestmark = pytest.mark.browser

Serve = Callable[..., str]


@pytest.fixture(scope="module")
def langfuse() -> Iterator[LangfuseServer]:
    with langfuse_server() as server:
        yield server


@pytest.fixture(scope="module")
def address(serve_all: Serve, langfuse: LangfuseServer) -> str:
    """A desk that tells this Langfuse."""
    keys = {"URL": langfuse.url, "PUBLIC_KEY": PUBLIC_KEY, "SECRET_KEY": SECRET_KEY}
    return serve_all(samples=True, **{f"REFDESK_LANGFUSE__{name}": value for name, value in keys.items()})


def _until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_turn_and_a_vote_arrive_without_personal_data(page: Page, address: str, langfuse: LangfuseServer) -> None:
    page.goto(address)
    question = "I am ann.barker@example.org: how much is the allowance for the duty phone?"
    ask(page, question)
    answered(page)
    expect(page.get_by_text(question, exact=True)).to_be_visible()
    page.get_by_role("radio", name="Thumbs up").click()
    expect(page.get_by_role("radio", name="Thumbs up")).to_be_checked()

    _until(lambda: langfuse.traces and langfuse.scores)
    [trace_id] = langfuse.traces
    trace = langfuse.trace(trace_id)
    assert "how much is the allowance" in str(trace)
    assert "ann.barker" not in str(trace)
    [score] = langfuse.scores.values()
    assert score["traceId"] == trace_id
    assert score["value"] == 1

    page.get_by_role("radio", name="Thumbs up").click()
    _until(lambda: not langfuse.scores)


def test_a_data_set_is_pushed_and_what_was_written_there_waits_for_a_review(
    page: Page, address: str, langfuse: LangfuseServer
) -> None:
    page.goto(f"{address}/evaluation?section=Data+sets")
    page.get_by_role("button", name="Take the rows of the samples").click()
    expect(page.get_by_label("Data sets").locator("canvas").first).to_contain_text("samples")
    page.goto(f"{address}/evaluation?section=Data+sets&set=samples")
    page.get_by_role("button", name="Langfuse", exact=False).click()
    page.get_by_role("button", name="Pull").click()
    expect(page.get_by_text("Langfuse has no data set “samples”: push it first, or check the name.")).to_be_visible()
    page.get_by_role("button", name="Push").click()
    expect(page.get_by_text("40 sent, 0 unchanged, 0 archived.")).to_be_visible(timeout=30_000)
    assert len(langfuse.items) == 40
    langfuse.take_item({"datasetName": "samples", "id": "new", "input": "Who is *paid*?"})
    page.get_by_role("button", name="Pull").click()
    expect(page.get_by_text("1 added and 0 changed, all proposed; 40 unchanged.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("radio", name="Review (1)")).to_be_visible()
