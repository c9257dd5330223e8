from dataclasses import replace
from typing import Any

from assistant.answered import Answered
from assistant.events import Quoted
from tests.assistant.tracing.turns import answered


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def test_how_sure_it_was_is_kept_with_an_answer() -> None:
    kept = answered()
    assert kept.finished is not None
    kept.finished = replace(kept.finished, confidence=0.2)
    kept.add(Quoted(quotes=(), abstained=False, seconds=0.1, doubtful=True))
    again = Answered.from_json(kept.to_json())
    assert again == kept
    assert again.doubtful
    assert again.finished is not None
    assert again.finished.confidence == 0.2


def test_an_answer_that_was_kept_before_confidence_was_is_read() -> None:
    document = answered().to_json()
    old = _without(document, "doubtful") | {"finished": _without(document["finished"], "confidence")}
    assert Answered.from_json(old) == answered()
