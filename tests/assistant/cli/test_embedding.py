import json
from collections.abc import Callable
from pathlib import Path

from tests.assistant.cli.conftest import Run


def test_a_model_is_used_listed_and_taken_back(refdesk: Run, home: Path, tiny_embedding: Callable[[int], Path]) -> None:
    tiny = tiny_embedding(1)
    used = json.loads(refdesk("embedding", "use", tiny, "--json", home=home).stdout)
    assert (used["name"], used["used"], used["verdict"]) == (tiny.name, True, None)
    listed = refdesk("embedding", "list", "--json", home=home).stdout.splitlines()
    by_name = {line["name"]: line for line in map(json.loads, listed)}
    assert by_name[tiny.name]["used"]
    assert by_name["all-MiniLM-L6-v2"]["before"]
    assert by_name[tiny.name]["vectors"] == by_name["all-MiniLM-L6-v2"]["vectors"] > 0
    assert "all-MiniLM-L6-v2" in refdesk("embedding", "rollback", home=home).stdout
    refused = refdesk("embedding", "use", tiny.name, "--rows", _rows(), "--collection", "samples", home=home)
    assert refused.returncode == 0
    assert "finds no more" in refused.stdout
    assert "* all-MiniLM-L6-v2" in refdesk("embedding", "list", home=home).stdout


def _rows() -> Path:
    return Path(__file__).parents[3] / "samples" / "rows.jsonl"


def test_errors_are_one_sentence(refdesk: Run, tmp_path: Path) -> None:
    for arguments, says in (
        (("use", "nothing"), "There is no embedding model “nothing”"),
        (("rollback",), "no embedding model to go back to"),
        (("remove", "all-MiniLM-L6-v2"), "is in use"),
        (("fit", "new"), "too few"),
    ):
        done = refdesk("embedding", *arguments)
        assert done.returncode == 1
        assert says in done.stderr
        assert done.stderr.count("\n") == 1
