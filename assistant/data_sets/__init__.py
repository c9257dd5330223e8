"""Data sets: questions with the answers that are expected and where these stand, kept, reviewed and split."""
