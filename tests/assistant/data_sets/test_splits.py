import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.data_sets.rows import GoldSource, Row, read_rows
from assistant.data_sets.splits import split
from assistant.samples import SAMPLES
from models.backend import Message

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    made = []
    for number in range(draw(st.integers(0, 25))):
        opening = draw(st.integers(0, 30))
        history = (Message(role="user", content=f"Opening {opening}?"),) if draw(st.booleans()) else ()
        made.append(
            Row(
                id=str(number),
                question=f"opening  {opening}?" if not history else f"And {number}?",
                sources=tuple(GoldSource(document=f"d{n}") for n in draw(st.lists(st.integers(0, 20), max_size=2))),
                history=history,
                tags=(f"of:{draw(st.integers(0, 24))}",) if draw(st.integers(0, 5)) == 0 else (),
            )
        )
    return made


@given(rows(), st.integers(0, 3))
def test_every_row_is_in_one_part_and_parts_have_nothing_in_common(given_rows: list[Row], seed: int) -> None:
    found = split(given_rows, SHARES, seed=seed)
    part_of = {row.id: name for name, part in found.parts.items() for row in part}
    assert sorted(row.id for part in found.parts.values() for row in part) == sorted(row.id for row in given_rows)
    seen: dict[tuple[str, str], str] = {}
    for row in given_rows:
        opening = row.history[0].content if row.history else row.question
        shared = [
            *(("document", source.document) for source in row.sources),
            ("opening", " ".join(opening.lower().split())),
        ]
        for thing in shared:
            assert seen.setdefault(thing, part_of[row.id]) == part_of[row.id]
        if row.paraphrase_of in part_of:
            assert part_of[row.paraphrase_of] == part_of[row.id]


@given(st.integers(0, 50))
def test_rows_without_anything_in_common_come_near_to_the_shares(seed: int) -> None:
    alone = [Row(id=str(n), question=f"{n}?", sources=(GoldSource(document=str(n)),)) for n in range(100)]
    found = split(alone, {"train": 8, "dev": 1, "test": 1}, seed=seed)
    assert found.shares == {"train": 0.8, "dev": 0.1, "test": 0.1}


def test_the_seed_decides() -> None:
    alone = [Row(id=str(n), question=f"{n}?") for n in range(50)]
    assert split(alone, SHARES, seed=1) == split(alone, SHARES, seed=1)
    assert split(alone, SHARES, seed=1) != split(alone, SHARES, seed=2)


def test_the_shares_reached_are_told_where_a_document_is_in_all_rows() -> None:
    bound = [Row(id=str(n), question=f"{n}?", sources=(GoldSource(document="handbook"),)) for n in range(10)]
    assert split(bound, SHARES).shares == {"train": 1.0, "dev": 0.0, "test": 0.0}
    assert split([], SHARES).shares == {"train": 0.0, "dev": 0.0, "test": 0.0}


def test_the_samples_can_be_divided() -> None:
    found = split(read_rows(SAMPLES / "rows.jsonl"), {"train": 1, "test": 1})
    assert 0.3 <= found.shares["train"] <= 0.7


@pytest.mark.parametrize("shares", [{}, {"train": 0.0}, {"train": 2.0, "test": -1.0}])
def test_shares_that_make_no_sense_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="Shares"):
        split([], shares)
