"""`refdesk feedback`: what people thought of answers."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.output import CommandError, Json, print_json
from assistant.desk import Desk, open_desk
from assistant.diagnosis import FAULTS, UndiagnosableTurn
from assistant.feedback import VotedTurn

_HERE = "command-line"
"""Who has ticked off what is ticked off here."""

app = typer.Typer(help="What people thought of answers.", no_args_is_help=True)


@app.command("list")
def list_votes(
    down: Annotated[bool, typer.Option("--down", help="Only thumbs down.")] = False,
    up: Annotated[bool, typer.Option("--up", help="Only thumbs up.")] = False,
    fault: Annotated[str | None, typer.Option(help="Only answers that went wrong there.")] = None,
    json: Json = False,
) -> None:
    """Votes and marked sources with their answers, the newest first."""
    if fault is not None and fault not in FAULTS:
        raise CommandError(f"There is no fault “{fault}”; there are {', '.join(FAULTS)}.")
    with open_desk() as desk:
        for voted in desk.feedback.votes(value=_value(down=down, up=up)):
            row = _as_json(desk, voted)
            if fault is not None and fault != row["fault"]:
                continue
            if json:
                print_json(row)
            else:
                _print(voted, row)


@app.command("diagnose")
def diagnose(json: Json = False) -> None:
    """Work out where the answers with a thumb down went wrong that have no diagnosis yet."""
    with open_desk() as desk:
        for turn_id in desk.diagnoses.due():
            try:
                made = desk.diagnoses.diagnose(turn_id)
            except UndiagnosableTurn:
                continue  # deleted meanwhile
            checks = [{"name": check.name, "says": check.says} for check in made.checks]
            if json:
                print_json({"turn": turn_id, "fault": made.fault, "found": made.found, "checks": checks})
            else:
                print(f"{turn_id}  {FAULTS[made.fault]}")
                for check in made.checks:
                    print(f"      {check.says}")


@app.command("faults")
def faults(json: Json = False) -> None:
    """How often answers went wrong where, and how often people who looked said the same."""
    with open_desk() as desk:
        counts = Counter(made.fault for made in desk.diagnoses.all())
        agreement = desk.diagnoses.agreement()
    share = agreement.share
    if json:
        print_json(
            {
                "faults": {fault: counts[fault] for fault in FAULTS if counts[fault]},
                "looked_at": share.of,
                "agreed": share.count,
                "by_found": {
                    fault: {"agreed": agreed, "looked_at": looked}
                    for fault, (agreed, looked) in agreement.by_fault.items()
                },
            }
        )
        return
    for fault in sorted(counts, key=lambda fault: -counts[fault]):
        agreed, looked = agreement.by_fault.get(fault, (0, 0))
        same = f"; found and looked at {looked} times, {agreed} of them right" if looked else ""
        print(f"{counts[fault]:4} × {FAULTS[fault]}{same}")
    if share.value is not None:
        print(f"People said what was found of {share.value:.0%} [{share.low:.0%}, {share.high:.0%}] of {share.of}.")


@app.command("missing")
def missing(
    tick: Annotated[list[int] | None, typer.Option("--tick", help="Tick off the one with this number.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Put back what was ticked off last here.")] = False,
    json: Json = False,
) -> None:
    """What was asked and is in no document, the most asked first: what somebody could write or add."""
    with open_desk() as desk:
        if undo and not desk.missing.undo(_HERE):
            raise CommandError("Nothing was ticked off here.")
        found = desk.missing.list()
        for number in tick or ():
            if not 1 <= number <= len(found):
                raise CommandError(f"There is no number {number}; there are {len(found)}.")
        if tick:
            desk.missing.tick_off(_HERE, [turn_id for number in tick for turn_id in found[number - 1].turn_ids])
            found = [one for number, one in enumerate(found, start=1) if number not in tick]
    for number, one in enumerate(found, start=1):
        if json:
            print_json(
                {
                    "number": number,
                    "question": one.question,
                    "others": list(one.others),
                    "times": one.times,
                    "people": one.people,
                    "first_at": one.first_at.isoformat(),
                    "last_at": one.last_at.isoformat(),
                    "outdated": one.outdated or None,
                    "turns": list(one.turn_ids),
                }
            )
            continue
        print(f"{number:3}  asked {one.times} ×, last {one.last_at:%Y-%m-%d}: {one.question}")
        for said in (*one.others, one.outdated and f"Outdated: {one.outdated}"):
            if said:
                print(f"      {said}")


@app.command("export")
def export(file: Annotated[Path, typer.Argument(help="A JSON lines file; an existing one is replaced.")]) -> None:
    """Write all votes and marked sources with their answers to a file."""
    try:
        with open_desk() as desk, file.open("w", encoding="utf-8") as out:
            lines = [json.dumps(_as_json(desk, voted), ensure_ascii=False) + "\n" for voted in desk.feedback.votes()]
            out.writelines(lines)
    except OSError as error:
        raise CommandError(f"“{file}” cannot be written: {error.strerror}.") from error
    print(f"{len(lines)} answers with what people think of them written to {file}")


def _value(*, down: bool, up: bool) -> int | None:
    if down == up:
        return None
    return -1 if down else 1


def _as_json(desk: Desk, voted: VotedTurn) -> dict[str, Any]:
    finished, vote = voted.answered.finished, voted.vote
    diagnosis = desk.diagnoses.of(voted.turn_id)
    return {
        "trace_id": voted.trace_id,
        "at": voted.changed_at.isoformat(),
        "vote": None if vote is None else "up" if vote.value > 0 else "down",
        "reasons": list(vote.reasons) if vote else [],
        "comment": vote.comment if vote else "",
        "better_answer": vote.better_answer if vote else "",
        "sources": [
            {
                "n": source.n,
                "document": source.passage.document,
                "page": source.passage.page,
                "right": voted.marks[source.n],
            }
            for source in voted.answered.sources
            if source.n in voted.marks
        ],
        "signals": dict(voted.signals),
        "fault": diagnosis.fault if diagnosis else None,
        "checks": [check.says for check in diagnosis.checks] if diagnosis else [],
        "question": voted.answered.question,
        "searched": voted.answered.query,
        "answer": finished.answer if finished else None,
        "citations": [
            {"n": citation.n, "document": citation.document, "page": citation.page, "quote": citation.quote}
            for citation in (finished.citations if finished else ())
        ],
        "backend": finished.backend if finished else None,
        "model": finished.model if finished else None,
        "prompt": finished.prompt if finished else None,
    }


def _print(voted: VotedTurn, row: dict[str, Any]) -> None:
    print(f"{row['vote'] or '–':4}  {voted.changed_at:%Y-%m-%d %H:%M}  {row['question']}")
    for said in (", ".join(row["reasons"]), row["comment"], row["better_answer"] and f"Better: {row['better_answer']}"):
        if said:
            print(f"      {said}")
    for source in row["sources"]:
        page = f", page {source['page']}" if source["page"] else ""
        which = "Right" if source["right"] else "Wrong"
        print(f"      {which} source: [{source['n']}] {source['document']}{page}")
    if row["fault"]:
        print(f"      {FAULTS[row['fault']]}.")
