"""`refdesk guard`: which rail would stop each text, and why."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.output import CommandError, Json, print_json, read_rows
from assistant.prompts import QUOTE, SUMMARY, load_prompt, prompt_names
from assistant.rails import Rails, Verdict
from assistant.settings import load_settings
from models.backend import BackendError

PERSONAL_DATA = "personal data"
"""The rail that masks."""


def guard(
    file: Annotated[Path, typer.Argument(help="A JSON lines file of rows with “text”; “direction” is “in” or “out”.")],
    json: Json = False,
) -> None:
    """Say which rail would stop each text, and why: of questions and passages (“in”), or of answers (“out”)."""
    with closing(Rails(secrets=load_settings().secrets)) as rails:
        for row in read_rows(file, "text"):
            verdict = _judged(rails, row)
            if json:
                print_json({"id": str(row["id"])} | _as_json(verdict))
            else:
                by = f" by “{verdict.rail}”" if verdict.rail else ""
                print(f"{row['id']}: {verdict.action}{by}\n    {verdict.text}")
                if verdict.reason:
                    print(f"    {verdict.reason}")


def _judged(rails: Rails, row: Mapping[str, Any]) -> Verdict:
    match row.get("direction", "in"):
        case "in":
            verdict = rails.check_question(row["text"])
            return verdict if verdict.stops else _masked(rails, verdict)
        case "out":
            return rails.check_answer(row["text"], question="", system=str(row.get("system") or _every_system()))
        case other:
            raise CommandError(f"Row {row['id']} has the direction “{other}”: write “in” or “out”.")


def _masked(rails: Rails, verdict: Verdict) -> Verdict:
    """With personal data masked, as a hosted backend would see it; without any, the verdict as it is."""
    masking = rails.masking()
    try:
        masked = masking.mask(verdict.text)
    except BackendError as error:
        return Verdict(action="block", text=verdict.text, rail=PERSONAL_DATA, reason=str(error))
    if not masking.kinds:
        return verdict
    kinds = ", ".join(masking.kinds)
    reason = f"A model on somebody else’s machine does not get to see this: {kinds}."
    return Verdict(action="mask", text=masked, rail=PERSONAL_DATA, reason=reason)


def _every_system() -> str:
    """The system prompts that come with the desk."""
    return "\n".join(load_prompt(name).system for name in [*prompt_names(), SUMMARY] if name != QUOTE)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {"action": verdict.action, "rail": verdict.rail, "reason": verdict.reason, "text": verdict.text}
