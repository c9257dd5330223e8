"""Switching who writes: this machine, or a hosted server (llama-cpp-python's own, with a key)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Hosted
from tests.pages.actions import answered, ask, begin_anew, figures

pytestmark = pytest.mark.browser

Serve = Callable[..., str]

QUESTION = "How much is the allowance for the duty phone?"


def _settings(hosted: Hosted, **more: str) -> dict[str, str]:
    return {
        "REFDESK_HOSTED__BASE_URL": hosted.url,
        "REFDESK_HOSTED__API_KEY": hosted.key,
        "REFDESK_ANSWER__MAX_TOKENS": "24",
        "REFDESK_PRICES__MODELS": f'{{"{hosted.model}": {{"input": 100, "output": 400}}}}',
    } | more


def _choose(page: Page, who: str) -> None:
    page.get_by_role("radio", name=who).click()
    expect(page.get_by_role("radio", name=who)).to_be_checked()


def test_the_toggle_counts_from_the_next_message_and_is_remembered(
    page: Page, serve: Serve, hosted_server: Hosted
) -> None:
    page.goto(serve(samples=True, **_settings(hosted_server)))
    page.get_by_text("A short answer").click()
    _choose(page, "Hosted")
    expect(page.get_by_text("Nothing measured on this desk yet.")).to_be_visible()
    ask(page, QUESTION)
    answered(page)
    expect(page.get_by_text(f"Draft by {hosted_server.model}")).to_be_visible()
    expect(figures(page)).to_contain_text(re.compile(r"first token \d+\.\d s · .*\$\d\.\d{4}"))
    expect(page.get_by_text(re.compile(r"1 answers? so far · first token .* an answer"))).to_be_visible()

    _choose(page, "This machine")
    ask(page, "How many days of holiday do I get after six years?")
    answered(page, times=2)
    expect(page.get_by_text("Draft by SmolLM2-135M-Refdesk")).to_be_visible()
    expect(figures(page).last).not_to_contain_text("$")

    begin_anew(page)
    _choose(page, "Hosted")
    page.get_by_role("button", name=QUESTION[:20]).click()
    expect(page.get_by_role("radio", name="This machine")).to_be_checked()


def test_a_wrong_key_is_one_clear_sentence_and_the_quotes_stand(
    page: Page, serve: Serve, hosted_server: Hosted
) -> None:
    wrong = _settings(hosted_server, REFDESK_HOSTED__API_KEY="sk-wrong", REFDESK_HOSTED__MODELS='["smollm2"]')
    page.goto(serve(samples=True, REFDESK_BACKEND="hosted", REFDESK_ANSWER__PROMPT="direct", **wrong))
    ask(page, QUESTION)
    answered(page)
    expect(page.get_by_role("alert")).to_contain_text("does not accept the key")
    expect(page.locator(".quote").first).to_contain_text("£165")
    assert "sk-wrong" not in page.content()


def test_without_a_hosted_model_the_page_says_how_to_get_one(page: Page, sample_address: str) -> None:
    page.goto(sample_address)
    _choose(page, "Hosted")
    expect(page.get_by_text("No hosted model is set up")).to_be_visible()
    ask(page, QUESTION)
    answered(page)
    expect(page.locator(".quote").first).to_contain_text("£165")
