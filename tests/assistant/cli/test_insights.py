"""`refdesk insights` says what the page does."""

import json
from pathlib import Path

from assistant.desk import Desk
from assistant.settings import Settings
from benchmarks.insights import fill
from tests.assistant.cli.conftest import Run


def test_insights_of_an_empty_and_of_a_used_desk(refdesk: Run, tmp_path: Path) -> None:
    home = tmp_path / "used"
    assert refdesk("insights").stdout == "Nothing was asked in these days.\n"
    with Desk(Settings(home=home)) as desk:
        fill(desk, turns=50, days=5)
    told = refdesk("insights", "--days", 30, home=home)
    assert "50 questions by 3 people" in told.stdout
    found = json.loads(refdesk("insights", "--all", "--json", "--csv", tmp_path / "figures.csv", home=home).stdout)
    assert found["totals"]["questions"] == 50
    assert set(found["totals"]["satisfaction"]) == {"value", "low", "high", "n"}
    assert (tmp_path / "figures.csv").read_text().startswith("about,name,value,low,high,n")
    none = refdesk("insights", "--model", "unknown", "--json", home=home)
    assert json.loads(none.stdout)["totals"]["questions"] == 0
