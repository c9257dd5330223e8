"""The `unstructured` library, made fit for a process without network that is to answer quickly."""

import os
import sys
from typing import Any

NO_LANGUAGE_DETECTION = {"languages": [""]}
"""For every partitioner: detection costs more than the parsing itself and is not used."""


def prepare() -> None:
    """Set up `unstructured`; call before its first import. Can be called again at no cost."""
    os.environ.update(UNSTRUCTURED_DISABLE_NOTICE="1", SCARF_NO_ANALYTICS="1", DO_NOT_TRACK="1")
    _import_spacy_without_torch()
    from unstructured.nlp import tokenize

    # unstructured would download a spaCy model, to tell narrative text from other text by its verbs. Both are
    # a paragraph here, so simple rules for words and sentences do, and no model is ever loaded.
    tokenize._load_spacy_model = _rules_only


def _import_spacy_without_torch() -> None:
    """spaCy imports torch where it finds one, which takes a second and 200 MB and serves nothing here."""
    if "spacy" in sys.modules or "torch" in sys.modules:
        return
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        import spacy  # noqa: F401
    finally:
        del sys.modules["torch"]


def _rules_only() -> Any:
    import spacy

    pipeline = spacy.blank("xx")
    pipeline.add_pipe("sentencizer")
    # spaCy's own tokenizer takes quadratic time for a word of many brackets.
    pipeline.tokenizer = lambda text: spacy.tokens.Doc(pipeline.vocab, words=text.split())
    return pipeline
