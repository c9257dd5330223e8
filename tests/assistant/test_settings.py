from pathlib import Path

import pytest

from assistant.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFDESK_CONFIG", raising=False)


def test_defaults_need_no_file_and_no_environment() -> None:
    assert load_settings().answer.prompt == "quote"


def test_the_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("refdesk.toml").write_text('[answer]\nprompt = "direct"\nquotes = 5\n')
    monkeypatch.setenv("REFDESK_ANSWER__QUOTES", "2")
    settings = load_settings()
    assert (settings.answer.prompt, settings.answer.quotes) == ("direct", 2)


def test_the_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text('collection = "elsewhere"\n')
    monkeypatch.setenv("REFDESK_CONFIG", str(tmp_path / "other.toml"))
    assert load_settings().collection == "elsewhere"


@pytest.mark.parametrize(
    ("text", "named"), [("[answer]\nquotes = 'many'\n", "answer.quotes"), ("colour = 1\n", "colour"), ("x", "toml")]
)
def test_a_wrong_setting_is_said_by_name(text: str, named: str) -> None:
    Path("refdesk.toml").write_text(text)
    with pytest.raises(SettingsError, match=named):
        load_settings()


def test_variables_that_are_not_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFDESK_DATA", "/somewhere")
    load_settings()


def test_keys_and_passwords_are_known_as_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().secrets == ()
    monkeypatch.setenv("REFDESK_HOSTED__API_KEY", "a-key")
    monkeypatch.setenv("REFDESK_LANGFUSE__SECRET_KEY", "another-key")
    monkeypatch.setenv("REFDESK_CATALOGUE_URL", "postgresql+psycopg://me:pass%40word@localhost/refdesk")
    assert load_settings().secrets == ("a-key", "another-key", "pass@word")
