"""How often a diagnosis finds the fault that was made: `python -m benchmarks.diagnosis`.

Needs REFDESK_DATA, a folder of data sets. Makes twenty failures of each of five kinds (`benchmarks/faults.py`) on a
desk with public documents, has them diagnosed, first with a thumb down and nothing said, then with the better answer
given too, and prints what was found of which kind, and the share that is right. The rules were built on the sets in
`BUILD` (`--build`); those in `CHECK` are only looked at. A desk in the folder that `--home` names is made once;
failures are made on a copy of it.
"""

import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from assistant.conversations import Vote
from assistant.desk import Desk
from assistant.diagnosis import FAULTS
from assistant.samples import SAMPLES
from assistant.settings import Settings
from assistant.share import Share
from benchmarks.data import Row, file_names, ingest_folder, ingest_passages, read_rows, train_rows
from benchmarks.faults import EXPECTED, PERSON, Failing, Failure

BUILD = {"squad2_cs224n_dev": 16, "qed_dev": 300, "samples": 0}
"""Sets that the rules were built on, and how many documents of each."""
CHECK = ("xquad-en", "clapnq")
"""Folders in eval that are only looked at."""
_EACH = 20


def main(
    build: Annotated[bool, typer.Option(help="On the sets that the rules were built on.")] = False,
    home: Annotated[Path | None, typer.Option(help="A folder to make the desk in and keep it.")] = None,
    each: Annotated[int, typer.Option(help="Failures of each kind.")] = _EACH,
    seed: Annotated[int, typer.Option(help="Which questions are taken.")] = 0,
    show: Annotated[bool, typer.Option(help="Print what was looked at where the verdict is wrong.")] = False,
) -> None:
    """Run it."""
    names = tuple(BUILD) if build else CHECK
    with tempfile.TemporaryDirectory() as temporary:
        kept = home or Path(temporary, "kept")
        with Desk(Settings(home=kept)) as desk:
            rows = {name: take_in(desk, name, Path(os.environ["REFDESK_DATA"])) for name in names}
        copy = Path(temporary, "home")
        shutil.copytree(kept, copy)
        with Desk(Settings(home=copy)) as desk:
            failures = [
                failure
                for at, name in enumerate(names)
                for failure in Failing(desk, name, rows[name], seed=seed).failures(_share(each, at, len(names)))
            ]
            for title, has_better in (("A thumb down, and nothing said", False), ("With the better answer", True)):
                print(f"\n{title}\n")
                print(report(failures, diagnosed(desk, failures, has_better=has_better, show=show)))


def take_in(desk: Desk, name: str, data: Path) -> list[Row]:
    """Take a set's documents in, as a collection; gives its rows."""
    if name == "samples":
        ingest_folder(desk, name, SAMPLES / "documents")
        return read_rows(SAMPLES / "rows.jsonl")
    if name not in BUILD:
        ingest_folder(desk, name, data / "eval" / name / "documents")
        return read_rows(data / "eval" / name / "rows.jsonl")
    rows = train_rows(data, name, BUILD[name])
    ingest_passages(desk, name, rows)
    files = file_names(rows)
    return [row | {"sources": [{"document": files[row["document"]]}]} for row in rows]


def diagnosed(desk: Desk, failures: Iterable[Failure], *, has_better: bool, show: bool = False) -> list[str]:
    """The fault that is found of each, after a thumb down."""
    found: list[str] = []
    for failure in failures:
        vote = Vote(value=-1, better_answer=failure.better if has_better else "")
        desk.feedback.vote(PERSON, failure.turn_id, vote)
        made = desk.diagnoses.diagnose(failure.turn_id)
        found.append(made.found)
        if show and made.found != EXPECTED[failure.kind]:
            print(f"{failure.kind}: {made.found}: {failure.row['question']} {failure.row['answers'][:2]}")
            for check in made.checks:
                print(f"      {check.says}")
    return found


def report(failures: Sequence[Failure], found: Sequence[str]) -> str:
    """What was found of which kind, and the share that is right with its 95% interval."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for failure, fault in zip(failures, found, strict=True):
        counts[failure.kind][fault] += 1
    columns = [fault for fault in FAULTS if any(fault in row for row in counts.values())]
    right = sum(counts[kind][fault] for kind, fault in EXPECTED.items())
    share = Share(count=right, of=len(failures))
    lines = [
        f"{'':18}" + "".join(f"{fault:>19}" for fault in columns),
        *(
            f"{kind:18}" + "".join(f"{counts[kind][fault] or '·':>19}" for fault in columns)
            for kind in EXPECTED
            if kind in counts
        ),
        f"\nright: {right} of {len(failures)}, {share.value or 0:.0%} [{share.low:.0%}, {share.high:.0%}]",
    ]
    return "\n".join(lines)


def _share(each: int, at: int, of: int) -> int:
    """Of what is divided among several sets, what falls to one."""
    return each // of + (at < each % of)


if __name__ == "__main__":
    typer.run(main)
