"""The embedding models of the desk: which there are, which is used, fitting a new one, and going back."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.embedding.gate import RowSet, Verdict, judge
from assistant.embedding.happening import Outcome, Progress, Report, Shown, of_fitting, of_reindexing
from assistant.embedding.material import Material, gather
from assistant.embedding.negatives import with_negatives
from assistant.retrieval import UnknownCollection
from assistant.searching import Followed, Make
from ingest.catalogue import Catalogue
from ingest.embedded import embedded
from ingest.embeddings import Embeddings
from ingest.index.chroma import Chroma
from ingest.index.dense import DenseIndex
from ingest.reindexing import Reindexing
from ingest.vectors import Vectors
from models.embedding import Embedder
from models.embedding_folder import EmbeddingCard, EmbeddingFolder
from models.gguf import ModelFileError
from models.training import Fitted, Fitting, Pair, fit, hash_of


class EmbeddingModels:
    """Lists, fits, uses, takes back and removes embedding models."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        followed: Followed,
        make: Make,
        chroma: Chroma,
        reindexing: Reindexing,
        folder: EmbeddingFolder,
        base: Path | None,
        threads: int | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._embeddings = Embeddings(catalogue)
        self._followed = followed
        self._make = make
        self._chroma = chroma
        self._reindexing = reindexing
        self._folder = folder
        self._base = base
        self._threads = threads

    def list(self) -> Sequence[Shown]:
        """Every model that can be used, and what is known of it."""
        used, before = self._followed.known(), self._embeddings.before()
        cards = {Embedder(self._folder.path(card.name)).fingerprint: card for card in self._folder.list()}
        for known in (used, before):  # which may lie elsewhere
            if known is not None and known.fingerprint not in cards:
                cards[known.fingerprint] = EmbeddingCard(name=known.name, source=known.folder or "")
        return [
            Shown(
                card=card,
                is_used=fingerprint == used.fingerprint,
                is_before=before is not None and fingerprint == before.fingerprint,
                vectors=DenseIndex(self._chroma, fingerprint=fingerprint).count(),
            )
            for fingerprint, card in cards.items()
        ]

    def fit(
        self,
        name: str,
        rows: Sequence[RowSet],
        guards: Sequence[RowSet] = (),
        *,
        made: bool = False,
        mined: bool = False,
        fitting: Fitting | None = None,
        report: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> Outcome:
        """Fit the model that the settings name to the rows' documents, and use it if it is shown to be better.

        It learns from a part of the rows and, with `made`, from pairs made of the documents in the sets' collections;
        with `mined` each pair of a row has a hard negative. It is judged by the guards and by rows of documents that it
        has learnt nothing from. What was cut off goes on when it is asked for again under the same name.

        Raises:
            FittingError: too few pairs, or it was cancelled.
            ReindexingError: another one is being built in, or it was cancelled.
            ModelFileError: the name is none or is taken.
            UnknownCollection: a set's collection does not exist.
        """
        report, cancel = report or (lambda _: None), cancel or threading.Event()
        collections = tuple(dict.fromkeys(each for rowset in rows for each in rowset.collections))
        material = self._material(rows, collections, made=made)
        from_rows, checked = material.from_rows, material.checked
        if mined and from_rows:
            from_rows, checked = self._mined(material, collections, report, cancel)
        train = [*from_rows, *material.made]
        judged = RowSet(name="held out", rows=material.judged, collections=collections)
        if self._is_fitted(name, train):  # and the program ended before it was put to use
            return self._use(name, judged, guards, report, cancel)
        fitted = fit(
            self._base,
            train,
            checked,
            fitting or Fitting(),
            self._folder.incoming(name),
            threads=self._threads,
            progress=lambda event: report(of_fitting(event)),
            cancel=cancel,
        )
        if not fitted.share:
            self._folder.discard(name)
            says = (
                f"Nothing that was learnt from {fitted.pairs} pairs finds more of {fitted.held_out} held-out passages."
            )
            return Outcome(name=name, used=False, says=says, fitted=fitted)
        self._folder.publish(_card(name, self._base, fitted))
        return replace(self._use(name, judged, guards, report, cancel), fitted=fitted)

    def use(
        self,
        model: str,
        compare: RowSet | None = None,
        guards: Sequence[RowSet] = (),
        *,
        report: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> Outcome:
        """Use a model of the list, or one in a folder, which is copied in; with `compare`, only if it is shown better.

        Raises:
            ReindexingError: another one is being built in, or it was cancelled.
            ModelFileError: there is no such model, or it is not safe to load.
        """
        if model not in {card.name for card in self._folder.list()} and Path(model).expanduser().is_dir():
            model = self._folder.add(Path(model).expanduser()).name
        self._folder.find(model)
        return self._use(model, compare, guards, report or (lambda _: None), cancel or threading.Event())

    def rollback(self, *, report: Report | None = None, cancel: threading.Event | None = None) -> Outcome:
        """Use again what was used before; passages that came since are embedded with it first.

        Raises:
            ReindexingError: another one is being built in, or it was cancelled.
            ModelFileError: there is nothing to go back to, or it is not there any more.
        """
        before = self._embeddings.before()
        if before is None:
            raise ModelFileError("There is no embedding model to go back to: none was swapped out, or it was removed.")
        return self._swap(self._followed.opened(before), None, (), report or (lambda _: None), cancel)

    def remove(self, name: str) -> None:
        """Delete a model and its vectors; of the packaged one only the vectors.

        Raises:
            ModelFileError: there is none of that name, or it is in use.
        """
        path = self._folder.path(name)
        embedder = Embedder(path)
        if embedder.fingerprint == self._followed.known().fingerprint:
            raise ModelFileError(f"The embedding model “{name}” is in use: use another one first.")
        self._reindexing.drop(self._make(embedder).dense)
        if path is not None:
            self._folder.remove(name)

    def _is_fitted(self, name: str, train: Sequence[Pair]) -> bool:
        return any(card.name == name and card.pairs_hash == hash_of(train) for card in self._folder.list())

    def _material(self, rows: Sequence[RowSet], collections: Sequence[str], *, made: bool) -> Material:
        there = self._catalogue.collections()
        if unknown := [name for name in collections if name not in there]:
            raise UnknownCollection(
                f"There is no collection “{unknown[0]}”; there is: {', '.join(there) or 'none yet'}."
            )
        ids = [there[name] for name in collections or there]
        chunk_ids = set[int]().union(*(self._catalogue.chunk_ids(collection_id) for collection_id in ids))
        passages = list(embedded(self._catalogue, chunk_ids))
        return gather([row for rowset in rows for row in rowset.rows], passages, made=made)

    def _mined(
        self, material: Material, collections: Sequence[str], report: Report, cancel: threading.Event
    ) -> tuple[Sequence[Pair], Sequence[Pair]]:
        """The pairs of rows with hard negatives: those to learn from and those to check by."""
        mined = with_negatives(
            [*material.from_rows, *material.checked],
            self._followed.now().retriever,
            material.free,
            collections=collections,
            cancel=cancel,
            progress=lambda done, total: report(Progress(stage="mining", done=done, total=total)),
        )
        return mined[: len(material.from_rows)], mined[len(material.from_rows) :]

    def _use(
        self,
        name: str,
        compare: RowSet | None,
        guards: Sequence[RowSet],
        report: Report,
        cancel: threading.Event,
    ) -> Outcome:
        embedder = Embedder(self._folder.path(name), threads=self._threads)
        outcome = self._swap(embedder, compare, guards, report, cancel)
        if outcome.verdict is not None:
            self._folder.note(name, outcome.says)
        return outcome

    def _swap(
        self,
        embedder: Embedder,
        compare: RowSet | None,
        guards: Sequence[RowSet],
        report: Report,
        cancel: threading.Event | None,
    ) -> Outcome:
        known = self._followed.known()
        if embedder.fingerprint == known.fingerprint:
            raise ModelFileError(f"The embedding model “{embedder.name}” is in use already.")
        new = self._make(embedder)
        verdicts: list[Verdict] = []

        def accept(_old: Vectors, _new: Vectors) -> bool:
            assert compare is not None
            old = self._followed.now().retriever
            told = judge(
                old,
                new.retriever,
                compare,
                guards,
                progress=lambda done, total: report(Progress(stage="comparing", done=done, total=total)),
            )
            verdicts.append(told)
            return told.accepted

        used = self._reindexing.swap(
            (known, self._followed.now().vectors if compare is not None else None),
            (self._followed.as_known(embedder), new.vectors),
            accept=accept if compare is not None else None,
            progress=lambda event: report(of_reindexing(event)),
            cancel=cancel,
        )
        says = (
            verdicts[0].says if verdicts else f"“{embedder.name}” is used now; “refdesk embedding rollback” goes back."
        )
        return Outcome(name=embedder.name, used=used, says=says, verdict=verdicts[0] if verdicts else None)


def _card(name: str, base: Path | None, fitted: Fitted) -> EmbeddingCard:
    return EmbeddingCard(
        name=name,
        source=Embedder(base).name,
        pairs=fitted.pairs,
        pairs_hash=fitted.pairs_hash,
        held_out=fitted.held_out,
        before=fitted.before,
        after=fitted.after,
        share=fitted.share,
        seconds=fitted.seconds,
    )
