"""The Evaluation page as the keeper of the desk uses it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.actions import upload

pytestmark = pytest.mark.browser

_ROW_PX = 35


def _open(page: Page, address: str, section: str, **where: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in {"section": section, **where}.items())
    page.goto(f"{address}/evaluation?{query}")
    expect(page.get_by_role("heading", name="Evaluation")).to_be_visible()


def _grid(page: Page, name: str) -> Locator:
    """A table on its canvas; what it shows stands inside for screen readers."""
    return page.get_by_label(name).locator("canvas").first


def _select(grid: Locator, row: int) -> None:
    grid.click(position={"x": 16, "y": _ROW_PX * (row + 1) + _ROW_PX // 2}, force=True)


def test_a_run_of_the_samples_shows_figures_rows_and_why(page: Page, scripted_address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _open(page, scripted_address, "Runs")
    samples, another = page.get_by_role("button", name="Evaluate the samples"), page.get_by_text("Start a run")
    expect(samples.or_(another).first).to_be_visible()
    if samples.is_visible():
        samples.click()
    else:
        another.click()
        page.get_by_role("button", name="Start", exact=True).click()
    runs = _grid(page, "Runs, the newest first")
    expect(runs).to_contain_text("samples", timeout=120_000)
    expect(page.get_by_label(re.compile("over time$")).locator("canvas, svg").first).to_be_visible()
    _select(runs, 0)

    expect(page.locator(".measures")).to_contain_text("false refusals")
    page.get_by_role("radio", name=re.compile("^wrong")).click()
    rows = _grid(page, "Rows of the run")
    expect(rows).not_to_contain_text("right")
    _select(rows, 0)
    expect(page.get_by_text("The answer holds none of the expected answers.")).to_be_visible()
    expect(page.locator(".hit.gold").first).to_contain_text("holds the source")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(re.compile(r"^2 of \d"))).to_be_visible()
    assert [url for url in asked if not url.startswith((scripted_address, "data:", "blob:"))] == []


def test_an_imported_set_is_edited_in_the_grid_and_split(page: Page, scripted_address: str, tmp_path: Path) -> None:
    file = tmp_path / "canals.jsonl"
    rows = [
        {"id": str(number), "question": f"Question {number}?", "sources": [{"document": f"{number}.md"}]}
        for number in range(10)
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    _open(page, scripted_address, "Data%20sets")
    imports = page.get_by_role("button", name="Import", exact=True)
    if not imports.is_visible():
        page.get_by_text("Import a data set").click()
    upload(page, [file])
    imports.click()
    expect(page.get_by_role("heading", name="canals")).to_be_visible()
    grid = _grid(page, "Rows of canals")
    expect(grid).to_contain_text("Question 3?")

    grid.dblclick(position={"x": 200, "y": _ROW_PX + _ROW_PX // 2}, force=True)
    cell = page.locator("#portal textarea")
    expect(cell).to_have_value("Question 0?")
    cell.fill("How deep is the lock?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 row changed")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("1 row changed")).to_have_count(0)
    expect(grid).to_contain_text("How deep is the lock?")

    page.get_by_role("button", name="Split", exact=True).click()
    page.get_by_role("button", name="Split", exact=True).last.click()
    expect(page.get_by_text(re.compile("10 approved · .*test 2, train 6"))).to_be_visible()
    page.reload()
    expect(grid).to_contain_text("How deep is the lock?")


def test_a_prompt_is_rewritten_tried_compared_and_made_the_default(page: Page, scripted_address: str) -> None:
    _open(page, scripted_address, "Prompts", prompt="direct")
    text = page.get_by_role("textbox", name="Text")
    expect(text).to_have_value(re.compile("# System"))
    text.fill(text.input_value().replace("{passages}", ""))
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("The section “# Question” must hold {passages} once.")).to_be_visible()
    text.fill(text.input_value().replace("# Question\n", "# Question\n{passages}\n").replace("Be brief.", "Be short."))
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved as direct@2")).to_be_visible()
    page.get_by_role("radio", name="Differences").click()
    expect(page.locator(".diff")).to_contain_text("Be short.")

    page.get_by_role("radio", name="Experiment").click()
    limit = page.get_by_role("spinbutton", name="Rows at most")
    samples = page.get_by_role("button", name="Take the rows of the samples")
    expect(limit.or_(samples)).to_be_visible()
    if samples.is_visible():
        samples.click()
    limit.fill("6")
    page.get_by_role("button", name="Run the experiment").click()
    table = _grid(page, "What each backend and prompt came to")
    expect(table).to_contain_text("direct@2", timeout=120_000)
    expect(table).to_contain_text("quote@1")
    page.get_by_role("button", name="Make direct@2 everybody's default").click()
    expect(page.locator(".stMarkdownBadge", has_text="Everybody's default")).to_be_visible()

    page.get_by_role("radio", name="Compare").click()
    expect(page.get_by_text("6 rows in common")).to_be_visible()
    expect(page.locator(".gains")).to_contain_text("whole turn (s)")
    expect(page.get_by_text("Rows that changed")).to_be_visible()


def test_rows_made_from_the_documents_count_once_they_are_approved(page: Page, scripted_address: str) -> None:
    _open(page, scripted_address, "Data%20sets")
    page.get_by_text("Have rows proposed from your documents").click()
    page.get_by_role("textbox", name="Name of the data set").fill("from the samples")
    page.get_by_label("Passages to read").fill("12")
    page.get_by_role("button", name="Propose rows").click()
    expect(page.get_by_role("heading", name="from the samples")).to_be_visible()
    page.get_by_role("radio", name=re.compile(r"^Review \(\d+\)")).click(timeout=120_000)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=120_000)
    left = page.get_by_text(re.compile(r"^1 of \d+ left$"))
    expect(left).to_be_visible()
    expect(page.locator(".passage mark").first).to_be_visible()
    count = int(left.inner_text().split()[2])
    assert count >= 3

    page.get_by_role("heading", name="from the samples").click()
    page.keyboard.press("a")
    expect(page.get_by_text(f"1 of {count - 1} left")).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_text(f"1 of {count - 2} left")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Question").fill("What did somebody write here?")
    page.get_by_role("button", name="Save and approve").click()
    expect(page.get_by_text(f"{count - 3} proposed · 2 approved · 1 rejected")).to_be_visible()
    page.get_by_role("radio", name="Rows").click()
    expect(_grid(page, "Rows of from the samples")).to_contain_text("What did somebody write here?")
