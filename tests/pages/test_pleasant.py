"""The whole flow by keyboard, on a phone, in the dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.actions import answered, ask, figures, quotes

pytestmark = pytest.mark.browser

Serve = Callable[..., str]

QUESTION = "How much is the allowance for the duty phone?"


def _tab_to(page: Page, name: str, *, role: str = "button", most: int = 60) -> None:
    """Press Tab until what has the focus is called so."""
    target = page.get_by_role(role, name=re.compile(name)).first  # type: ignore[arg-type]
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement || element.contains(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} is not reached by Tab")


def test_everything_can_be_done_with_the_keyboard(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    expect(page.get_by_role("button", name="New conversation")).to_be_visible()
    _tab_to(page, "Ask the documents", role="textbox")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    answered(page)
    _tab_to(page, r"^.*\[1\]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    _tab_to(page, "Thumbs up", role="radio")
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name="Thumbs up")).to_be_checked()
    _tab_to(page, "Ask again")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 2")).to_be_visible()


def test_on_a_phone_nothing_is_cut_off(browser: Browser, sample_address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        page.goto(sample_address)
        ask(page, QUESTION)
        answered(page)
        expect(quotes(page).first).to_be_in_viewport(ratio=0.1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for name in ("Ask again", "Edit the question"):
            box = page.get_by_role("button", name=name).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_quotes_can_be_read_in_the_light_and_in_the_dark(browser: Browser, sample_address: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.goto(sample_address)
        ask(page, QUESTION)
        answered(page)
        for shown in (quotes(page).first, figures(page).first):
            assert _contrast(page, shown.element_handle()) >= 4.5
    finally:
        context.close()


def _contrast(page: Page, element: object) -> float:
    """Of an element's text with the page's ground, by WCAG 2.2."""
    value: float = page.evaluate(
        """element => {
            const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
            const light = ([r, g, b]) => [r, g, b]
                .map(v => v / 255)
                .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const ground = rgb(getComputedStyle(document.querySelector('.stApp')).backgroundColor);
            const style = getComputedStyle(element), ink = rgb(style.color), opacity = Number(style.opacity);
            const seen = ink.slice(0, 3).map((v, i) => v * opacity + ground[i] * (1 - opacity));
            const [a, b] = [light(seen), light(ground)].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
        }""",
        element,
    )
    return value
