"""The whole way in the browser: rows, training, gate, promotion, the next answer, and back."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.desk import Desk
from assistant.settings import Settings
from tests.pages.actions import answered, ask
from tests.tiny_model import write_tiny_model

pytestmark = pytest.mark.browser

QUESTION = "How much is the allowance for the duty phone?"


@pytest.fixture
def lab_address(sample_home: Path, tmp_path: Path, serve: Callable[..., str]) -> str:
    """A desk with the samples and their rows, whose local model learns within seconds."""
    shutil.copytree(sample_home, tmp_path / "home")
    write_tiny_model(tmp_path / "tiny.gguf", context_tokens=2048)
    with Desk(Settings(home=tmp_path / "home")) as desk:
        desk.models.add(str(tmp_path / "tiny.gguf"), name="tiny")
        desk.samples.load_rows()
    return serve(REFDESK_LOCAL__MODEL="tiny", REFDESK_ANSWER__MAX_TOKENS="12", REFDESK_ANSWER__PROMPT="direct")


@pytest.mark.timeout(300)
def test_a_model_is_made_on_the_page_judged_promoted_and_taken_back(page: Page, lab_address: str) -> None:
    page.goto(f"{lab_address}/models")
    expect(page.get_by_text("tiny · answers unless another is chosen")).to_be_visible()
    page.get_by_text("Make a model", exact=True).click()
    page.get_by_role("textbox", name="Name").fill("team-1")
    page.get_by_role("combobox", name="Begin with").click()
    page.get_by_role("option", name="tiny").click()
    page.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name="Reduced").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("team-1: ")).to_be_visible()
    made = page.locator("#stMain").locator("[class*='st-key-model-']").filter(has_text="team-1")
    expect(made).to_contain_text("not passed", timeout=200_000)
    expect(made).to_contain_text("It answers no better than")

    made.get_by_role("button", name="Promote against the gate").click()
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_role("button", name="Promote against the gate").click()
    expect(form).to_contain_text("Say why")
    form.get_by_role("textbox", name="Why").fill("To see it answer.")
    form.get_by_role("button", name="Promote against the gate").click()
    expect(made).to_contain_text("promoted")
    expect(made).to_contain_text("Let through all the same: To see it answer.")

    asking = page.context.new_page()
    asking.set_default_timeout(60_000)
    asking.goto(lab_address)
    ask(asking, QUESTION)
    answered(asking)
    expect(asking.get_by_text("Draft by team-1")).to_be_visible()

    made.get_by_role("button", name="Roll back").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("What was decided")).to_be_visible()
    expect(made).not_to_contain_text("promoted")
