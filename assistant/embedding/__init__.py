"""Embedding models of the desk: fitted to its documents, compared, put to use and taken back."""
