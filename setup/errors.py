"""What can stop the set-up."""


class SetupError(Exception):
    """The set-up cannot go on; the message says what to do."""
