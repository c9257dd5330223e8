"""What a document that cannot be read raises."""


class ParseError(Exception):
    """A document cannot be read; the message is one sentence that says what to do about it."""


def cannot_draw_sentence(page: int) -> str:
    """What to tell the person who wants to see a page of which no picture can be made."""
    return f"page {page} cannot be drawn: open the document itself to see it."
