"""Answers that people scored, as `refdesk judge` takes them: `python -m benchmarks.judging FILE`.

Needs REFDESK_DATA, a folder of data sets. Writes MTRAG's answers that have passages, with their mean score for
faithfulness, 1 to 4 there, stretched to the judge's 1 to 5, in an order of their own: its first lines are a sample.
Prints how far judges that ask no model agree with people, a floor for one that does, on the conversations
that the weights of the support check were not fitted to.
"""

import argparse
import json
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from assistant.evaluation.agreement import agreement
from assistant.evaluation.answers import groundedness
from assistant.support import Support
from benchmarks.support import Counted, is_for_fitting
from benchmarks.supported import MTRAG, source
from models.embedding import Embedder

Label = Mapping[str, Any]


def main() -> None:
    """Run it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path, help="where the labels go, JSON lines")
    path: Path = arguments.parse_args().file
    found = labels(Path(os.environ["REFDESK_DATA"]))
    path.write_text("".join(f"{json.dumps(label, ensure_ascii=False)}\n" for label in found), encoding="utf-8")
    print(f"{len(found)} answers written to {path}")
    report([label for label in found if not is_for_fitting(label["id"].partition("<")[0])])


def labels(data: Path) -> list[Label]:
    """MTRAG's scored answers with their passages."""
    read = json.loads((data / MTRAG).read_text(encoding="utf-8"))
    texts = {document["document_id"]: document["text"] for document in read["documents"]}
    tasks = {task["task_id"]: task for task in read["tasks"]}
    found: list[Label] = []
    for scored in read["evaluations"]:
        task = tasks[scored["task_id"]]
        given = [int(score["value"]) for score in scored["annotations"]["faithfulness"].values()]
        if task["contexts"]:
            found.append(
                {
                    "id": f"{scored['task_id']} {scored['model_id']}",
                    "question": task["input"][-1]["text"].strip(),
                    "answer": scored["model_response"],
                    "passages": [texts[context["document_id"]] for context in task["contexts"]],
                    "scores": {"faithfulness": stretched(mean(given))},
                }
            )
    random.Random(0).shuffle(found)
    return found


def stretched(score: float) -> float:
    """From the scale of the people, 1 to 4, to the judge's, 1 to 5."""
    return 1 + (score - 1) * 4 / 3


def report(found: Sequence[Label]) -> None:
    """Print the agreement of the share of supported sentences, and of the answers' length, with people."""
    rarity = Counted(list(dict.fromkeys(text for label in found for text in label["passages"])))
    support = Support(lexical=rarity, embedder=Embedder())
    people, grounded, short = [], [], []
    for label in found:
        sources = [source(n, text) for n, text in enumerate(label["passages"], start=1)]
        share = groundedness(support.judge(label["answer"], sources))
        if share is not None:
            people.append(label["scores"]["faithfulness"])
            grounded.append(1 + 4 * share)
            short.append(-len(label["answer"]))
    print(f"groundedness, 0 to 1 as 1 to 5: {agreement(people, grounded)}")
    print(f"the shorter the better (its kappa means nothing): {agreement(people, short)}")


if __name__ == "__main__":
    main()
