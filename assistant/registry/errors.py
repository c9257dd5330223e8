"""What goes wrong where models are promoted."""


class RegistryError(Exception):
    """A model cannot be promoted, taken back or retired; one sentence."""
