import json

from assistant.evaluation.results import Result
from tests.assistant.evaluation.examples import ABSTAINED, result


def test_a_result_comes_back_from_its_json_as_it_was() -> None:
    for kept in (result(), result(**ABSTAINED), Result(searched="a", passages=())):
        assert Result.from_json(json.loads(json.dumps(kept.to_json()))) == kept


def test_the_passages_that_are_cited_are_found_by_their_numbers() -> None:
    assert [hit.document for hit in result().cited()] == ["handbook.pdf"]
    assert Result(searched="", passages=result().passages).cited() == []
