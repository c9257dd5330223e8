"""How an answering model learns from examples: from a GGUF file to a new one. Knows files and rows, and no desk.

restore → fine_tune → merge → to_gguf → quantise, and `agreement` to see that nothing was lost on the way.
"""

from models.tuning.agreement import Agreement, agreement, likeness
from models.tuning.checkpoint import Checkpoint, restore
from models.tuning.conversion import adapter_to_gguf, to_gguf
from models.tuning.errors import TuningError, has_four_bit, require_four_bit
from models.tuning.example import Example, hash_of
from models.tuning.folder import folder_to_gguf
from models.tuning.layout import require_same_tokens
from models.tuning.merging import merge, merge_gguf
from models.tuning.quantising import KINDS, quantise
from models.tuning.recipe import REDUCED, Recipe
from models.tuning.tuning import Tuned, TuneProgress, fine_tune

__all__ = [
    "KINDS",
    "REDUCED",
    "Agreement",
    "Checkpoint",
    "Example",
    "Recipe",
    "TuneProgress",
    "Tuned",
    "TuningError",
    "adapter_to_gguf",
    "agreement",
    "fine_tune",
    "folder_to_gguf",
    "has_four_bit",
    "hash_of",
    "likeness",
    "merge",
    "merge_gguf",
    "quantise",
    "require_four_bit",
    "require_same_tokens",
    "restore",
    "to_gguf",
]
