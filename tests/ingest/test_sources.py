from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources import SourceError, document_name, walk


def test_a_folder_gives_its_files_by_their_path_below_it_and_no_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.md", "a/x.txt", "a/.hidden", ".git/config"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert [source.name for source in walk([tmp_path], collection="c")] == ["b.md", "a/x.txt"]


def test_a_file_gives_itself_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("x")
    assert [source.name for source in walk([path], collection="c")] == ["x.md"]


def test_links_that_lead_out_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert list(walk([folder], collection="c")) == []


def test_a_path_that_is_not_there_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.txt"):
        list(walk([tmp_path / "nowhere.txt"], collection="c"))


def test_two_files_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "README.md").write_text(folder)
    with pytest.raises(SourceError, match=r"a/README\.md.*b/README\.md"):
        list(walk([tmp_path / "a", tmp_path / "b"], collection="c"))
    assert [source.name for source in walk([tmp_path], collection="c")] == ["a/README.md", "b/README.md"]
    twice = [tmp_path / "a" / "README.md"] * 2
    assert len(list(walk(twice, collection="c"))) == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Users\\me\\report.docx", "Users/me/report.docx"),
        ("/absolute.pdf", "absolute.pdf"),
        ("a\x00b\n.md", "ab.md"),
        ("\u202efdp.exe", "fdp.exe"),
        ("..", "unnamed"),
    ],
)
def test_names_lose_what_could_mislead(given: str, kept: str) -> None:
    assert document_name(given) == kept


@given(st.text())
def test_a_name_is_relative_short_and_stays_the_same_when_cleaned_again(name: str) -> None:
    cleaned = document_name(name)
    assert cleaned
    assert len(cleaned) <= 400
    assert ".." not in cleaned.split("/")
    assert not cleaned.startswith("/")
    assert document_name(cleaned) == cleaned
