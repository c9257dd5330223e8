"""Diagnosis: where an answer that somebody was not content with went wrong, and what is to be done about it."""

from assistant.diagnosis.diagnoses import Diagnoses, UndiagnosableTurn
from assistant.diagnosis.diagnosis import FAULTS, Check, Diagnosis, Fault

__all__ = ["FAULTS", "Check", "Diagnoses", "Diagnosis", "Fault", "UndiagnosableTurn"]
