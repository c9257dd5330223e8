"""Trials: a share of new conversations is answered in another way, until votes and waiting show which is better."""

from assistant.trials.standing import ArmStanding, Standing
from assistant.trials.trial import Trial, TrialError
from assistant.trials.trials import Trials

__all__ = ["ArmStanding", "Standing", "Trial", "TrialError", "Trials"]
