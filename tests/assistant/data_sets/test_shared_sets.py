import threading
from collections.abc import Callable
from typing import Any

import pytest

from assistant.data_sets.data_sets import DataSets
from assistant.data_sets.rows import GoldSource, Row
from assistant.data_sets.shared_items import item_id
from assistant.data_sets.shared_sets import SharedSets
from assistant.desk import Desk
from assistant.tracing.project import LangfuseError, Project
from ingest.catalogue import Catalogue
from models.backend import Message
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, Fault, LangfuseServer

ROWS = [
    Row(
        id=f"r{number}",
        question=f"What does week {number} pay?",
        answers=("£165",),
        sources=(GoldSource(document="handbook.pdf", page=3, quote="A week pays £165."),),
        history=(Message(role="user", content="Hello"),),
        tags=("pay",),
    )
    for number in range(1, 6)
]


def _project(langfuse: LangfuseServer) -> Project:
    return Project(langfuse.url, public_key=PUBLIC_KEY, secret_key=SECRET_KEY, timeout_s=1)


def _mask(value: Any) -> Any:
    """Jane is a person."""
    if isinstance(value, str):
        return value.replace("Jane", "[person]")
    return [_mask(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
def data_sets(catalogue: Catalogue) -> DataSets:
    kept = DataSets(catalogue)
    kept.take("pay", ROWS)
    return kept


@pytest.fixture
def shared(data_sets: DataSets, langfuse: LangfuseServer) -> SharedSets:
    return SharedSets(data_sets, project=lambda: _project(langfuse), mask=_mask)


def test_approved_rows_become_items_that_are_sent_once(
    shared: SharedSets, data_sets: DataSets, langfuse: LangfuseServer
) -> None:
    data_sets.review("pay", ["r5"], "proposed")
    told: list[tuple[int, int]] = []
    pushed = shared.push("pay", told=lambda done, of: told.append((done, of)))
    assert (pushed.sent, pushed.unchanged, pushed.archived, told[-1]) == (4, 0, 0, (4, 4))
    assert langfuse.items.keys() == {item_id("pay", f"r{number}") for number in range(1, 5)}
    item = langfuse.items[item_id("pay", "r1")]
    assert item["input"] == {
        "question": "What does week 1 pay?",
        "history": [{"role": "user", "content": "Hello"}],
    }
    assert item["expectedOutput"] == {"answers": ["£165"], "answerable": True}
    assert item["metadata"]["sources"] == [{"document": "handbook.pdf", "page": 3, "quote": "A week pays £165."}]
    again = shared.push("pay")
    assert (again.sent, again.unchanged) == (0, 4)
    assert set(langfuse.arrivals.values()) == {1}
    assert langfuse.complaints == []


def test_changed_rows_overwrite_and_removed_ones_are_archived(
    shared: SharedSets, data_sets: DataSets, langfuse: LangfuseServer
) -> None:
    shared.push("pay")
    data_sets.take("pay", [Row(id="r1", question="What does a week pay now?", answers=("£170",))])
    data_sets.delete("pay", ["r2"])
    pushed = shared.push("pay")
    assert (pushed.sent, pushed.archived, pushed.unchanged) == (1, 1, 3)
    assert langfuse.items[item_id("pay", "r1")]["expectedOutput"]["answers"] == ["£170"]
    assert langfuse.items[item_id("pay", "r2")]["status"] == "ARCHIVED"
    data_sets.add("pay", ROWS[1])
    assert shared.push("pay").sent == 1
    assert langfuse.items[item_id("pay", "r2")]["status"] == "ACTIVE"


def test_what_was_changed_and_written_there_is_proposed_and_what_was_archived_is_told(
    shared: SharedSets, data_sets: DataSets, langfuse: LangfuseServer
) -> None:
    shared.push("pay")
    first, second = langfuse.items[item_id("pay", "r1")], langfuse.items[item_id("pay", "r2")]
    langfuse.take_item(first | {"expectedOutput": {"answers": ["£180"], "answerable": True}})
    langfuse.take_item(second | {"status": "ARCHIVED"})
    langfuse.take_item({"datasetName": "pay", "id": "new", "input": "Who is paid?", "expectedOutput": "All"})
    langfuse.take_item({"datasetName": "pay", "id": "odd", "input": {"text": "no question"}})
    pulled = shared.pull("pay")
    assert (pulled.added, pulled.changed, pulled.unchanged, list(pulled.archived)) == (1, 1, 3, ["r2"])
    [sentence] = pulled.unusable
    assert sentence.startswith("The item “odd” in Langfuse")
    proposed = {item.row.id: item for item in data_sets.items("pay", state="proposed")}
    assert proposed.keys() == {"r1", "new"}
    assert proposed["r1"].row.answers == ("£180",)
    assert proposed["r1"].row.sources == ROWS[0].sources
    assert "£165" in proposed["r1"].notes[0]
    assert (proposed["new"].row.question, proposed["new"].row.answers) == ("Who is paid?", ("All",))
    again = shared.pull("pay")
    assert (again.added, again.changed) == (0, 0)


def test_a_row_that_was_changed_here_is_not_taken_back_by_a_pull(shared: SharedSets, data_sets: DataSets) -> None:
    shared.push("pay")
    data_sets.take("pay", [Row(id="r1", question="What does a week pay now?")])
    assert shared.pull("pay").changed == 0
    assert data_sets.items("pay", state="proposed") == []


def test_personal_data_does_not_leave_and_is_not_lost_by_coming_back(
    shared: SharedSets, data_sets: DataSets, langfuse: LangfuseServer
) -> None:
    data_sets.take("pay", [Row(id="r9", question="What is Jane paid?", answers=("£9",))])
    shared.push("pay")
    assert "Jane" not in str(langfuse.items)
    item = langfuse.items[item_id("pay", "r9")]
    langfuse.take_item(item | {"expectedOutput": {"answers": ["£10"], "answerable": True}})
    assert shared.pull("pay").changed == 1
    [proposed] = data_sets.items("pay", state="proposed")
    assert (proposed.row.question, proposed.row.answers) == ("What is Jane paid?", ("£10",))


def test_more_items_than_a_page_holds_are_all_seen(shared: SharedSets, data_sets: DataSets) -> None:
    data_sets.take("pay", [Row(id=f"more{number}", question="What of it?") for number in range(240)])
    assert shared.push("pay").sent == 245
    assert shared.push("pay").unchanged == 245


def test_a_push_that_broke_off_goes_on_where_it_was(
    shared: SharedSets, data_sets: DataSets, langfuse: LangfuseServer
) -> None:
    langfuse.refused = {item_id("pay", "r3")}
    with pytest.raises(LangfuseError, match="answered 400"):
        shared.push("pay")
    taken = len(langfuse.items)
    langfuse.refused = set()
    assert shared.push("pay").sent == 5 - taken
    assert set(langfuse.arrivals.values()) == {1}


def test_a_push_that_was_cancelled_goes_on_where_it_was(
    shared: SharedSets, data_sets: DataSets, langfuse: LangfuseServer
) -> None:
    data_sets.take("pay", [Row(id=f"more{number}", question="What of it?") for number in range(60)])
    stop = threading.Event()
    first = shared.push("pay", told=lambda done, of: stop.set() if done else None, stop=stop)
    assert 0 < first.sent <= len(langfuse.items) < 65

    def leave(done: int, of: int) -> None:
        """As the page does, whose script ends while it draws how far it is."""
        if done:
            raise KeyboardInterrupt

    taken = len(langfuse.items)
    with pytest.raises(KeyboardInterrupt):
        shared.push("pay", told=leave)
    assert taken < len(langfuse.items) < 65
    left = 65 - len(langfuse.items)
    assert shared.push("pay").sent == left
    assert set(langfuse.arrivals.values()) == {1}


def test_a_pull_that_was_left_has_proposed_nothing_and_is_done_again(
    shared: SharedSets, data_sets: DataSets, langfuse: LangfuseServer
) -> None:
    shared.push("pay")
    for number in (1, 2):
        langfuse.items[item_id("pay", f"r{number}")]["expectedOutput"] = {"answers": ["£180"], "answerable": True}

    def leave(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared.pull("pay", told=leave)
    assert data_sets.items("pay", state="proposed") == []
    assert shared.pull("pay").changed == 2


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("hang", "did not answer within 1 seconds"),
        ("portal", "There is no Langfuse at"),
        ("redirect", "sends elsewhere"),
        (401, "refuses the keys"),
        (400, "answered 400"),
    ],
)
def test_what_fails_is_one_sentence_without_the_keys(
    shared: SharedSets, langfuse: LangfuseServer, fault: Fault, says: str
) -> None:
    langfuse.fault = fault
    for act in (shared.push, shared.pull):
        _fails(act, says)


def test_a_langfuse_that_is_not_there_and_a_set_that_it_does_not_have(
    shared: SharedSets, langfuse: LangfuseServer
) -> None:
    _fails(shared.pull, "Langfuse has no data set “pay”")
    langfuse.fault = 404
    _fails(shared.push, "There is no Langfuse at")
    langfuse.stop()
    _fails(shared.push, "cannot be reached")


def test_without_keys_it_says_so(desk: Desk) -> None:
    desk.data_sets.take("pay", ROWS)
    _fails(desk.shared_sets.push, "No keys of Langfuse are set")


def _fails(act: Callable[[str], object], says: str) -> None:
    with pytest.raises(LangfuseError, match=says) as refused:
        act("pay")
    sentence = str(refused.value)
    assert SECRET_KEY not in sentence
    assert "\n" not in sentence
