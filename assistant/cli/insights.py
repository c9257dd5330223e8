"""`refdesk insights`: what people ask, how it went, and what went wrong."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.output import Json, print_json
from assistant.desk import open_desk
from assistant.diagnosis import FAULTS
from assistant.facts import OUTCOMES
from assistant.insights import Selection
from assistant.insights.export import figures_csv, figures_json
from assistant.insights.figures import OTHERS, Figures, TopicUse
from assistant.signals import SIGNALS
from ingest.tables import utc_now

_SHOWN = 10


def insights(
    days: Annotated[int | None, typer.Option(min=1, help="Only the last days, with today (in UTC).")] = 30,
    every: Annotated[bool, typer.Option("--all", help="All days.")] = False,
    backend: Annotated[str | None, typer.Option(help="Only answers that it wrote; empty: quotes alone.")] = None,
    model: Annotated[str | None, typer.Option(help="Only answers of this model.")] = None,
    prompt: Annotated[str | None, typer.Option(help="Only answers by this prompt, as in “direct@1”.")] = None,
    collection: Annotated[str | None, typer.Option(help="Only answers that passages of it were found for.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the figures to this CSV file.")] = None,
    json: Json = False,
) -> None:
    """Say what people asked, how it ended, what they thought of it, and what went wrong."""
    today = utc_now().date()
    whole = every or days is None
    selection = Selection(
        since=None if whole else today - timedelta(days=(days or 1) - 1),
        until=None if whole else today,
        backend=backend,
        model=model,
        prompt=prompt,
        collection=collection,
    )
    with open_desk() as desk:
        figures = desk.insights.figures(selection)
        currency = desk.settings.prices.currency
    if csv is not None:
        csv.write_text(figures_csv(figures), encoding="utf-8", newline="")
    if json:
        print_json(figures_json(figures))
    else:
        print("\n".join(_lines(figures, currency)))


def _lines(figures: Figures, currency: str) -> list[str]:
    totals = figures.totals
    if not totals.questions:
        return ["Nothing was asked in these days."]
    ended = [f"{OUTCOMES[name]}: {count}" for name, count in totals.outcomes.items() if count]
    before = f" (before: {figures.before.questions})" if figures.before else ""
    lines = [f"{totals.questions} questions by {totals.people} people{before}", *ended]
    share = totals.satisfaction
    if share.value is not None:
        lines.append(f"Satisfaction: {share.value:.0%} [{share.low:.0%}, {share.high:.0%}] of {share.of} thumbs")
    for name, spread in (("First word", totals.first), ("Whole answer", totals.total)):
        if spread is not None:
            lines.append(f"{name}: median {spread.median:.2f} s, 95% within {spread.p95:.2f} s")
    if totals.cost is not None:
        lines.append(f"Cost: {currency}{totals.cost:.4f}")
    faults = {str(name): says for name, says in FAULTS.items()}
    lists = {
        "Not in the documents": [f"{group.times} × {group.question}" for group in figures.unanswered],
        "What went wrong": [f"{count} × {faults.get(name, name)}" for name, count in figures.faults.items()],
        "Topics": [_topic(topic) for topic in figures.topics],
        "Done with answers": [f"{count} × {SIGNALS.get(name, name)}" for name, count in figures.signals.items()],
        "Stopped by": [f"{count} × {rail}" for rail, count in figures.rails.items()],
    }
    for title, entries in lists.items():
        if entries:
            lines += ["", title, *(f"  {entry}" for entry in entries[:_SHOWN])]
    return lines


def _topic(topic: TopicUse) -> str:
    said = [f"{topic.missing} not in the documents"] if topic.missing else []
    if topic.satisfaction.value is not None:
        said.append(f"{topic.satisfaction.value:.0%} of {topic.satisfaction.of} thumbs up")
    more = f" ({', '.join(said)})" if said else ""
    return f"{topic.questions} × {topic.name or OTHERS}{more}"
