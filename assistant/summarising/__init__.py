"""Summaries: the best sentences of a document or, where one is chosen, what a model makes of its sections."""

from assistant.summarising.asking import AsksEither
from assistant.summarising.instruction import MOST_SENTENCES, USUAL_SENTENCES, instruction, sentences_of
from assistant.summarising.summarising import Summarising, SummaryError

__all__ = [
    "MOST_SENTENCES",
    "USUAL_SENTENCES",
    "AsksEither",
    "Summarising",
    "SummaryError",
    "instruction",
    "sentences_of",
]
