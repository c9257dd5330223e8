"""What goes wrong in the model lab."""


class ImprovementError(Exception):
    """A model cannot be made, judged or promoted; one sentence."""


class NothingLearnt(ImprovementError):
    """What was learnt makes no answer likelier."""
