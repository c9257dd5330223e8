"""What a summary is asked for by: on the page, on the command line and in the rows of a data set alike."""

import re

USUAL_SENTENCES, MOST_SENTENCES = 5, 20
_AT_MOST = re.compile(r"at most (\d{1,2}) sentence")


def instruction(what: str, sentences: int = USUAL_SENTENCES) -> str:
    """The words that ask for a summary of `what`, a document or a section of one."""
    return f"Summarise “{what}” in at most {sentences} sentence{'' if sentences == 1 else 's'}."


def sentences_of(question: str) -> int:
    """How many sentences a row's question asks for; as usual where it does not say."""
    said = _AT_MOST.search(question)
    return min(MOST_SENTENCES, max(1, int(said[1]))) if said else USUAL_SENTENCES
