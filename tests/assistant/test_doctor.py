from pathlib import Path

from assistant.doctor import examine
from assistant.settings import LocalSettings, Settings


def test_a_sound_desk_is_found_so_and_an_empty_one_is_told_what_to_do(settings: Settings) -> None:
    findings = {finding.part: finding for finding in examine(settings)}
    assert {part: finding.state for part, finding in findings.items() if part != "catalogue"} == dict.fromkeys(
        ("system", "home", "embedding", "index", "parser", "local model"), "ok"
    )
    assert "refdesk ingest" in (findings["catalogue"].remedy or "")


def test_each_broken_part_is_named_with_a_remedy_and_the_others_are_still_tried(tmp_path: Path) -> None:
    broken = Settings(home=tmp_path, local=LocalSettings(model="no-such-model"))
    findings = {finding.part: finding for finding in examine(broken)}
    assert findings["local model"].state == "broken"
    assert "refdesk models list" in (findings["local model"].remedy or "")
    assert findings["parser"].state == "ok"


def test_a_home_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    last = list(examine(Settings(home=tmp_path / "file")))[-1]
    assert (last.part, last.state) == ("desk", "broken")
