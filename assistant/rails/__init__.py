"""Rails: what may go in and come out of a turn."""

from assistant.rails.masking import Masking, Unmasking, mask_value
from assistant.rails.rails import Rails
from assistant.rails.verdict import Verdict

__all__ = ["Masking", "Rails", "Unmasking", "Verdict", "mask_value"]
