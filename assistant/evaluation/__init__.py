"""How good the answers are: rows to ask, measures of what comes back, and what they say with which certainty."""
