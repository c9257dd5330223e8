import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.conftest import SAMPLES
from tests.langfuse_server import PUBLIC_KEY, SECRET_KEY, LangfuseServer

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Four of the samples' rows."""
    lines = (SAMPLES / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join([*lines[:3], lines[-1]]), encoding="utf-8")
    return path


def lines_of(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_data_set_is_evaluated_compared_listed_exported_and_removed(
    refdesk: Run, home: Path, rows: Path, tmp_path: Path
) -> None:
    report, out = tmp_path / "report.html", tmp_path / "run.json"
    first = refdesk("eval", rows, "--out", out, "--html", report, home=home)
    assert first.returncode == 0, first.stderr
    assert "groundedness" in first.stdout
    assert html.fromstring(report.read_text(encoding="utf-8")).xpath("//details")

    [second] = lines_of(
        refdesk("eval", rows, "--set", "retrieval.ranking=bm25", "--label", "words", "--json", home=home)
    )
    assert (second["state"], second["done"], second["label"]) == ("done", 4, "words")
    assert second["configuration"]["settings"]["retrieval"]["ranking"] == "bm25"
    assert set(second["summary"]["measures"]["answer_f1"]) == {"value", "low", "high", "rows"}

    [compared] = lines_of(refdesk("compare", out, second["id"], "--html", report, "--json", home=home))
    assert compared["common"] == 4
    assert compared["measures"]["document_mrr"].keys() >= {"difference", "low", "high", "p", "statement"}
    said = refdesk("compare", second["id"][:6], out, home=home).stdout
    assert f"words ({second['id']}) → quote@1" in said
    assert "4 rows in common" in said

    listed = lines_of(refdesk("runs", "list", "--data-set", "few.jsonl", "--json", home=home))
    assert [run["label"] for run in listed] == ["words", "quote@1"]
    [shown] = lines_of(refdesk("runs", "show", second["id"], "--json", home=home))
    assert [one["row"]["id"] for one in shown["rows"]] == [
        json.loads(line)["id"] for line in rows.open(encoding="utf-8")
    ]
    refdesk("runs", "export", second["id"], tmp_path / "again.json", home=home)
    assert json.loads((tmp_path / "again.json").read_text(encoding="utf-8")) == shown
    assert lines_of(refdesk("runs", "remove", second["id"], "--json", home=home)) == [{"removed": second["id"]}]
    assert second["id"] not in refdesk("runs", "list", home=home).stdout


def test_each_backend_and_prompt_is_a_line_of_a_table(refdesk: Run, home: Path, rows: Path) -> None:
    table = refdesk("eval", rows, "--prompt", "quote,direct", "--backend", "local", "--limit", 1, home=home)
    head, quote, direct = table.stdout.splitlines()
    assert "answer F1" in head
    assert "quote@1" in quote
    assert "local (SmolLM2-135M-Refdesk) direct@1" in direct


def test_a_run_that_falls_short_ends_with_a_sentence_for_each_miss(
    refdesk: Run, home: Path, rows: Path, tmp_path: Path
) -> None:
    gate = tmp_path / "metrics.toml"
    gate.write_text("[floors]\nexact_match = 1.0\n[ceilings]\nfalse_refusals = 1.0\n")
    failed = refdesk("eval", rows, "--retrieval-only", "--fail-under", gate, home=home)
    assert failed.returncode == 1
    assert [line for line in failed.stderr.splitlines() if line.startswith("search: ")] == [
        "search: exact_match was not measured.",
        "search: false_refusals was not measured.",
    ]
    gate.write_text("[floors]\ndocument_recall_10 = 0.5\n")
    passed = refdesk("eval", rows, "--retrieval-only", "--fail-under", gate, "--json", home=home)
    assert (passed.returncode, len(lines_of(passed))) == (0, 1)


def test_the_samples_keep_their_floors(refdesk: Run, home: Path) -> None:
    gate = SAMPLES / "metrics.toml"
    held = refdesk("eval", SAMPLES / "rows.jsonl", "--prompt", "quote", "--fail-under", gate, "--json", home=home)
    assert held.returncode == 0, held.stderr
    [run] = lines_of(held)
    assert run["done"] == 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.jsonl"], "There is no data set “nothing.jsonl”"),
        (["few.jsonl", "--prompt", "poem"], "There is no prompt “poem”"),
        (["few.jsonl", "--backend", "cloud"], "There is no backend “cloud”"),
        (["few.jsonl", "--set", "retrieval.weight=0"], "The setting “retrieval.weight” is wrong"),
        (["few.jsonl", "--set", "retrieval"], "“retrieval” sets nothing"),
        (["few.jsonl", "--resume", "abc"], "There is no run “abc”"),
        (["few.jsonl", "--fail-under", "nothing.toml"], "cannot be read"),
        (["few.jsonl", "--prompt", "quote,direct", "--out", "run.json"], "--out writes one run"),
        (["few.jsonl", "--judge", "somebody"], "There is no backend “hosted”"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(refdesk: Run, rows: Path, arguments: list[str], said: str) -> None:
    assert rows.name == "few.jsonl"
    refused = refdesk("eval", *arguments)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_file_that_is_no_run_is_not_compared(refdesk: Run, rows: Path) -> None:
    refused = refdesk("compare", rows, rows)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    (rows.parent / "other.json").write_text('{"format": "refdesk run 1"}')
    assert "cannot be read" in refdesk("compare", "other.json", "other.json").stderr


def test_a_run_is_shown_in_langfuse_when_it_is_done(
    refdesk: Run, home: Path, langfuse: LangfuseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFDESK_LANGFUSE__URL", langfuse.url)
    monkeypatch.setenv("REFDESK_LANGFUSE__PUBLIC_KEY", PUBLIC_KEY)
    monkeypatch.setenv("REFDESK_LANGFUSE__SECRET_KEY", SECRET_KEY)
    ask = ("eval", "samples", "--limit", 3, "--retrieval-only", "--langfuse")
    refdesk("dataset", "import", "samples", SAMPLES / "rows.jsonl", home=home)
    refused = refdesk(*ask, home=home)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Langfuse has no data set “samples”" in refused.stderr
    refdesk("dataset", "push", "samples", home=home)
    told = refdesk(*ask, home=home)
    assert told.returncode == 0, told.stderr
    assert ": 3 rows, " in told.stdout.splitlines()[-1]
    [items] = langfuse.experiments.values()
    assert len(items) == 3
