import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.data_sets.rows import GoldSource, Row, RowsError, hash_of, parse_rows, read_rows, write_rows
from assistant.samples import SAMPLES
from models.backend import Message

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
SOURCE = st.builds(
    GoldSource, document=TEXT, page=st.none() | st.integers(1, 900), quote=st.none() | st.text("ab é", max_size=9)
)
SAID = st.builds(Message, role=st.sampled_from(["user", "assistant"]), content=TEXT)
ROW = st.builds(
    Row,
    id=TEXT,
    question=TEXT,
    answers=st.lists(TEXT, max_size=2).map(tuple),
    answerable=st.booleans(),
    sources=st.lists(SOURCE, max_size=2).map(tuple),
    history=st.lists(SAID, max_size=2).map(tuple),
    tags=st.lists(TEXT, max_size=2).map(tuple),
)
ROWS = st.lists(ROW, max_size=4, unique_by=lambda row: row.id)


@given(rows=ROWS)
def test_rows_come_back_as_they_were_written(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    write_rows(path, rows)
    assert read_rows(path) == rows


def test_the_samples_rows_are_rows() -> None:
    rows = read_rows(SAMPLES / "rows.jsonl")
    assert len(rows) == 40
    assert {row.paraphrase_of for row in rows} - {None} <= {row.id for row in rows}


@given(rows=ROWS, row=ROW)
def test_the_hash_is_of_the_content_not_of_the_order(rows: list[Row], row: Row) -> None:
    assert hash_of(rows) == hash_of(rows[::-1])
    assert hash_of([*rows, row]) != hash_of(rows)


def test_keys_in_another_order_and_keys_of_others_make_the_same_row() -> None:
    one, other = '{"id": "a", "question": "Why?"}', '{"more": 1, "question": "Why?", "id": "a", "answers": null}'
    (first,), (second,) = parse_rows(one), parse_rows(other)
    assert first == second
    assert first.content_hash == second.content_hash


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "Line 2 of x.jsonl is not JSON: Expecting property name enclosed in double quotes."),
        ("[" * 100_000, "Line 2 of x.jsonl is not JSON: it cannot be read."),
        ("3", "Line 2 of x.jsonl is no object: a row is written {…}."),
        ('{"id": "b"}', "Line 2 of x.jsonl has no “question”."),
        ('{"question": "Why?"}', "Line 2 of x.jsonl has no “id”."),
        ('{"id": "b", "question": " "}', "Line 2 of x.jsonl has an empty “question”."),
        ('{"id": "b", "question": 3}', "Line 2 of x.jsonl: “question” must be text in quotation marks."),
        ('{"id": "b", "question": "?", "answers": "a"}', "Line 2 of x.jsonl: “answers” must be a list of texts."),
        (
            '{"id": "b", "question": "?", "answers": [1]}',
            "Line 2 of x.jsonl: “answers” must be text in quotation marks.",
        ),
        ('{"id": "b", "question": "?", "answerable": 1}', "Line 2 of x.jsonl: “answerable” must be true or false."),
        (
            '{"id": "b", "question": "?", "sources": [{"page": 1}]}',
            "Line 2 of x.jsonl, number 1 of “sources”, has no “document”.",
        ),
        (
            '{"id": "b", "question": "?", "sources": [{"document": "d", "page": 0}]}',
            "Line 2 of x.jsonl, number 1 of “sources”,: “page” must be a whole number from 1.",
        ),
        (
            '{"id": "b", "question": "?", "history": [{"role": "boss", "content": "x"}]}',
            "Line 2 of x.jsonl, number 1 of “history”,: “role” must be one of system, user, assistant.",
        ),
        ('{"id": "a", "question": "?"}', "Line 2 of x.jsonl has the id “a” of line 1; give each row an id of its own."),
        (
            r'{"id": "b", "question": "\ud800"}',
            "Line 2 of x.jsonl: “question” holds half a character (a lone surrogate).",
        ),
    ],
)
def test_a_fault_is_said_in_one_sentence_with_its_line(line: str, sentence: str) -> None:
    with pytest.raises(RowsError) as raised:
        parse_rows('{"id": "a", "question": "?"}\n' + line, name="x.jsonl")
    assert str(raised.value) == sentence


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT,
        lambda more: (
            st.lists(more)
            | st.dictionaries(
                st.sampled_from(["id", "question", "answers", "sources", "document", "history", "tags"]), more
            )
        ),
    )
)
def test_any_json_is_a_row_or_a_sentence(value: object) -> None:
    sentences = []
    try:
        parse_rows(json.dumps(value))
    except RowsError as error:
        sentences.append(str(error))
    assert not any("\n" in sentence for sentence in sentences)


def test_a_file_that_is_not_there_or_not_utf_8_is_said(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe\xe9")
    with pytest.raises(RowsError, match=r"latin\.jsonl is not UTF-8 text"):
        read_rows(tmp_path / "latin.jsonl")
