"""The Insights page as the keeper of the desk uses it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Position, expect

from assistant.desk import Desk
from assistant.insights import Selection
from assistant.insights.figures import OTHERS
from assistant.settings import Settings
from benchmarks.insights import fill

pytestmark = pytest.mark.browser


def test_a_figure_opens_its_answers_and_a_row_the_whole_turn(
    page: Page, serve: Callable[..., str], tmp_path: Path
) -> None:
    with Desk(Settings(home=tmp_path / "home")) as desk:
        fill(desk, turns=120, days=20)
        people = desk.catalogue.engine.connect().exec_driver_sql("SELECT DISTINCT person FROM turn_facts").scalars()
        people = list(people)
    address = serve()
    page.goto(f"{address}/insights")
    questions = page.locator(".st-key-figure-questions button").first
    expect(questions).to_have_text("120")
    expect(page.get_by_text("Days are in UTC")).to_be_visible()

    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")  # or a list closes
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("combobox", name=re.compile("Model")).click()
    page.get_by_role("option", name="gpt-large").click()
    expect(questions).not_to_have_text("120")
    filtered = int(questions.inner_text())

    questions.click()
    expect(page.get_by_text("Who asked is not shown")).to_be_visible()
    table = page.get_by_label("Answers, the newest first")
    expect(table.locator("canvas table tbody tr").first).to_be_attached()
    assert 0 < filtered < 120
    table.locator("canvas").first.click(position={"x": 16, "y": 52}, force=True)
    expect(page.get_by_text("What took how long")).to_be_visible()
    expect(
        page.get_by_text("Draft by gpt-large").or_(page.get_by_text("The server did not answer")).first
    ).to_be_visible()
    assert not any(person in page.content() for person in people)

    page.get_by_role("button", name="All of these").click()
    page.get_by_role("button", name="Insights").click()
    expect(page.locator(".st-key-figure-questions button").first).to_have_text(str(filtered))


def test_an_empty_desk_says_what_will_be_seen(page: Page, serve: Callable[..., str]) -> None:
    page.goto(f"{serve()}/insights")
    expect(page.get_by_text("Nothing was asked yet.")).to_be_visible()


def test_a_click_on_a_plot_and_on_a_topic_opens_what_is_behind_it(
    page: Page, serve: Callable[..., str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with Desk(Settings(home=home)) as desk:
        fill(desk, turns=60, days=20)
    page.goto(f"{serve()}/insights")
    # Questions are grouped once the page has been looked at; it shows the topics as soon as they are there.
    topics = page.get_by_role("region", name="Topics, the most asked first", exact=True)
    expect(topics).to_be_visible(timeout=200_000)

    plot = page.locator(".st-key-insights-plot-days")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    places: list[Position] = [
        {"x": box["width"] - at, "y": box["height"] - 60} for at in range(20, int(box["width"]) // 2, 6)
    ]
    on_a_bar = next(place for place in places if _is_mark(page, plot, place))
    plot.click(position=on_a_bar)
    expect(page.get_by_role("heading", name=re.compile(r"^[\w ]+, \d\d \w{3} \d{4}$"))).to_be_visible()
    page.get_by_role("button", name="Insights").click()

    with Desk(Settings(home=home)) as desk:
        [first, *_] = desk.insights.figures(Selection()).topics
    topics.locator("canvas").first.click(position={"x": 60, "y": 52}, force=True)
    expect(page.get_by_role("heading", name=first.name or OTHERS, exact=True)).to_be_visible()
    expect(page.get_by_text("Who asked is not shown")).to_be_visible()


def _is_mark(page: Page, plot: Locator, place: Position) -> bool:
    """Whether a part of the plot is there, which says what it is under a pointer."""
    plot.hover(position=place)
    page.wait_for_timeout(100)
    return page.locator("#vg-tooltip-element").is_visible()
