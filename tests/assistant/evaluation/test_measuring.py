from dataclasses import replace

import pytest

from assistant.data_sets.rows import Row
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.measuring import loss, measures_of
from assistant.evaluation.results import Opinion, Result
from assistant.events import Timings, Tokens
from tests.assistant.evaluation.examples import ABSTAINED, NO_ANSWER, ROW, result


def test_a_right_answer_is_measured_in_every_respect() -> None:
    values = measures_of(ROW, result())
    assert values["document_recall_1"] == 0
    assert values["document_recall_5"] == values["page_recall_5"] == values["quote_recall_5"] == 1
    assert values["quote_mrr"] == 0.5
    assert values["quote_share_5"] == 1
    assert (values["exact_match"], values["contains_gold"], values["gives_gold"]) == (0, 1, 1)
    assert values["first_quote_gives_gold"] == values["best_sentence_gives_gold"] == 1
    assert values["answer_f1"] == pytest.approx(2 / (1 + 5))  # one word in common, of one and of five
    assert values["groundedness"] == values["citation_precision"] == values["citation_recall"] == 1
    assert values["source_precision"] == values["source_recall"] == 1
    assert (values["decision_accuracy"], values["false_refusals"], values["false_answers"]) == (1, 0, None)
    assert (values["retrieve_s"], values["total_s"], values["first_token_s"]) == (0.02, 0.06, None)


def test_every_measure_of_rows_is_described_and_has_a_value_or_none() -> None:
    for row, kept in ((ROW, result()), (NO_ANSWER, result(**ABSTAINED)), (ROW, Result(searched="", passages=()))):
        assert set(measures_of(row, kept)) == {name for name, one in MEASURES.items() if not one.of_run}


def test_the_citations_in_an_answer_are_no_words_of_it() -> None:
    assert measures_of(ROW, result(answer="£165 [2]"))["exact_match"] == 1


def test_a_refusal_of_an_answerable_row_scores_nothing() -> None:
    values = measures_of(ROW, result(**ABSTAINED))
    assert values["answer_f1"] == values["gives_gold"] == values["similarity"] == values["first_quote_gives_gold"] == 0
    assert (values["false_refusals"], values["decision_accuracy"]) == (1, 0)
    assert values["groundedness"] is None


def test_what_the_documents_do_not_answer_has_a_decision_and_no_answer() -> None:
    for changes, right in ((ABSTAINED, 1.0), ({}, 0.0)):
        values = measures_of(NO_ANSWER, result(**changes))
        assert (values["decision_accuracy"], values["false_answers"]) == (right, 1 - right)
        assert values["answer_f1"] is values["false_refusals"] is values["document_recall_5"] is None


def test_a_turn_that_a_rail_stopped_is_a_refusal_of_its_own_kind() -> None:
    values = measures_of(ROW, result(stop_reason="It asks for a secret.", stopped_by="secrets", answer="It asks…"))
    assert (values["stopped"], values["false_refusals"], values["gives_gold"]) == (1, 1, 0)


def test_where_only_passages_were_asked_for_only_these_are_measured() -> None:
    searched = Result(
        searched="",
        passages=result().passages,
        timings=Timings(retrieve_s=0.02, quote_s=0, first_token_s=None, total_s=0.02),
    )
    values = measures_of(ROW, searched)
    assert values["quote_recall_5"] == 1
    assert {name for name, value in values.items() if value is not None and MEASURES[name].group != "retrieval"} == {
        "retrieve_s",
        "total_s",
    }


def test_a_row_without_pages_or_quotes_has_no_measure_by_these() -> None:
    row = replace(ROW, sources=(replace(ROW.sources[0], page=None, quote=None),))
    values = measures_of(row, result())
    assert values["document_recall_5"] == 1
    assert values["page_recall_5"] is values["quote_recall_5"] is values["quote_share_5"] is None


def test_of_a_long_expected_answer_half_of_its_words_are_enough() -> None:
    gold = "The crew must wear boots and gloves and goggles and tie the boat up at both ends"
    row = replace(ROW, answers=(gold,))
    said = "Boots, gloves and goggles must be worn, and the boat tied at both ends."
    values = measures_of(row, result(answer=said))
    assert (values["contains_gold"], values["gives_gold"]) == (0, 1)
    assert measures_of(row, result(answer="Boots are sold in the shop."))["gives_gold"] == 0


def test_tokens_count_only_where_a_model_wrote() -> None:
    timings = Timings(retrieve_s=0.02, quote_s=0.05, first_token_s=0.5, total_s=1.5)
    values = measures_of(ROW, result(timings=timings, tokens=Tokens(prompt=300, completion=20), cost=0.001))
    assert (values["prompt_tokens"], values["completion_tokens"], values["cost"]) == (300, 20, 0.001)
    assert measures_of(ROW, result())["prompt_tokens"] is None


def test_a_judge_s_score_is_a_measure_and_no_judgement_is_none() -> None:
    opinions = (
        Opinion(rubric="correctness@1", model="m", score=4, reason="Nearly."),
        Opinion(rubric="faithfulness@1", model="m", score=None, reason="No judgement."),
    )
    values = measures_of(ROW, result(opinions=opinions))
    assert (values["judged_correctness"], values["judged_faithfulness"]) == (4, None)


@pytest.mark.parametrize(
    ("row", "changes", "lost"),
    [
        (ROW, {}, 0),
        (ROW, {"answer": "Nothing is paid."}, 1),
        (ROW, ABSTAINED, 1),
        (NO_ANSWER, {}, 1),
        (replace(ROW, answers=()), {}, 0),
        (replace(ROW, answers=()), {"citations": ()}, 1),
        (replace(ROW, answers=(), sources=()), {}, 0),
    ],
)
def test_what_an_answer_loses(row: Row, changes: dict[str, object], lost: float) -> None:
    assert loss(row, result(**changes)) == lost
