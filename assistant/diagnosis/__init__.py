"""Diagnosis: where an answer that somebody was not content with went wrong, and what is to be done about it."""

from assistant.diagnosis.corrections import Agreement
from assistant.diagnosis.diagnoses import Diagnoses, UndiagnosableTurn
from assistant.diagnosis.diagnosis import (
    FAULTS,
    GENERATION,
    MISSING,
    RETRIEVAL,
    RETRIEVAL_FAULTS,
    Check,
    Diagnosis,
    Fault,
    Place,
    consequence_of,
)

__all__ = [
    "FAULTS",
    "GENERATION",
    "MISSING",
    "RETRIEVAL",
    "RETRIEVAL_FAULTS",
    "Agreement",
    "Check",
    "Diagnoses",
    "Diagnosis",
    "Fault",
    "Place",
    "UndiagnosableTurn",
    "consequence_of",
]
