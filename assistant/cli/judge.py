"""`refdesk judge`: whether a model judges answers as people do."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.output import Json, print_json, progress_bar
from assistant.desk import open_desk
from assistant.evaluation.labelled import agree, read_labelled
from assistant.evaluation.running import AT_ONCE


def judge(
    labelled: Annotated[
        Path, typer.Argument(help="A JSON lines file of rows with “question”, “answer”, “passages” and “scores”.")
    ],
    judge: Annotated[str, typer.Option(help="Who judges: hosted, local, or a hosted model’s name.")] = "hosted",
    json: Json = False,
) -> None:
    """Hold a model's scores of answers against people's."""
    answers = read_labelled(labelled)
    with open_desk() as desk, progress_bar(quiet=json) as bars:
        asked = desk.evaluation.judge(judge)
        task = bars.add_task("Judging", total=len(answers), rate="")
        workers = 1 if asked.backend.info.is_here else AT_ONCE
        found = agree(asked, answers, workers=workers, progress=lambda done: bars.update(task, completed=done))
    if json:
        agreed = {name: vars(of) for name, of in found.by_rubric.items()}
        opinions = {row_id: [vars(opinion) for opinion in said] for row_id, said in found.opinions.items()}
        print_json({"agreement": agreed, "no_judgement": found.no_judgement, "opinions": opinions})
        return
    for name, of in found.by_rubric.items():
        print(f"{name}: {of}")
    if found.no_judgement:
        print(f"{found.no_judgement} times the judge gave no judgement.")
