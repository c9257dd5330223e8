import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from assistant.data_sets.rows import GoldSource, Row
from assistant.desk import Desk
from assistant.settings import Settings
from tests.models.hosted.tuning_server import KEY, TuningServer

SENTENCE = "The allowance is £165 for the week."


@pytest.fixture
def tuning_server() -> Iterator[TuningServer]:
    server = TuningServer()
    yield server
    server.close()


def _row(number: int, document: str = "staff-handbook.pdf") -> Row:
    return Row(
        id=f"duty-{number}",
        question=f"What is paid for duty week {number}? Tell jane.doe@example.org.",
        answers=(f"£165 a week, says jane.doe@example.org ({number}).",),
        answerable=True,
        sources=(GoldSource(document=document, quote=SENTENCE),),
    )


def test_what_is_sent_is_masked_and_the_model_is_named(
    refdesk: Callable[..., CompletedProcess[str]],
    home: Path,
    tuning_server: TuningServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Desk(Settings(home=home)) as desk:
        rows = desk.samples.load_rows()
        desk.data_sets.take(rows, [_row(number) for number in range(4)])
    monkeypatch.setenv("REFDESK_HOSTED__BASE_URL", tuning_server.url)
    monkeypatch.setenv("REFDESK_HOSTED__API_KEY", KEY)
    monkeypatch.setenv("REFDESK_HOSTED__MODELS", '["small"]')
    refused = refdesk("models", "train-hosted", rows, "--base", "small", home=home)
    assert refused.returncode == 1
    assert not tuning_server.files

    done = refdesk("models", "train-hosted", rows, "--base", "small", "--yes", "--json", home=home)
    assert json.loads(done.stdout)["model"] == "ft:small:refdesk"
    assert "tokens a pass" in done.stderr
    learnt = next(iter(tuning_server.files.values()))
    assert len(learnt) > 20
    said = json.dumps(learnt)
    assert "jane.doe" not in said
    assert "£165" in json.dumps(learnt, ensure_ascii=False)
    assert [message["role"] for message in learnt[0]["messages"]][-2:] == ["user", "assistant"]
