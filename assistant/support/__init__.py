"""Whether the sentences of an answer are supported by the passages that it was written from."""

from assistant.support.claims import Claim, claims_of
from assistant.support.support import Judgement, Support

__all__ = ["Claim", "Judgement", "Support", "claims_of"]
