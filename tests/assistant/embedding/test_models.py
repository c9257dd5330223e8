"""A small model fitted to documents that call things otherwise than people do, on a real desk."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.data_sets.rows import GoldSource, Row, write_rows
from assistant.desk import Desk
from assistant.embedding.gate import RowSet
from assistant.embedding.happening import Progress
from assistant.settings import Settings
from ingest.sources import walk
from models.embedding import Embedder
from models.gguf import ModelFileError
from models.training import Fitting, FittingError
from tests.models.training.test_fitting import WORDS

ROOMS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
FITTING = Fitting(epochs=6, batch_size=8, rate=3e-3, check_every=10)


def _name(room: str, said: str) -> str:
    return f"{room}-{said}.md"


ROWS = [
    Row(
        id=f"{room}-{asked}",
        question=f"where is the {asked} of door {room}",
        sources=(GoldSource(document=_name(room, said)),),
    )
    for room in ROOMS
    for asked, said in WORDS.items()
]
SET = RowSet(name="rooms", rows=ROWS, collections=("rooms",))


@pytest.fixture(scope="module")
def prepared(tiny_embedding: Callable[[int], Path], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    place = tmp_path_factory.mktemp("rooms")
    (place / "rooms").mkdir()
    for room in ROOMS:
        for said in WORDS.values():
            (place / "rooms" / _name(room, said)).write_text(f"Behind door {room} there is {said}.\n")
    settings = Settings(home=place / "home", embedding={"model": tiny_embedding(1)})
    with Desk(settings) as desk:
        assert {each.status for each in desk.ingest(walk([place / "rooms"], collection="rooms"))} == {"added"}
    return settings


@pytest.fixture
def settings(prepared: Settings, tmp_path: Path) -> Settings:
    home = Path(shutil.copytree(prepared.home, tmp_path / "home"))
    return Settings(home=home, embedding={"model": prepared.embedding.model})


def test_a_model_that_has_learnt_is_compared_used_listed_and_taken_back(desk: Desk, settings: Settings) -> None:
    told: list[Progress] = []
    outcome = desk.embeddings.fit("fitted", [SET], made=True, mined=True, fitting=FITTING, report=told.append)
    assert outcome.used, outcome.says
    assert outcome.fitted is not None
    assert outcome.fitted.after > outcome.fitted.before
    assert outcome.verdict is not None
    assert outcome.verdict.comparisons["held out"].difference.value > 0
    stages = list(dict.fromkeys(event.stage for event in told))
    assert stages == ["mining", "checking", "fitting", "averaging", "embedding", "comparing"]
    assert desk.embedder.name == "fitted"
    used = next(each for each in desk.embeddings.list() if each.is_used)
    before = next(each for each in desk.embeddings.list() if each.is_before)
    assert (used.card.name, used.vectors, used.card.verdict) == ("fitted", len(ROWS), outcome.says)
    assert (used.card.pairs, used.card.source) == (outcome.fitted.pairs, Embedder(settings.embedding.model).name)
    assert before.vectors == len(ROWS)

    desk.embeddings.rollback()
    assert desk.embedder.name == before.card.name
    with pytest.raises(ModelFileError, match="already"):
        desk.embeddings.fit("fitted", [RowSet(name="half", rows=ROWS[::2])], fitting=FITTING)
    again = desk.embeddings.fit(
        "fitted", [SET], made=True, mined=True, fitting=FITTING
    )  # the same pairs: nothing to learn, only to compare
    assert again.used
    assert again.fitted is None


def test_a_model_that_has_learnt_nothing_of_use_is_not_kept(desk: Desk) -> None:
    gentle = Fitting(epochs=1, batch_size=8, rate=1e-12)
    outcome = desk.embeddings.fit("useless", [SET], fitting=gentle)
    assert not outcome.used
    assert "Nothing that was learnt" in outcome.says
    assert "useless" not in {each.card.name for each in desk.embeddings.list()}
    assert desk.embeddings._embeddings.current() is None


def test_too_few_rows_are_said_to_be_too_few(desk: Desk) -> None:
    with pytest.raises(FittingError, match="too few"):
        desk.embeddings.fit("few", [RowSet(name="few", rows=ROWS[:20])])


def test_a_fitting_in_the_background_tells_what_came_of_it(desk: Desk, tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", ROWS)
    done = desk.fittings.submit("queued", [str(tmp_path / "rows.jsonl")], collections=["rooms"], epochs=1)
    wrong = desk.fittings.submit("other", ["no such set"])
    deadline = time.monotonic() + 120
    while not all(job.is_finished for batch in (done, wrong) for job in desk.jobs.list(batch=batch)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    [job] = desk.jobs.list(batch=done)
    assert job.state == "done", job.error
    assert job.result is not None
    assert job.result["name"] == "queued"
    [failed] = desk.jobs.list(batch=wrong)
    assert (failed.state, failed.error) == (
        "failed",
        "There is no file “no such set”, and no data set of that name with approved rows.",
    )
