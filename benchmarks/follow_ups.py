"""How well follow-up questions are searched for, by rules: `python -m benchmarks.follow_ups`.

Needs REFDESK_DATA, a folder of data sets: of MTRAG's conversations those that people have judged, whose passages are
there. Compares the question as asked, joined with what it leans on, with that as its background, and as rewritten by
people; and says how many of the words of people's rewrites (MTRAG, TREC CAsT and iKAT) the rules find.
"""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from assistant.desk import Desk
from assistant.events import Context, Source
from assistant.rewriting import background
from assistant.settings import Settings
from ingest.index.analysis import query_terms
from ingest.sources import walk

_FIRST = 5
_PASSAGES, _QUOTED_FROM = 20, 8


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """A question with what was said before it."""

    question: str
    before: Context
    rewrite: str
    """By people."""
    relevant: frozenset[str] = frozenset()
    """Documents that answer it."""

    @property
    def behind(self) -> str:
        """What it leans on, by rules."""
        return background(self.question, self.before.questions, self.before.answers)


def main(home: Annotated[Path | None, typer.Option(help="A folder to make the desk in and keep it.")] = None) -> None:
    """Run it."""
    data = Path(os.environ["REFDESK_DATA"])
    judged = json.loads(next((data / "rewrite/mtrag-human/evaluations").glob("*.json")).read_text(encoding="utf-8"))
    asked = _mtrag(data / "rewrite/mtrag-human", judged)
    with tempfile.TemporaryDirectory() as temporary, Desk(Settings(home=home or Path(temporary))) as desk:
        _ingest(desk, judged["documents"])
        leaning = [each for each in asked if each.behind]
        print(f"MTRAG: recall of the first {_FIRST} documents and share of questions refused,")
        print(f"  of all {len(asked)} follow-up questions | of the {len(leaning)} that lean on others")
        searches: dict[str, Callable[[FollowUp], tuple[str, str]]] = {
            "as asked": lambda each: (each.question, ""),
            "joined with what it leans on": lambda each: (f"{each.behind} {each.question}".lstrip(), ""),
            "with that as its background": lambda each: (each.question, each.behind),
            "as rewritten by people": lambda each: (each.rewrite, ""),
        }
        for name, search in searches.items():
            figures = [_recall_and_refusals(desk, some, search) for some in (asked, leaning)]
            print(f"  {name}: {' | '.join(f'{recall:.3f}, {refused:.3f}' for recall, refused in figures)}")
    report_words("MTRAG", asked)
    for path in sorted((data / "train" / "rewrite").glob("*.jsonl")):
        report_words(path.stem, _rewrites(path))


def report_words(name: str, asked: Sequence[FollowUp]) -> None:
    """Print the share of the words of people's rewrites in the question, and in what it leans on."""
    own, without, found = (
        np.mean([_share_said(each.rewrite, said(each)) for each in asked])
        for said in (
            lambda each: each.question,
            lambda each: f"{background(each.question, each.before.questions)} {each.question}",
            lambda each: f"{each.behind} {each.question}",
        )
    )
    print(f"{name} ({len(asked)}): {own:.3f} as asked; with earlier questions {without:.3f}; and answers {found:.3f}")


def _share_said(rewrite: str, said: str) -> float:
    wanted, there = set(query_terms(rewrite)), set(query_terms(said))
    return len(wanted & there) / max(1, len(wanted))


def _recall_and_refusals(
    desk: Desk, asked: Sequence[FollowUp], search: Callable[[FollowUp], tuple[str, str]]
) -> tuple[float, float]:
    recalls, refusals = [], []
    for each in asked:
        query, behind = search(each)
        found = desk.retriever.search(query, k=_PASSAGES, background=behind)
        documents = list(dict.fromkeys(Path(passage.document).stem for passage in found.passages))[:_FIRST]
        recalls.append(len(each.relevant & set(documents)) / min(_FIRST, len(each.relevant)))
        sources = [Source(n=n, passage=passage) for n, passage in enumerate(found.passages[:_QUOTED_FROM], start=1)]
        refusals.append(desk.quoter.weigh(query, found, sources, background=behind).on_topic < 0.5)
    return float(np.mean(recalls)), float(np.mean(refusals))


def _mtrag(folder: Path, judged: Any) -> list[FollowUp]:
    rewrites = {
        row["_id"]: row["text"].replace("|user|: ", "")
        for path in folder.glob("retrieval_tasks/*/*_rewrite.jsonl")
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    }
    return [
        FollowUp(
            question=task["input"][-1]["text"],
            before=_context((said["speaker"], said["text"]) for said in task["input"][:-1]),
            rewrite=rewrites.get(task["task_id"], task["input"][-1]["text"]),
            relevant=frozenset(context["document_id"] for context in task["contexts"]),
        )
        for task in judged["tasks"]
        if len(task["input"]) > 1 and task["contexts"]
    ]


def _rewrites(path: Path) -> list[FollowUp]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        FollowUp(
            question=row["question"],
            before=_context((said["role"], said["text"]) for said in row["history"]),
            rewrite=row["rewrite"],
        )
        for row in rows
        if row["history"]
    ]


def _context(said: Any) -> Context:
    return Context.of({"role": "user" if who == "user" else "assistant", "content": text} for who, text in said)


def _ingest(desk: Desk, documents: Sequence[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for document in documents:
            Path(folder, f"{document['document_id']}.txt").write_text(document["text"], encoding="utf-8")
        for outcome in desk.ingest(walk([Path(folder)], collection="mtrag")):
            assert outcome.status in ("added", "unchanged"), outcome


if __name__ == "__main__":
    typer.run(main)
