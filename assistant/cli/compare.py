"""`refdesk compare`: what one run gained over another."""

from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.output import Json, print_json
from assistant.desk import Desk, open_desk
from assistant.evaluation.comparison import Change, Gain, RunComparison, compare_runs
from assistant.evaluation.export import Exported, read_run
from assistant.evaluation.report import comparison_report, write_report

_SHOWN = 10

A_RUN = "Id of a run, or a file that “refdesk eval --out” wrote."


def compare(
    first: Annotated[str, typer.Argument(help=A_RUN)],
    second: Annotated[str, typer.Argument(help=A_RUN)],
    changes: Annotated[int, typer.Option(min=0, help="How many of the rows that changed are shown.")] = _SHOWN,
    html: Annotated[Path | None, typer.Option(help="Write a report to this HTML file.")] = None,
    json: Json = False,
) -> None:
    """Say what the second of two runs gained over the first, and which rows changed, and why."""
    with open_desk() as desk:
        a, b = _exported(desk, first), _exported(desk, second)
    found = compare_runs(a.asked, b.asked)
    if html is not None:
        write_report(html, comparison_report(a, b, found))
    if json:
        print_json(comparison_json(a, b, found))
        return
    print(f"{a.run.label} ({a.run.id}) → {b.run.label} ({b.run.id}): {found.common} rows in common\n")
    for gain in found.gains.values():
        if gain.better or gain.worse:
            print(gain.statement)
    same = [gain.measure.label for gain in found.gains.values() if not (gain.better or gain.worse)]
    if same:
        print(f"The same in every row: {', '.join(same)}.")
    if changes and found.changes:
        print(f"\n{len(found.changes)} rows changed; those that changed most:")
        for change in found.changes[:changes]:
            print(f"{change.gain:+.2f}  {change.first.row.id}: {change.first.row.question}")
            print(f"       {'; '.join(change.reasons)}")


def comparison_json(first: Exported, second: Exported, found: RunComparison) -> dict[str, Any]:
    """A comparison as scripts read it."""
    return {
        "first": first.run.id,
        "second": second.run.id,
        "common": found.common,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "measures": {name: _gain_json(gain) for name, gain in found.gains.items()},
        "changes": [_change_json(change) for change in found.changes],
    }


def _exported(desk: Desk, named: str) -> Exported:
    if Path(named).is_file():
        return read_run(Path(named))
    run = desk.evaluation.run(named)
    return Exported(run=run, asked=desk.evaluation.asked(run.id))


def _gain_json(gain: Gain) -> dict[str, Any]:
    change = gain.comparison.difference
    return {
        "first": gain.first,
        "second": gain.second,
        "difference": change.value,
        "low": change.low,
        "high": change.high,
        "rows": change.rows,
        "p": gain.comparison.p,
        "is_better": gain.is_better,
        "statement": gain.statement,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "id": change.first.row.id,
        "question": change.first.row.question,
        "gain": change.gain,
        "reasons": list(change.reasons),
        "answers": [change.first.result.answer, change.second.result.answer],
    }
