"""Rows made from a team's own documents, for a review: by rules or by a model, filtered."""

from assistant.synthesis.syntheses import Syntheses
from assistant.synthesis.synthesiser import RULES, Plan, Progress, Synthesiser

__all__ = ["RULES", "Plan", "Progress", "Syntheses", "Synthesiser"]
