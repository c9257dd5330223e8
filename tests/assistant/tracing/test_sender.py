import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from assistant.tracing import Outbox
from assistant.tracing.scores import VOTE, score_id
from ingest.catalogue import Catalogue
from tests.assistant.tracing.conftest import Start
from tests.assistant.tracing.turns import ASKED_AT, ids, is_empty, is_whole, record, trace_id, until
from tests.langfuse_server import SECRET_KEY, Fault, Form, LangfuseServer

Vote = Callable[..., None]

on_sqlite = pytest.mark.parametrize("catalogue", ["sqlite"], indirect=True)
"""For what is about the server and not about the database."""


@pytest.fixture
def vote(catalogue: Catalogue, outbox: Outbox) -> Vote:
    def vote(number: int, value: int = 1, *, person: str = "reader", comment: str = "") -> None:
        with catalogue.writing() as session:
            outbox.score(
                session,
                trace_id(number),
                person=person,
                value=value,
                given_at=ASKED_AT,
                comment=comment,
                reasons=["wrong"],
            )

    return vote


def test_what_is_recorded_arrives_once_and_is_gone_from_the_outbox(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start, vote: Vote
) -> None:
    record(catalogue, outbox, *range(1, 121))
    for number in range(1, 121):
        vote(number)
    start()
    until(is_empty(outbox))
    assert is_whole(langfuse, range(1, 121))
    assert len(langfuse.scores) == 120
    assert set(langfuse.arrivals.values()) == {1}
    assert langfuse.complaints == []
    assert langfuse.requests <= 10


@on_sqlite
@pytest.mark.parametrize("fault", ["refuse", "hang", "cut", "drip", "redirect", "portal", 400, 401, 404, 429, 500, 503])
def test_all_arrive_when_langfuse_is_back(
    fault: Fault | str, catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start, vote: Vote
) -> None:
    if fault == "refuse":
        langfuse.stop()
    else:
        langfuse.fault = fault  # type: ignore[assignment]
    record(catalogue, outbox, *range(1, 31))
    vote(3)
    start(timeout_s=0.2)
    until(lambda: outbox.waiting().error is not None)
    record(catalogue, outbox, *range(31, 61))
    assert outbox.waiting().rows == 61
    langfuse.fault = None
    if fault == "refuse":
        langfuse.start()
    until(is_empty(outbox))
    assert is_whole(langfuse, range(1, 61))
    assert len(langfuse.scores) == 1
    assert langfuse.complaints == []


@on_sqlite
def test_one_row_that_is_always_refused_holds_up_no_other_and_is_not_lost(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start, vote: Vote
) -> None:
    langfuse.refused = {trace_id(7)}
    record(catalogue, outbox, *range(1, 61))
    for number in (7, 8):
        vote(number)
    start()
    until(lambda: outbox.waiting().rows == 2)
    assert langfuse.traces == ids(range(1, 61)) - {trace_id(7)}
    assert len(langfuse.scores) == 1
    assert "400" in (outbox.waiting().error or "")
    langfuse.refused = set()
    until(is_empty(outbox))
    assert is_whole(langfuse, range(1, 61))


@on_sqlite
def test_one_row_that_langfuse_breaks_on_holds_up_no_other(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    langfuse.broken_by = {trace_id(7)}
    record(catalogue, outbox, *range(1, 61))
    start()
    until(lambda: outbox.waiting().rows == 1)
    record(catalogue, outbox, *range(61, 64))
    until(lambda: outbox.waiting().rows == 1)
    assert langfuse.traces == ids(range(1, 64)) - {trace_id(7)}


@on_sqlite
def test_scores_of_which_some_are_refused_arrive_but_those(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start, vote: Vote
) -> None:
    langfuse.refused = {score_id(trace_id(1), "reader", VOTE, ASKED_AT)}
    record(catalogue, outbox, *range(1, 11))
    for number in range(1, 11):
        vote(number)
    start()
    until(lambda: outbox.waiting().rows == 1)
    assert {score["traceId"] for score in langfuse.scores.values()} == ids(range(2, 11))
    assert outbox.waiting().error is not None
    langfuse.refused = set()
    until(is_empty(outbox))
    assert len(langfuse.scores) == 10


@on_sqlite
@pytest.mark.parametrize("form", ["list", "single", "both"])
def test_scores_go_in_the_form_that_the_server_takes(
    form: Form, catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start, vote: Vote
) -> None:
    langfuse.form = form
    record(catalogue, outbox, *range(1, 21))
    for number in range(1, 21):
        vote(number)
    start()
    until(is_empty(outbox))
    assert len(langfuse.scores) == 20
    assert set(langfuse.arrivals.values()) == {1}
    assert langfuse.requests == {"list": 2, "single": 22, "both": 2}[form]
    if form == "single":
        langfuse.form = "list"  # it was updated meanwhile
        vote(1, -1)
        until(is_empty(outbox))
        assert {score["value"] for score in langfuse.scores.values()} == {1, -1}


def test_votes_are_changed_and_taken_back_in_order(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start, vote: Vote
) -> None:
    record(catalogue, outbox, 1)
    start()
    vote(1, 1)
    until(is_empty(outbox))
    vote(1, -1, comment="It is £175 since June.")
    until(is_empty(outbox))
    (score,) = langfuse.scores.values()
    assert (score["value"], score["comment"], score["metadata"]) == (
        -1,
        "It is £175 since June.",
        {"reasons": ["wrong"]},
    )
    with catalogue.writing() as session:
        outbox.retraction(session, trace_id(1), person="reader", given_at=ASKED_AT)
    until(is_empty(outbox))
    assert langfuse.scores == {}
    with catalogue.writing() as session:
        outbox.score(session, trace_id(1), person="reader", value=1, given_at=ASKED_AT + timedelta(minutes=1))
    until(is_empty(outbox))
    assert [score["value"] for score in langfuse.scores.values()] == [1]
    assert [what for what, _ in langfuse.log] == ["trace", "score", "score", "deleted", "score"]
    assert langfuse.complaints == []


@on_sqlite
def test_a_vote_taken_back_before_it_was_sent_is_not_waited_for_for_ever(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start, vote: Vote
) -> None:
    record(catalogue, outbox, 1)
    vote(1)
    with catalogue.writing() as session:
        outbox.retraction(session, trace_id(1), person="reader", given_at=ASKED_AT)
    start()
    until(is_empty(outbox))
    assert langfuse.scores == {}


def test_a_deleted_conversation_is_deleted_there(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    record(catalogue, outbox, 1, 2)
    start()
    until(is_empty(outbox))
    with catalogue.writing() as session:
        outbox.forget(session, [trace_id(1)])
    until(is_empty(outbox))
    assert langfuse.traces == {trace_id(2)}


@on_sqlite
def test_nothing_unmasked_leaves_when_the_mask_breaks(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    broken = threading.Event()
    broken.set()

    def mask(value: Any) -> Any:
        if broken.is_set() and "pay" in str(value):
            raise RuntimeError("What does it pay?")
        return value

    record(catalogue, outbox, 1)
    start(mask=mask)
    until(lambda: outbox.waiting().error is not None)
    assert langfuse.requests == 0
    error = outbox.waiting().error or ""
    assert "masked" in error
    assert "pay" not in error
    broken.clear()
    until(is_empty(outbox))
    assert is_whole(langfuse, range(1, 2))


@on_sqlite
@pytest.mark.parametrize("fault", [None, 400, 401, 500])
def test_the_keys_are_written_nowhere(
    fault: Fault,
    catalogue: Catalogue,
    outbox: Outbox,
    langfuse: LangfuseServer,
    start: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    langfuse.fault = fault
    record(catalogue, outbox, 1)
    start()
    until(lambda: outbox.waiting().error is not None or outbox.waiting().rows == 0)
    for said in (caplog.text, outbox.waiting().error or ""):
        assert SECRET_KEY not in said
        assert "cGstbGYtdGVzdDpzay1sZi10ZXN0" not in said


@on_sqlite
def test_a_redirect_is_not_followed(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    langfuse.fault = "redirect"
    record(catalogue, outbox, 1)
    start()
    until(lambda: langfuse.requests >= 3)
    assert langfuse.traces == set()
    assert "langfuse.url" in (outbox.waiting().error or "")


@on_sqlite
def test_a_server_that_asks_to_be_left_alone_is(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    langfuse.fault, langfuse.retry_after = 429, "60"
    record(catalogue, outbox, 1, 2)
    start()
    until(lambda: outbox.waiting().error is not None)
    time.sleep(0.5)
    assert langfuse.requests == 1


@on_sqlite
@pytest.mark.parametrize("fault", ["hang", "drip", 500, None])
def test_closing_is_prompt_whatever_langfuse_does(
    fault: Fault, catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    langfuse.fault = fault
    record(catalogue, outbox, 1)
    sender = start(timeout_s=60)
    until(lambda: langfuse.requests > 0)
    began = time.monotonic()
    sender.close()
    assert time.monotonic() - began < 1
    assert not [thread for thread in threading.enumerate() if thread.name == "traces"]
    langfuse.fault = None
    sender.start()
    until(is_empty(outbox))


def test_one_process_sends_and_another_goes_on_when_it_ends(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    first = start()
    record(catalogue, outbox, 1)
    until(is_empty(outbox))
    start()
    record(catalogue, outbox, 2)
    until(is_empty(outbox))
    first.close()
    record(catalogue, outbox, 3)
    until(is_empty(outbox))
    assert is_whole(langfuse, range(1, 4))
    assert set(langfuse.arrivals.values()) == {1}
