"""The review: turns that are worth a look, one reviewer at a time, and what becomes of them."""
