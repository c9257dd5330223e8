from hypothesis import given
from hypothesis import strategies as st

from assistant.tracing.backoff import Backoff


@given(attempts=st.integers(1, 10_000))
def test_the_wait_doubles_up_to_the_most_and_is_never_less_than_half(attempts: int) -> None:
    full = min(300.0, 2.0 ** min(attempts - 1, 100))
    assert full / 2 <= Backoff(first_s=1, most_s=300).seconds(attempts) <= full


def test_those_who_failed_together_come_back_apart() -> None:
    backoff = Backoff()
    assert len({backoff.seconds(5) for _ in range(20)}) == 20
