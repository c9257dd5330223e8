from dataclasses import replace

import pytest

from assistant.evaluation.results import Opinion
from assistant.evaluation.runs import Runs, UnknownRun
from assistant.evaluation.summaries import Asked, summarise
from ingest.catalogue import Catalogue
from tests.assistant.evaluation.examples import CONFIGURATION, NO_ANSWER, ROW, asked, result

ROWS = [ROW, NO_ANSWER]


@pytest.fixture
def runs(catalogue: Catalogue) -> Runs:
    return Runs(catalogue)


def begun(runs: Runs, *, label: str = "first", fresh: bool = False) -> str:
    return runs.begin(label=label, data_set="rows", rows=ROWS, configuration=CONFIGURATION, fresh=fresh).id


def test_a_run_is_filled_finished_listed_and_removed(runs: Runs) -> None:
    run_id = begun(runs)
    assert len(run_id) == 12
    runs.add(run_id, 1, "k2", asked(NO_ANSWER))
    runs.add(run_id, 0, "k1", asked(ROW))
    [running] = runs.newest()
    assert (running.state, running.done, running.total, running.summary) == ("running", 2, 2, None)
    done = runs.finish(run_id, "done")
    assert [one.row for one in runs.asked(run_id)] == ROWS
    assert done.summary == summarise([asked(ROW), asked(NO_ANSWER)])
    assert runs.get(run_id[:5]) == done
    assert runs.newest("other") == []
    assert runs.remove(run_id).id == run_id
    assert runs.newest() == runs.asked(run_id) == []
    with pytest.raises(UnknownRun, match="There is no run"):
        runs.get(run_id)


@pytest.mark.parametrize("state", ["running", "cancelled", "failed"])
def test_an_unfinished_run_of_the_same_goes_on_and_another_does_not(runs: Runs, state: str) -> None:
    run_id = begun(runs)
    if state != "running":
        runs.finish(run_id, state)
    assert begun(runs) == run_id
    assert runs.get(run_id).state == "running"
    assert begun(runs, fresh=True) != run_id
    other = replace(CONFIGURATION, documents="changed")
    assert runs.begin(label="", data_set="rows", rows=ROWS, configuration=other).id != run_id
    assert runs.begin(label="", data_set="rows", rows=ROWS[:1], configuration=CONFIGURATION).id != run_id


def test_a_done_run_is_not_gone_on_with(runs: Runs) -> None:
    run_id = begun(runs)
    runs.finish(run_id, "done")
    assert begun(runs) != run_id


def test_another_answer_to_a_row_replaces_the_first(runs: Runs) -> None:
    run_id = begun(runs)
    for answer in ("One.", "Two."):
        runs.add(run_id, 0, "k1", asked(ROW, answer=answer))
    assert [one.result.answer for one in runs.asked(run_id)] == ["Two."]


def test_results_are_known_by_their_keys_and_failures_are_not(runs: Runs) -> None:
    run_id = begun(runs)
    runs.add(run_id, 0, "k1", asked(ROW))
    runs.add(run_id, 1, "k2", asked(NO_ANSWER, error="The server is gone."))
    assert runs.known(["k1", "k2", "k3"]) == {"k1": result()}
    assert runs.done(run_id) == {ROW.id}


def test_what_a_judge_thinks_is_kept_and_found_again(runs: Runs) -> None:
    run_id = begun(runs)
    runs.add(run_id, 0, "k1", asked(ROW))
    opinion = Opinion(rubric="correctness@1", model="m", score=4, reason="Nearly.", key="o1")
    runs.judged(run_id, Asked.of(ROW, result(opinions=(opinion,))))
    [kept] = runs.asked(run_id)
    assert (kept.result.opinions, kept.measures["judged_correctness"]) == ((opinion,), 4)
    assert runs.opinions([ROW.id]) == [opinion]
    assert runs.opinions(["other"]) == []


def test_a_beginning_that_several_runs_have_is_refused(runs: Runs) -> None:
    ids = [begun(runs, fresh=True) for _ in range(17)]  # two of them begin with the same digit
    first = max(ids, key=lambda one: sum(other[0] == one[0] for other in ids))[0]
    with pytest.raises(UnknownRun, match="write more of the id"):
        runs.get(first)
    with pytest.raises(UnknownRun):
        runs.get("")
    with pytest.raises(UnknownRun):
        runs.get("%")
