from sqlalchemy import select

from ingest.catalogue import Catalogue
from ingest.embeddings import Embeddings, Known
from ingest.tables import CollectionRow, DocumentRow, VersionRow

FIRST = Known(fingerprint="a" * 16, name="a", folder=None)
SECOND = Known(fingerprint="b" * 16, name="b", folder="b")
THIRD = Known(fingerprint="c" * 16, name="c", folder="/elsewhere/c")


def test_a_desk_begins_with_none_and_each_swap_remembers_what_was_before(catalogue: Catalogue) -> None:
    embeddings = Embeddings(catalogue)
    assert (embeddings.current(), embeddings.before()) == (None, None)
    generation = catalogue.generation()
    assert embeddings.swap(FIRST, SECOND) == generation + 1 == catalogue.generation()
    assert (embeddings.current(), embeddings.before()) == (SECOND, FIRST)
    embeddings.swap(SECOND, THIRD)
    assert (embeddings.current(), embeddings.before()) == (THIRD, SECOND)
    embeddings.swap(THIRD, SECOND)
    assert (embeddings.current(), embeddings.before()) == (SECOND, THIRD)


def test_what_is_forgotten_cannot_be_gone_back_to(catalogue: Catalogue) -> None:
    embeddings = Embeddings(catalogue)
    embeddings.swap(FIRST, SECOND)
    embeddings.forget(FIRST.fingerprint)
    embeddings.forget(THIRD.fingerprint)
    assert (embeddings.current(), embeddings.before()) == (SECOND, None)


def test_versions_count_as_made_with_the_new_model_and_keep_the_rest_of_their_recipe(catalogue: Catalogue) -> None:
    recipes = [f"1/1000/{FIRST.fingerprint}", f"1/800/{FIRST.fingerprint}", "1/1000/of-another-time"]
    with catalogue.writing() as session:
        session.add(collection := CollectionRow(name="c"))
        session.flush()
        session.add(document := DocumentRow(collection_id=collection.id, name="d"))
        session.flush()
        for recipe in recipes:
            session.add(
                VersionRow(
                    document_id=document.id,
                    sha256="0",
                    recipe=recipe,
                    format="md",
                    bytes=1,
                    chunk_count=0,
                    notes=[],
                    text="",
                )
            )
    Embeddings(catalogue).swap(FIRST, SECOND)
    with catalogue.session() as session:
        renamed = session.scalars(select(VersionRow.recipe).order_by(VersionRow.id)).all()
    assert renamed == [f"{recipe.rpartition('/')[0]}/{SECOND.fingerprint}" for recipe in recipes]
