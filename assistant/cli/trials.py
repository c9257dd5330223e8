"""`refdesk trials`: a share of new conversations is answered in another way, and what comes of it."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from assistant.cli.output import Json, print_json
from assistant.conversations import Choices
from assistant.desk import open_desk
from assistant.trials import ArmStanding, Standing, Trial
from assistant.trials.trial import named

app = typer.Typer(help="Answer a share of new conversations in another way.", no_args_is_help=True)


@app.command("begin")
def begin(
    backend: Annotated[str, typer.Option(help="Who writes: “local” or “hosted”.")] = "local",
    model: Annotated[str | None, typer.Option(help="The backend's model; its first by default.")] = None,
    prompt: Annotated[str, typer.Option(help="A name from “refdesk prompts list”.")] = "direct",
    share: Annotated[float, typer.Option(help="Of new conversations, between 0 and 1.")] = 0.2,
    json: Json = False,
) -> None:
    """Begin one; people who choose otherwise in the sidebar are not in it."""
    with open_desk() as desk:
        desk.backends.check(backend)
        desk.prompts.load(prompt)
        if model is not None:
            desk.backends.check_taught(backend, model, "answering")
        trial = desk.trials.begin(Choices(backend=backend, model=model, prompt=prompt), share=share)
    if json:
        print_json(_trial_json(trial))
    else:
        print(f"{trial.id}: {trial.share:.0%} of new conversations by {named(trial.challenger)}.")


@app.command("list")
def list_trials(json: Json = False) -> None:
    """Trials and how they stand, the newest first."""
    with open_desk() as desk:
        standings = [desk.trials.standing(trial) for trial in desk.trials.list()]
    for standing in standings:
        print_json(_standing_json(standing)) if json else print("\n".join(_lines(standing)))
    if not standings and not json:
        print("No trial yet: see “refdesk trials begin --help”.")


@app.command("end")
def end(trial_id: Annotated[str, typer.Argument(help="From “refdesk trials list”.")], json: Json = False) -> None:
    """Answer all conversations in the usual way again."""
    with open_desk() as desk:
        trial = desk.trials.end(trial_id)
        standing = desk.trials.standing(trial)
    print_json(_standing_json(standing)) if json else print("\n".join(_lines(standing)))


def _lines(standing: Standing) -> list[str]:
    trial = standing.trial
    until = f"until {trial.ended_at:%Y-%m-%d}" if trial.ended_at else "runs"
    return [
        f"{trial.id}  {trial.share:.0%} since {trial.began_at:%Y-%m-%d}, {until}",
        f"  usual       {named(trial.usual)}: {_figures(standing.usual)}",
        f"  challenger  {named(trial.challenger)}: {_figures(standing.challenger)}",
        f"  {standing.verdict}",
    ]


def _figures(arm: ArmStanding) -> str:
    parts = [f"{arm.conversations} conversations", f"{arm.up} up, {arm.down} down"]
    if arm.satisfaction is not None:
        parts.append(f"content {arm.satisfaction:.0%}")
    if arm.wait_s is not None:
        parts.append(f"{arm.wait_s:.1f} s an answer")
    return ", ".join(parts)


def _trial_json(trial: Trial) -> dict[str, Any]:
    return asdict(trial) | {
        "began_at": trial.began_at.isoformat(),
        "ended_at": trial.ended_at and trial.ended_at.isoformat(),
    }


def _standing_json(standing: Standing) -> dict[str, Any]:
    return asdict(standing) | {"trial": _trial_json(standing.trial), "verdict": standing.verdict}
