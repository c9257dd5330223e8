import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.judge import Judge, Judged, parse_reply
from assistant.evaluation.rubrics import rubrics
from assistant.rails import Rails
from models.hosted import HostedBackend
from tests.assistant.evaluation.examples import ABSTAINED, NO_ANSWER, ROW, result
from tests.conftest import Hosted
from tests.models.hosted.misbehaving import KEY, Server, fails, in_turn, piece, streams, usage

GOOD = '{"reason": "It says so.", "score": 4}'
JUDGED = Judged(question="Who has the key?", answer="Mara [1]", expected=["Mara"], passages=["Mara has the key."])


def says(reply: str) -> Any:
    return streams(piece(reply), piece(finish="stop"), usage(200, 20))


@pytest.fixture(scope="module")
def rails() -> Iterator[Rails]:
    made = Rails(secrets=())
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def judge(server: Server, rails: Rails) -> Iterator[Judge]:
    backend = HostedBackend(server.url, api_key=KEY, model="small", timeout_s=5.0, retries=0)
    yield Judge(backend=backend, rails=rails)
    backend.close()


def test_each_rubric_gives_an_opinion(judge: Judge, server: Server) -> None:
    server.chat = in_turn(says(GOOD), says(f"```json\n{GOOD}\n```"))
    correct, faithful = judge.opinions(JUDGED)
    assert (correct.rubric, faithful.rubric) == ("correctness@1", "faithfulness@1")
    assert [(one.score, one.reason, one.model) for one in (correct, faithful)] == [(4, "It says so.", "small")] * 2
    first, second = ("".join(message["content"] for message in body["messages"]) for body in server.asked)
    assert "<expected>\nMara\n</expected>" in first
    assert "[1] Mara has the key." in second
    assert "<expected>" not in second


def test_what_it_has_said_of_the_same_words_is_not_asked_again(judge: Judge, server: Server) -> None:
    server.chat = says(GOOD)
    opinions = judge.opinions(JUDGED)
    assert judge.opinions(JUDGED, known=opinions) == opinions
    assert len(server.asked) == 2
    other = Judged(question=JUDGED.question, answer="Tom [1]", expected=["Mara"], passages=JUDGED.passages)
    judge.opinions(other, known=opinions)
    assert len(server.asked) == 4


def test_a_judge_that_cannot_be_asked_gives_no_judgement_and_is_asked_again(judge: Judge, server: Server) -> None:
    server.chat = fails(500)
    failed = judge.opinions(JUDGED)
    assert {one.score for one in failed} == {None}
    assert all(one.reason for one in failed)
    server.chat = says(GOOD)
    assert [one.score for one in judge.opinions(JUDGED, known=failed)] == [4, 4]


def test_without_an_expected_answer_only_faithfulness_is_judged(judge: Judge, server: Server) -> None:
    server.chat = says(GOOD)
    [opinion] = judge.opinions(Judged(question="Who?", answer="Mara", passages=["Mara has it."]))
    assert opinion.rubric == "faithfulness@1"


def test_a_hosted_judge_does_not_see_personal_data_and_its_reason_has_it_again(judge: Judge, server: Server) -> None:
    server.chat = says('{"reason": "It names <EMAIL_1>.", "score": 5}')
    mail = "mara.quill@tarrow.example"
    opinions = judge.opinions(Judged(question="Whom do I write to?", answer=f"Write to {mail}.", passages=[mail]))
    assert mail not in json.dumps(server.asked)
    assert opinions[0].reason == f"It names {mail}."


def test_passages_that_do_not_fit_are_left_out_from_the_end(server: Server, rails: Rails) -> None:
    server.chat = says(GOOD)
    backend = HostedBackend(server.url, api_key=KEY, model="small", timeout_s=5.0, retries=0, context_tokens=1500)
    passages = ["The first passage.", *("word " * 400 for _ in range(6))]
    opinions = Judge(backend=backend, rails=rails).opinions(Judged(question="?", answer="Yes.", passages=passages))
    backend.close()
    asked = server.asked[0]["messages"][-1]["content"]
    assert "The first passage." in asked
    assert "[7]" not in asked
    assert opinions[0].score == 4


def test_a_real_server_is_asked_and_what_is_no_judgement_is_none(hosted_server: Hosted, rails: Rails) -> None:
    backend = HostedBackend(
        hosted_server.url, api_key=hosted_server.key, model=hosted_server.model, context_tokens=4096
    )
    opinions = Judge(backend=backend, rails=rails).opinions(JUDGED)
    backend.close()
    assert len(opinions) == 2
    assert all(one.key and one.reason for one in opinions)
    assert all(one.score is None or 1 <= one.score <= 5 for one in opinions)


@given(st.integers(1, 5), st.text(min_size=1).filter(str.strip))
def test_a_reply_in_the_form_asked_for_is_read(score: int, reason: str) -> None:
    assert parse_reply(json.dumps({"reason": reason, "score": score})) == (score, reason.strip())


@given(
    st.one_of(
        st.text(),
        st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda of: st.lists(of)).map(json.dumps),
        st.fixed_dictionaries({"score": st.sampled_from([0, 6, True, 4.5, "4", None]), "reason": st.just("a")}).map(
            json.dumps
        ),
        st.just('{"score": 4}'),
        st.just('The score is 4. {"score": 4, "reason": "a"}'),
    )
)
def test_anything_else_is_no_judgement(reply: str) -> None:
    score, reason = parse_reply(reply)
    assert score is None
    assert reason.startswith("No judgement: ")


def test_there_is_nothing_to_judge_where_nothing_was_answered() -> None:
    assert Judged.of(ROW, result(**ABSTAINED)) is None
    assert Judged.of(ROW, result(error="The model broke.")) is None
    of_row = Judged.of(ROW, result())
    assert of_row is not None
    assert (of_row.expected, len(of_row.passages)) == (ROW.answers, 2)
    unanswerable = Judged.of(NO_ANSWER, result())
    assert unanswerable is not None
    assert unanswerable.expected == ()


def test_a_rubric_s_form_is_filled_once(tmp_path: Path) -> None:
    [correctness] = [rubric for rubric in rubrics() if rubric.name == "correctness"]
    messages = correctness.ask({"question": "{answer}", "expected": "{question}", "answer": "A {0} {"})
    assert "<question>\n{answer}\n</question>" in messages[1].content
    assert "A {0} {" in messages[1].content
    assert messages[0].role == "system"
