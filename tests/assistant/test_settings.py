import re
import traceback
from pathlib import Path

import pytest

from assistant.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFDESK_CONFIG", raising=False)
    monkeypatch.delenv("REFDESK_SECRETS", raising=False)


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
    ("text", "named"),
    [
        ("[answer]\nquotes = 'many'\n", "answer.quotes"),
        ("colour = 1\n", "colour"),
        ("x", "toml"),
        ("[langfuse]\nenvironment = 'Our Team'\n", "langfuse.environment"),
        ("[langfuse]\nenvironment = 'langfuse-of-us'\n", "langfuse.environment"),
    ],
)
def test_a_wrong_setting_is_said_by_name(text: str, named: str) -> None:
    Path("refdesk.toml").write_text(text)
    with pytest.raises(SettingsError, match=named):
        load_settings()


def test_variables_that_are_not_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFDESK_DATA", "/somewhere")
    load_settings()


KEY = "sk-secret-4711"


def write_secrets(text: str) -> None:
    Path(".streamlit").mkdir()
    Path(".streamlit/secrets.toml").write_text(text)


def test_keys_may_lie_in_a_file_of_their_own_and_only_they_are_read_from_it() -> None:
    write_secrets(
        f'answer = {{prompt = "direct"}}\npassword = "x"\n[connections.db]\nurl = "x"\n'
        f'[hosted]\napi_key = "{KEY}"\n[langfuse]\nsecret_key = "{KEY}"\n'
    )
    settings = load_settings()
    assert settings.hosted.api_key.get_secret_value() == KEY
    assert settings.langfuse.secret_key is not None
    assert settings.answer.prompt == "quote"


def test_the_file_of_keys_wins_over_the_settings_and_the_environment_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("refdesk.toml").write_text('[hosted]\nbase_url = "https://a.example/v1"\napi_key = "a"\nretries = 1\n')
    write_secrets('[hosted]\nbase_url = "https://b.example/v1"\napi_key = "b"\n')
    monkeypatch.setenv("REFDESK_HOSTED__API_KEY", "c")
    hosted = load_settings().hosted
    assert (hosted.base_url, hosted.api_key.get_secret_value(), hosted.retries) == ("https://b.example/v1", "c", 1)


def test_the_file_of_keys_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys.toml").write_text(f'[hosted]\napi_key = "{KEY}"\n')
    monkeypatch.setenv("REFDESK_SECRETS", str(tmp_path / "keys.toml"))
    assert load_settings().hosted.api_key.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("secrets", "named"),
    [
        (f'[hosted]\napi_key = ["{KEY}"]\n', "hosted.api_key"),
        (f'[hosted]\napi_key = "ok"\nbase_url = "https://{KEY}@a.example/v1"\n', "hosted.base_url"),
        (f'[langfuse]\nsecret_key = {{a = "{KEY}"}}\n', "langfuse.secret_key"),
        (f'hosted = "{KEY}"\n', "hosted"),
        (f'[hosted]\napi_key = "{KEY}\n', "secrets.toml"),
    ],
)
def test_a_key_is_in_no_message(secrets: str, named: str) -> None:
    write_secrets(secrets)
    with pytest.raises(SettingsError, match=named) as caught:
        load_settings()
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_key_is_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFDESK_HOSTED__API_KEY", KEY)
    assert KEY not in repr(load_settings()) + load_settings().model_dump_json()


def test_an_address_that_is_none_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFDESK_HOSTED__BASE_URL", "api.example.com/v1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == (
        "The setting “hosted.base_url” is wrong (It must be the address of a server, such as "
        "https://api.example.com/v1): see docs/settings.md."
    )


def test_no_address_is_no_hosted_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFDESK_HOSTED__BASE_URL", "")
    assert load_settings().hosted.base_url is None


def test_keys_and_passwords_are_known_as_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().secrets == ()
    monkeypatch.setenv("REFDESK_HOSTED__API_KEY", "a-key")
    monkeypatch.setenv("REFDESK_LANGFUSE__SECRET_KEY", "another-key")
    monkeypatch.setenv("REFDESK_CATALOGUE_URL", "postgresql+psycopg://me:pass%40word@localhost/refdesk")
    assert load_settings().secrets == ("a-key", "another-key", "pass@word")


def test_what_is_set_for_one_time_wins_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFDESK_RETRIEVAL__RANKING", "rrf")
    monkeypatch.setenv("REFDESK_RETRIEVAL__PASSAGES", "5")
    settings = load_settings(["retrieval.ranking=bm25", "answer.prompt=direct", "collection = 'a=b'"])
    assert (settings.retrieval.ranking, settings.retrieval.passages) == ("bm25", 5)
    assert (settings.answer.prompt, settings.collection) == ("direct", "a=b")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["retrieval.ranking"], "sets nothing"),
        (["=3"], "sets nothing"),
        (["retrieval..ranking=3"], "sets nothing"),
        (["retrieval=3", "retrieval.passages=3"], "sets nothing"),
        (["retrieval.weight=3"], "“retrieval.weight” is wrong"),
        (["retrieval.passages=many"], "“retrieval.passages” is wrong"),
        (["retrieval=3"], "“retrieval” is wrong"),
    ],
)
def test_what_is_set_wrongly_for_one_time_is_one_sentence(overrides: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        load_settings(overrides)


def test_a_nested_setting_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFDESK_RETRIEVAL__WEIGHT", "2")
    with pytest.raises(SettingsError, match=r"“retrieval\.weight” is wrong"):
        load_settings()
