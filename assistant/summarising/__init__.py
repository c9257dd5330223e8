"""Summaries: the best sentences of a document or, where one is chosen, what a model makes of its sections."""

from assistant.summarising.instruction import USUAL_SENTENCES, instruction
from assistant.summarising.summarising import Summarising, SummaryError

__all__ = ["USUAL_SENTENCES", "Summarising", "SummaryError", "instruction"]
