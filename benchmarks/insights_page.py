"""The Insights page over 100,000 recorded turns, drawn by a real Chromium.

    python -m benchmarks.insights_page HOME [--times 5]

HOME is one that `benchmarks.insights` has filled. Questions are grouped first, as they are on a desk in use. A page is
there when its figures stand and its script has ended; models that a first visit loads are loaded before.
"""

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import insert, select

from assistant.desk import Desk
from assistant.insights.tables import QuestionVectorRow
from assistant.settings import Settings
from assistant.tables import TurnFactsRow, TurnRow

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_SPANS = ("90 days", "All", "7 days", "30 days")
_AT_ONCE = 2000


def group(desk: Desk) -> None:
    """Group the questions, each distinct one embedded once; says what that costs."""
    with desk.catalogue.session() as session:
        known = select(QuestionVectorRow.turn_id)
        query = select(TurnFactsRow.turn_id, TurnRow.question).join(TurnRow).where(TurnFactsRow.turn_id.not_in(known))
        turns = session.execute(query).all()
    if not turns:
        return
    texts = sorted({turn.question for turn in turns})
    desk.embedder.queries(texts[:1])
    began = time.perf_counter()
    vectors = dict(zip(texts, desk.embedder.queries(texts).astype("<f2"), strict=True))
    print(f"a question embedded: {(time.perf_counter() - began) / len(texts) * 1000:.1f} ms ({len(texts)} questions)")
    model = desk.embedder.fingerprint
    for at in range(0, len(turns), _AT_ONCE):
        rows = [
            {"turn_id": turn.turn_id, "model": model, "vector": vectors[turn.question].tobytes()}
            for turn in turns[at : at + _AT_ONCE]
        ]
        with desk.catalogue.writing() as session:
            session.execute(insert(QuestionVectorRow), rows)
    began = time.perf_counter()
    topics = desk.topics.group()
    print(f"{topics} topics of {len(turns)} turns in {time.perf_counter() - began:.1f} s")


def measure(browser: Browser, address: str, times: int) -> None:
    """Open the page as several people, and filter."""
    page = _visit(browser)
    page.goto(address)
    _settled(page)
    under_way = page.get_by_test_id("stSidebar").get_by_text(re.compile("…$"))
    expect(under_way).to_have_count(0, timeout=120_000)  # all that a first visit loads
    page.close()
    opened = []
    for _ in range(times + 1):
        page = _visit(browser)
        page.goto(f"{address}/documents")  # the program that the browser loads once is there
        _settled(page)
        began = time.perf_counter()
        page.get_by_role("link", name="Insights").click()
        expect(page.locator(".st-key-figure-questions button").first).to_be_visible()
        expect(page.get_by_text("Days are in UTC")).to_be_visible()
        opened.append(time.perf_counter() - began)
        _settled(page)
    print(f"opened: first {opened[0]:.2f} s, median of the next {statistics.median(opened[1:]):.2f} s")
    figure = page.locator(".st-key-figure-questions button").first
    filtered = []
    for at in range(times * 2):
        before = figure.inner_text()
        began = time.perf_counter()
        page.get_by_role("radio", name=_SPANS[at % len(_SPANS)], exact=True).click()
        expect(figure).not_to_have_text(before)
        _settled(page)
        filtered.append(time.perf_counter() - began)
    print(f"days chosen: median {statistics.median(filtered):.2f} s, longest {max(filtered):.2f} s")
    page.get_by_text("Filter", exact=True).click()
    chosen = []
    for model in ("gpt-large", "SmolLM2-135M-Instruct") * times:
        before = figure.inner_text()
        page.wait_for_timeout(500)  # a list that is opened while plots still grow closes again
        page.get_by_role("combobox", name=re.compile("Model")).click()
        began = time.perf_counter()
        page.get_by_role("option", name=model).click()
        expect(figure).not_to_have_text(before)
        _settled(page)
        chosen.append(time.perf_counter() - began)
    print(f"model chosen: median {statistics.median(chosen):.2f} s, longest {max(chosen):.2f} s")


def _visit(browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    return page


def _settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


@contextmanager
def _server(home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "assistant", "run", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, env=os.environ | {"REFDESK_HOME": str(home)}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def main() -> None:
    """Group, serve and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    expect.set_options(timeout=60_000)
    with Desk(Settings(home=options.home)) as desk:
        group(desk)
    chromium = os.environ.get("REFDESK_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with _server(options.home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        measure(browser, address, options.times)
        browser.close()


if __name__ == "__main__":
    main()
