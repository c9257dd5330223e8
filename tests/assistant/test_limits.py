from pathlib import Path

from assistant.limits import limits_for
from assistant.settings import HostedSettings, LocalSettings, Settings


def test_a_model_elsewhere_reads_more_than_one_on_this_machine(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    local, hosted = limits_for(settings, "local"), limits_for(settings, "hosted")
    assert (local.model_passages, local.following_passages, local.excerpt_chars) == (3, 1, 400)
    assert (hosted.model_passages, hosted.following_passages, hosted.excerpt_chars) == (8, 8, 1500)


def test_how_much_each_reads_can_be_set(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        local=LocalSettings(passages=5, excerpt_chars=250),
        hosted=HostedSettings(passages=2, excerpt_chars=300),
    )
    local, hosted = limits_for(settings, "local"), limits_for(settings, "hosted")
    assert (local.model_passages, local.following_passages, local.excerpt_chars) == (5, 1, 250)
    assert (hosted.model_passages, hosted.following_passages, hosted.excerpt_chars) == (2, 2, 300)
