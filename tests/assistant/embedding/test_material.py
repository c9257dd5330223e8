from collections.abc import Callable

from assistant.data_sets.rows import GoldSource, Row
from assistant.embedding.material import gather
from ingest.embedded import Embedded

DOCUMENTS = 20


def _rows() -> list[Row]:
    return [
        Row(
            id=f"{at}-{n}",
            question=f"question {n} on {at}",
            sources=(GoldSource(document=f"{at}.md", quote=_text(at)),),
        )
        for at in range(DOCUMENTS)
        for n in range(3)
    ]


def _text(at: int) -> str:
    return f"The rule number {at} of this house says something. It is kept by all who live in part {at}."


def test_whoever_is_judged_has_learnt_nothing_from_what_is_asked_about(passage: Callable[..., Embedded]) -> None:
    passages = [passage(_text(at), document=f"{at}.md", headings=(f"Rule {at}",), n=at) for at in range(DOCUMENTS)]
    material = gather(_rows(), passages)
    judged = {source.document for row in material.judged for source in row.sources}
    assert 0 < len(judged) < DOCUMENTS
    learnt = {pair.passage for pair in (*material.from_rows, *material.made, *material.checked)}
    for document in judged:
        number = document.removesuffix(".md")
        assert not any(f"part {number}." in text for text in learnt)
    assert len(material.free) == DOCUMENTS - len(judged)
    assert material.from_rows
    assert material.made
    assert material.checked
    assert not {p.passage for p in material.checked} & {p.passage for p in (*material.from_rows, *material.made)}


def test_pairs_are_made_only_when_asked_for(passage: Callable[..., Embedded]) -> None:
    passages = [passage(_text(at), document=f"{at}.md", n=at) for at in range(DOCUMENTS)]
    assert gather(_rows(), passages, made=False).made == []


def test_without_rows_there_is_nothing_to_judge_by(passage: Callable[..., Embedded]) -> None:
    material = gather([], [passage(_text(at), document=f"{at}.md", n=at) for at in range(DOCUMENTS)])
    assert not material.judged
    assert not material.from_rows
    assert material.made
    assert material.checked
