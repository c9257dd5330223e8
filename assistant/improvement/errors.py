"""What goes wrong in the model lab."""


class ImprovementError(Exception):
    """A model cannot be made or judged; one sentence."""


class NothingLearnt(ImprovementError):
    """What was learnt makes no answer likelier."""
