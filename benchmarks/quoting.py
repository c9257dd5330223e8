"""Fit the weights of quoting to public questions, and say how they do: `python -m benchmarks.quoting`.

Needs REFDESK_DATA, a folder of data sets. The weights are fitted to SQuAD 2.0 (half of its dev set), QED and
COVID-QA, checked on XQuAD (en), CLAP NQ and the chunking evaluation, and printed as they stand in
assistant/quoting/evidence.py. What is counted is the single best-scored sentence or table row, and, of the weights
in use, the first quote as it is shown. A desk in the folder that `--home` names is made once and used again.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from assistant.desk import Desk
from assistant.events import Quote, Source
from assistant.quoting.candidates import Candidate
from assistant.quoting.evidence import MEANING, WORDING
from assistant.quoting.quoter import Weighed, quotes_of
from assistant.samples import SAMPLES
from assistant.settings import Settings
from benchmarks.data import Row, ingest_folder, ingest_passages, read_rows, train_rows
from benchmarks.questions import says
from ingest.index.analysis import query_terms

TRAIN = {"squad2_cs224n_dev": (16, 1000), "qed_dev": (900, 900), "covidqa": (100, 400)}
"""Files in train/qa, and how many documents and questions of each. SQuAD could give far more, but its questions
repeat the words of their passages, which people who look for something do not."""
CHECK = {"xquad-en": 300, "clapnq": 307, "chunking": 276}
"""Folders in eval, and how many questions of each."""
STRAYED = (
    ("qed_dev", "squad2_cs224n_dev"),
    ("clapnq", "xquad-en"),
    ("xquad-en", "samples"),
    ("samples", "xquad-en"),
)
"""Whose questions are asked of whose documents, which are about other things (of encyclopaedias: mostly)."""
OFF_TOPIC = 120
"""Questions of each."""
_LONG = 12
"""Words from which an answer counts as given by a candidate that has half of them."""
_PRIOR = 3.0
"""Strength, in questions, of the prior that a weight is 0 (in standard deviations of its feature)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question with the candidates for its answer."""

    weighed: Weighed
    right: NDArray[np.bool_]
    """Which candidates hold an answer."""
    answerable: bool


def main(home: Annotated[Path | None, typer.Option(help="A folder to make the desk in and keep it.")] = None) -> None:
    """Run it."""
    data = Path(os.environ["REFDESK_DATA"])
    with tempfile.TemporaryDirectory() as temporary, Desk(Settings(home=home or Path(temporary))) as desk:
        rows = {name: train_rows(data, name, documents) for name, (documents, _) in TRAIN.items()}
        for name in TRAIN:
            ingest_passages(desk, name, rows[name])
        for name in CHECK:
            ingest_folder(desk, name, data / "eval" / name / "documents")
            rows[name] = read_rows(data / "eval" / name / "rows.jsonl")
        ingest_folder(desk, "samples", SAMPLES / "documents")
        rows["samples"] = read_rows(SAMPLES / "rows.jsonl")
        limits = {name: questions for name, (_, questions) in TRAIN.items()} | CHECK
        asked = {name: list(_ask(desk, name, rows[name], limits[name])) for name in limits}
        strayed = {
            f"{name} asked of {other}": list(_ask(desk, other, rows[name], OFF_TOPIC, answerable=False))
            for name, other in STRAYED
        }

    names = [*WORDING, *MEANING]
    weights = fit_listwise([example for name in TRAIN for example in asked[name]])
    print("Weights:", dict(zip(names, weights.round(2).tolist(), strict=True)))
    for name, examples in asked.items():
        print(f"{name}: best sentence, with the weights in use {hits(examples)}; with these {hits(examples, weights)}")
        print(f"{name}: first quote as shown, with the weights in use {shown(examples)}")
    for name, examples in (asked | strayed).items():
        report_refusals(name, examples)


def hits(examples: Iterable[Example], weights: Floats | None = None) -> str:
    """How often the first candidate, or one of the first three, is right."""
    ranked = [
        example.right[np.argsort(-(example.weighed.support if weights is None else example.weighed.features @ weights))]
        for example in examples
        if example.answerable and len(example.right)
    ]
    first, three = (np.mean([right[:most].any() for right in ranked]) for most in (1, 3))
    return f"{first:.1%} first, {three:.1%} of three ({len(ranked)})"


def shown(examples: Iterable[Example]) -> str:
    """How often the first quote, with the sentences that are joined with its best one, or one of all is right."""
    held = [
        [_has_right(quote, example) for quote in quotes_of(example.weighed, most=3)]
        for example in examples
        if example.answerable and len(example.right)
    ]
    first, any_of_them = np.mean([some[:1] == [True] for some in held]), np.mean([any(some) for some in held])
    return f"{first:.1%} first, {any_of_them:.1%} of all; {np.mean([len(some) for some in held]):.2f} quotes"


def _has_right(quote: Quote, example: Example) -> bool:
    return any(
        right and candidate.source.n == quote.n and quote.start <= candidate.start and candidate.end <= quote.end
        for right, candidate in zip(example.right, example.weighed.candidates, strict=True)
    )


def report_refusals(name: str, examples: Sequence[Example]) -> None:
    """Print how many questions are found to be off the topic of their passages."""
    for kind, wanted in (("answerable", True), ("not answerable", False)):
        some = [example.weighed.on_topic for example in examples if example.answerable == wanted]
        if some:
            print(f"{name}, {kind}: {np.mean([odds < 0.5 for odds in some]):.1%} of {len(some)} refused")


def fit_listwise(examples: Sequence[Example]) -> Floats:
    """The weights under which right candidates are likeliest among all of their question."""
    useful = [example for example in examples if example.right.any() and not example.right.all()]
    features = torch.tensor(np.concatenate([example.weighed.features for example in useful]))
    right = torch.tensor(np.concatenate([example.right for example in useful]))
    question = torch.tensor(np.repeat(np.arange(len(useful)), [len(example.right) for example in useful]))

    def loss(support: torch.Tensor) -> torch.Tensor:
        odds = torch.exp(support - support.max())
        zeros = torch.zeros(len(useful), dtype=odds.dtype)
        chosen = zeros.index_add(0, question, odds * right) / zeros.index_add(0, question, odds)
        return -torch.log(chosen + 1e-12).sum()

    scale = features.std(0)
    return (_minimised(lambda w: loss(features / scale @ w), len(scale)) / scale).numpy()


def _minimised(loss: Any, size: int) -> torch.Tensor:
    weights = torch.zeros(size, dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value: torch.Tensor = loss(weights) + _PRIOR * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return weights.detach()


def _ask(
    desk: Desk, collection: str, rows: Sequence[Row], most: int, *, answerable: bool | None = None
) -> Iterator[Example]:
    for row in rows[:most]:
        found = desk.search(row["question"], k=desk.settings.retrieval.passages, collections=[collection])
        sources = [Source(n=n, passage=passage) for n, passage in enumerate(found.passages, start=1)]
        weighed = desk.quoter.weigh(row["question"], found, sources)
        right = [answers(candidate, row) for candidate in weighed.candidates]
        yield Example(
            weighed=weighed,
            right=np.array(right, dtype=bool),
            answerable=row["answerable"] if answerable is None else answerable,
        )


def answers(candidate: Candidate, row: Row) -> bool:
    """Whether a candidate says an answer, most of a long one, or stands where the row says that it is."""
    text = f"{candidate.header} {candidate.text}"
    if not row["answers"]:
        places = [place for place in row.get("sources", ()) if "start" in place]
        return any(
            place["document"] == candidate.source.passage.document
            and candidate.start < place["end"]
            and place["start"] < candidate.end
            for place in places
        )
    long = [set(terms) for terms in map(query_terms, row["answers"]) if len(terms) > _LONG]
    return says(text, row["answers"]) or any(2 * len(each & {*query_terms(text)}) >= len(each) for each in long)


if __name__ == "__main__":
    typer.run(main)
