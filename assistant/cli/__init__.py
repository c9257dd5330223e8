"""The command line: `refdesk …` mirrors what the pages do."""

import sys

import typer
from sqlalchemy.exc import DBAPIError

from assistant.cli import (
    ask,
    compare,
    dataset,
    doctor,
    documents,
    embedding,
    evaluate,
    feedback,
    guard,
    ingest,
    insights,
    judge,
    lab,
    local_models,
    prompts,
    run,
    runs,
    search,
    summarise,
    trials,
)
from assistant.cli.output import PROBLEMS

app = typer.Typer(
    name="refdesk",
    help="A reference desk for a team's own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run", help=run.run.__doc__)(run.run)
app.command("ingest", help=ingest.ingest.__doc__)(ingest.ingest)
app.add_typer(documents.app, name="documents")
app.add_typer(embedding.app, name="embedding")
app.command("search", help=search.search.__doc__)(search.search)
app.command("ask", help=ask.ask.__doc__)(ask.ask)
app.command("summarise", help=summarise.summarise.__doc__)(summarise.summarise)
app.command("eval", help=evaluate.evaluate.__doc__)(evaluate.evaluate)
app.command("compare", help=compare.compare.__doc__)(compare.compare)
app.add_typer(runs.app, name="runs")
app.command("judge", help=judge.judge.__doc__)(judge.judge)
app.add_typer(dataset.app, name="dataset")
app.add_typer(prompts.app, name="prompts")
app.add_typer(feedback.app, name="feedback")
app.command("insights", help=insights.insights.__doc__)(insights.insights)
lab.add_to(local_models.app)
app.add_typer(local_models.app, name="models")
app.add_typer(trials.app, name="trials")
app.command("guard", help=guard.guard.__doc__)(guard.guard)
app.command("doctor", help=doctor.doctor.__doc__)(doctor.doctor)


def main() -> None:
    """Run the command line; what goes wrong is one sentence on stderr and a non-zero exit."""
    try:
        app()
    except PROBLEMS as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except DBAPIError as error:
        print(f"The catalogue cannot be used ({error.orig}): see “refdesk doctor”.", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Interrupted; what was finished is kept.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
