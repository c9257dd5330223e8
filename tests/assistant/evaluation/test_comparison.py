from dataclasses import replace

from assistant.evaluation.comparison import compare_runs
from assistant.evaluation.summaries import Asked
from assistant.events import Timings
from tests.assistant.evaluation.examples import ABSTAINED, ROW, asked, result


def _rows(answers: int, of: int) -> list[Asked]:
    """The first `answers` of them are answered, the others refused."""
    return [asked(replace(ROW, id=str(at)), **({} if at < answers else ABSTAINED)) for at in range(of)]


def test_a_run_compared_with_itself_has_changed_in_nothing() -> None:
    found = compare_runs(_rows(5, 9), _rows(5, 9))
    assert found.changes == ()
    assert {gain.is_better for gain in found.gains.values()} == {None}
    assert (found.common, found.only_first, found.only_second) == (9, 0, 0)


def test_what_is_better_is_said_whichever_way_is_up() -> None:
    found = compare_runs(_rows(10, 40), _rows(30, 40))
    gained, refused = found.gains["gives_gold"], found.gains["false_refusals"]
    assert gained.is_better is refused.is_better is True
    assert (gained.better, gained.worse) == (refused.better, refused.worse) == (20, 0)
    assert (gained.first, gained.second) == (0.25, 0.75)
    assert refused.comparison.difference.value == -0.5
    assert "the second is better, 0.750 → 0.250" in refused.statement
    assert refused.statement.endswith("20 better, 0 worse; p < 0.001.")
    back = compare_runs(_rows(30, 40), _rows(10, 40))
    assert back.gains["gives_gold"].is_better is back.gains["false_refusals"].is_better is False


def test_the_rows_that_changed_most_come_first_with_the_reason() -> None:
    passages = result().passages
    first = [asked(replace(ROW, id=name)) for name in ("same", "later", "refused")]
    second = [
        first[0],
        asked(replace(ROW, id="later"), passages=(passages[0], passages[0], passages[0], passages[1])),
        asked(replace(ROW, id="refused"), **ABSTAINED),
    ]
    found = compare_runs(first, second)
    assert [change.first.row.id for change in found.changes] == ["refused", "later"]
    assert found.changes[0].reasons == ("not answered any more",)
    assert found.changes[1].reasons == ("the source came at 2, now at 4",)
    assert -1 <= found.changes[0].gain < found.changes[1].gain < 0


def test_another_answer_another_search_and_a_failure_are_reasons() -> None:
    other = asked(ROW, answer="Nothing at all.", searched="phone", error="The server is gone.")
    [change] = compare_runs([asked(ROW)], [other]).changes
    assert "searched for “phone” instead of “What is paid for the duty phone?”" in change.reasons
    assert "the model failed: The server is gone." in change.reasons
    assert "does not give the answer any more" in change.reasons


def test_only_rows_that_both_have_and_that_ask_the_same_are_compared() -> None:
    first = [asked(replace(ROW, id="a")), asked(replace(ROW, id="b"))]
    second = [asked(replace(ROW, id="a", question="Something else?")), asked(replace(ROW, id="c"))]
    found = compare_runs(first, second)
    assert (found.common, found.only_first, found.only_second, found.gains) == (0, 2, 2, {})


def test_a_slower_run_is_worse() -> None:
    slow = Timings(retrieve_s=1, quote_s=2, first_token_s=None, total_s=3)
    first = [asked(replace(ROW, id=str(at))) for at in range(10)]
    second = [asked(replace(ROW, id=str(at)), timings=slow) for at in range(10)]
    gain = compare_runs(first, second).gains["total_s"]
    assert (gain.is_better, gain.better, gain.worse) == (False, 0, 10)
