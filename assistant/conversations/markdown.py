"""A conversation as a Markdown file, to be kept or sent on."""

import re
from collections.abc import Iterator, Sequence

from assistant.answered import Answered
from assistant.conversations.conversation import KeptTurn
from assistant.events import Finished

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")


def to_markdown(title: str, turns: Sequence[KeptTurn]) -> str:
    """The shown branch with its answers and their sources. What documents and people wrote is escaped."""
    lines = [f"# {_text(title)}", ""]
    for turn in turns:
        lines += [f"## {_text(turn.answered.question)}", "", f"*{turn.asked_at:%d %B %Y, %H:%M} UTC*", ""]
        lines += _answer(turn.answered)
    return "\n".join(lines).rstrip() + "\n"


def _answer(answered: Answered) -> Iterator[str]:
    finished = answered.finished
    if finished is None:
        yield from ("This answer was not finished.", "")
        return
    if finished.stop_reason:
        yield from (_text(finished.stop_reason), "")
        return
    if answered.text:
        yield from (_written_by(finished), "", _text(finished.answer), "")
    if not answered.quotes:
        yield from ("Not in the documents.", "")
    for quote in answered.quotes:
        page = f", page {quote.page}" if quote.page else ""
        header = f"{_text(quote.header)}: " if quote.header else ""
        yield f"> {header}{_text(quote.text)}"
        yield ">"
        yield f"> — \\[{quote.n}\\] {_text(quote.passage.document)}{page}"
        yield ""
    others = [citation for citation in finished.citations if citation.n not in {quote.n for quote in answered.quotes}]
    for citation in others:
        page = f", page {citation.page}" if citation.page else ""
        yield f"- \\[{citation.n}\\] {_text(citation.document)}{page}"
    if others:
        yield ""


def _written_by(finished: Finished) -> str:
    kind = "Draft" if finished.draft else "Written"
    return f"**{kind} by {_text(finished.model or '')}:**"


def _text(text: str) -> str:
    """Text as it is: nothing in it is markup, and it stays on its line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
