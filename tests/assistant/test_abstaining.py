import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.abstaining import NOT_IN_DOCUMENTS, abstains, abstention

confidences = st.floats(min_value=0, max_value=1)


@given(confidences, confidences)
def test_the_surer_the_desk_is_the_less_it_takes_a_model_at_its_word(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert math.isfinite(abstention(less).bias)
    assert abstention(less).bias >= abstention(more).bias
    assert abstention(less).text == NOT_IN_DOCUMENTS


def test_a_sure_desk_overrules_a_half_sure_model_and_a_doubtful_one_backs_it() -> None:
    assert abstention(0.95).bias < -1
    assert abstention(0.5).bias == pytest.approx(0)
    assert abstention(0.1).bias > 2


def test_what_says_that_there_is_no_answer() -> None:
    assert abstains(" not in the documents")
    assert abstains("Not in the documents. See the handbook [1].")
    assert not abstains("Notes are in the documents [1].")
