"""A turn and its memory: settings, desk, retrieval, prompts, citations, command line."""
