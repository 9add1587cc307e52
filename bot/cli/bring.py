"""Bringing in knowledge, labelled questions and history."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json

if TYPE_CHECKING:
    from bot.importing import ImportReport
    from bot.settings import Settings
    from storage.database import Database


def register(app: typer.Typer) -> None:
    """Add `import`."""
    app.command("import")(bring)


def bring(
    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders.", show_default=False)
    ],
    kind: Annotated[
        str, typer.Option(help="knowledge or intents; guessed when left out.")
    ] = "",
    workspace: Annotated[str, typer.Option(help="Whose knowledge it is.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in CSV, TSV, Excel, JSON Lines and Markdown. Again changes nothing.

    What says the same twice, or answers a near question differently, is named.

    Example: kefu import faq.csv policies/ --dry-run
    """
    from bot.app import new_id, now, open_database
    from bot.cli.progress import bar
    from bot.importing import import_paths, kind_named

    settings = load(home).settings
    with open_database(settings) as database, bar(quiet=as_json) as progress:
        report = import_paths(
            paths,
            kind=kind_named(kind),
            workspace=workspace or settings.workspace,
            database=database,
            now=now,
            new_id=new_id,
            dry_run=dry_run,
            progress=progress,
        )
        report = _with_overlaps(report, settings, database)
    if as_json:
        say_json(report.to_json())
    else:
        for line in report.lines():
            say(line)
        if dry_run:
            say("nothing was written: this was a dry run")
    if report.rejected and not (report.added or report.changed or report.unchanged):
        raise typer.Exit(1)


def _with_overlaps(
    report: "ImportReport", settings: "Settings", database: "Database"
) -> "ImportReport":
    """The report with what is odd about the new entries, beside all that is known."""
    if not report.fresh:
        return report
    from bot.app import machine_of, open_encoder, text_vectors
    from bot.importing.overlaps import CHECKED, overlaps
    from storage.problems import EnvironmentProblem

    with database.reading() as stores:
        known = stores.knowledge.all(report.fresh[0].workspace)
    try:
        encoder = open_encoder(settings, machine_of(settings).threads)
        found = overlaps(report.fresh, known, text_vectors(settings, encoder))
    except EnvironmentProblem as problem:  # the import itself is done
        note = f"nothing was compared with what is known: {problem.what}"
        return replace(report, notes=(*report.notes, note))
    notes = report.notes
    if len(report.fresh) > CHECKED:
        left = len(report.fresh) - CHECKED
        notes = (*notes, f"{left} entries were not compared with the others")
    return replace(
        report, overlaps=tuple(each.to_json() for each in found), notes=notes
    )
