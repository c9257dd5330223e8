import io

import numpy as np
import pytest
from PIL import Image

from assistant.desk import Desk
from assistant.events import Quoted
from assistant.passage_view import PassageGone


def _quote(desk: Desk, question: str, document: str):  # type: ignore[no-untyped-def]
    quoted = next(event for event in desk.ask(question) if isinstance(event, Quoted))
    return next(quote for quote in quoted.quotes if quote.passage.document == document)


def test_a_pdf_passage_is_marked_on_the_picture_of_its_page(sample_desk: Desk) -> None:
    quote = _quote(sample_desk, "What do I do if oil gets into the canal?", "incident-pack.pdf")
    view = sample_desk.view(quote.passage.version_id, quote.start, quote.end, page=quote.passage.page)
    assert (view.page, view.page_count) == (1, 3)
    assert view.picture is not None
    assert view.detail is not None
    pixels = np.asarray(Image.open(io.BytesIO(view.picture)).convert("RGB")).astype(int)
    yellow = (pixels[..., 0] > 240) & (pixels[..., 2] < 120)
    rows = np.flatnonzero(yellow.any(axis=1)) / len(pixels)
    assert 0.3 < rows.min() < rows.max() < 0.9
    assert rows.max() - rows.min() < 0.1, "a sentence is a line or a few, not the page"
    assert Image.open(io.BytesIO(view.detail)).height < len(pixels)


def test_a_markdown_passage_is_marked_in_its_text(sample_desk: Desk) -> None:
    quote = _quote(sample_desk, "What does a licence cost for a canoe?", "boat-licences.md")
    view = sample_desk.view(quote.passage.version_id, quote.start, quote.end, page=quote.passage.page)
    assert view.picture is None
    version = sample_desk.catalogue.version(quote.passage.version_id)
    assert version is not None
    assert view.before + view.marked + view.after in version.text
    assert "£" in view.marked


def test_a_document_that_is_gone_is_said_so(sample_desk: Desk) -> None:
    with pytest.raises(PassageGone, match="ask again"):
        sample_desk.view(10**6, 0, 1)
