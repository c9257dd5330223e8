import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Run = Callable[..., CompletedProcess[str]]


def test_a_trial_is_begun_listed_and_ended(refdesk: Run, home: Path) -> None:
    assert "No trial yet" in refdesk("trials", "list", home=home).stdout
    begun = json.loads(refdesk("trials", "begin", "--share", "0.3", "--json", home=home).stdout)
    assert (begun["share"], begun["challenger"]["prompt"], begun["ended_at"]) == (0.3, "direct", None)
    listed = refdesk("trials", "list", home=home).stdout
    assert f"{begun['id']}  30% since" in listed
    assert "challenger  local · direct: 0 conversations, 0 up, 0 down" in listed
    refused = refdesk("trials", "begin", home=home)
    assert (refused.returncode, refused.stderr) == (1, "A trial runs already: end it before you begin another.\n")
    ended = json.loads(refdesk("trials", "end", begun["id"], "--json", home=home).stdout)
    assert ended["trial"]["ended_at"] is not None
    assert ended["verdict"].startswith("Nothing can be said yet")


def test_what_cannot_answer_is_no_challenger(refdesk: Run, home: Path) -> None:
    for options, sentence in (
        (("--backend", "hosted"), "There is no backend “hosted”"),
        (("--prompt", "shouting"), "shouting"),
        (("--model", "none-such"), "There is no model “none-such”"),
    ):
        refused = refdesk("trials", "begin", *options, home=home)
        assert refused.returncode == 1
        assert sentence in refused.stderr
