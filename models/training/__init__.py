"""How a new model is made out of one that is here and of examples. Knows files and rows, and no desk."""

from models.training.fit import fit
from models.training.fitting import FitProgress, Fitted, Fitting, FittingError
from models.training.pairs import Pair, hash_of

__all__ = ["FitProgress", "Fitted", "Fitting", "FittingError", "Pair", "fit", "hash_of"]
