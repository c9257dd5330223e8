"""Real files of many kinds, whole, damaged and encrypted."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.parsing import SUFFIXES, ParseError

SLOW = {"DA-619p.pdf", "pdf2image-memory-error-test-400p.pdf", "handbook-872p.docx", "book-war-and-peace-1225p.txt"}
REFUSED = {"empty.txt", "password.pdf", "password_protected.xlsx"}


def test_every_real_file_is_read_or_refused_in_one_sentence(refdesk_data: Path, show: Callable[..., Any]) -> None:
    folder = refdesk_data / "messy" / "example-docs"
    if not folder.is_dir():
        pytest.skip("REFDESK_DATA has no messy/example-docs")
    sentences = {}
    read = Counter[str]()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in SLOW):
        try:
            show(path)
        except ParseError as error:
            sentences[path.name] = str(error)
        else:
            read[path.suffix.lower()] += 1
    assert all(sentence.endswith(".") and ". " not in sentence for sentence in sentences.values())
    assert {name for name in sentences if Path(name).suffix.lower() in SUFFIXES} == REFUSED
    assert set(read) <= SUFFIXES
    assert read.total() > 150
