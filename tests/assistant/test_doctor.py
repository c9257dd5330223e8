import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from assistant.desk import Desk
from assistant.doctor import Finding, examine, examine_hosted
from assistant.settings import EmbeddingSettings, HostedSettings, LangfuseSettings, LocalSettings, Settings
from tests.conftest import Hosted
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, langfuse_server


def test_a_sound_desk_is_found_so_and_an_empty_one_is_told_what_to_do(settings: Settings) -> None:
    findings = {finding.part: finding for finding in examine(settings)}
    assert {part: finding.state for part, finding in findings.items() if part != "catalogue"} == dict.fromkeys(
        ("system", "home", "embedding", "index", "parser", "local model", "langfuse", "hosted model"), "ok"
    )
    assert "refdesk ingest" in (findings["catalogue"].remedy or "")


def test_each_broken_part_is_named_with_a_remedy_and_the_others_are_still_tried(tmp_path: Path) -> None:
    broken = Settings(home=tmp_path, local=LocalSettings(model="no-such-model"))
    findings = {finding.part: finding for finding in examine(broken)}
    assert findings["local model"].state == "broken"
    assert "refdesk models list" in (findings["local model"].remedy or "")
    assert findings["parser"].state == "ok"


def test_a_home_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    last = list(examine(Settings(home=tmp_path / "file")))[-1]
    assert (last.part, last.state) == ("desk", "broken")


def test_an_embedding_model_that_wins_over_the_settings_is_named_and_a_lost_one_can_be_gone_back_from(
    tmp_path: Path, tiny_embedding: Callable[[int], Path]
) -> None:
    named, used = tiny_embedding(1), tiny_embedding(2)
    settings = Settings(home=tmp_path, embedding=EmbeddingSettings(model=named))
    with Desk(settings) as desk:
        desk.embeddings.use(str(used))
    finding = next(finding for finding in examine(settings) if finding.part == "embedding")
    assert (finding.state, finding.remedy) == ("warning", f"To use that one: refdesk embedding use {named}")
    shutil.rmtree(tmp_path / "embeddings" / used.name)
    finding = next(finding for finding in examine(settings) if finding.part == "embedding")
    assert finding.state == "broken"
    assert "refdesk embedding list" in finding.says
    with Desk(settings) as desk:
        assert used.name in {shown.card.name for shown in desk.embeddings.list() if shown.is_used}
        desk.embeddings.rollback()
    finding = next(finding for finding in examine(settings) if finding.part == "embedding")
    assert finding.state == "ok"


def _langfuse(home: Path, url: str, secret_key: str = SECRET_KEY) -> Finding:
    keys = LangfuseSettings.model_validate({"url": url, "public_key": PUBLIC_KEY, "secret_key": secret_key})
    local = LocalSettings(model="no-such-model")  # nothing of this waits for one
    findings = {finding.part: finding for finding in examine(Settings(home=home, local=local, langfuse=keys))}
    return findings["langfuse"]


def test_langfuse_is_asked_for_its_project(tmp_path: Path) -> None:
    with langfuse_server() as server:
        finding = _langfuse(tmp_path, server.url)
    assert finding.state == "ok"
    assert "Canal Trust" in finding.says


@pytest.mark.parametrize(("fault", "says"), [(None, "keys"), (404, "no Langfuse"), ("redirect", "elsewhere")])
def test_a_langfuse_that_cannot_be_used_is_said_so_with_what_waits(
    tmp_path: Path, fault: int | None, says: str
) -> None:
    with Desk(Settings(home=tmp_path)) as desk, desk.catalogue.writing() as session:
        desk.outbox.retraction(session, "0" * 32, person="reader", given_at=datetime.now(UTC))
    with langfuse_server() as server:
        server.fault = fault
        finding = _langfuse(tmp_path, server.url, secret_key="wrong")
    assert finding.state == "broken"
    assert says in finding.says
    assert "1 traces and votes wait" in finding.says


@pytest.mark.parametrize(
    ("key", "models", "state", "says"),
    [
        ("sk-for-tests", [], "ok", "answers, with smollm2"),
        ("sk-for-tests", ["smollm2"], "ok", "answers, with smollm2"),
        ("sk-for-tests", ["gpt-9"], "broken", "has no model “gpt-9”"),
        ("sk-wrong", [], "broken", "does not accept the key: check hosted.api_key"),
    ],
)
def test_a_hosted_model_is_found_or_said_what_is_wrong_with(
    hosted_server: Hosted, key: str, models: list[str], state: str, says: str
) -> None:
    finding = examine_hosted(HostedSettings(base_url=hosted_server.url, api_key=SecretStr(key), models=models))
    assert finding.state == state
    assert says in finding.says
    assert bool(finding.remedy) == (state != "ok")


def test_a_hosted_model_that_is_away_is_said_so() -> None:
    finding = examine_hosted(HostedSettings(base_url="http://127.0.0.1:9/v1"))
    assert (finding.state, "cannot be reached" in finding.says) == ("broken", True)
