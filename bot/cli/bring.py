"""Bringing in knowledge, labelled questions and history."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, WorkspaceOption, load, say, say_json

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
        str,
        typer.Option(help="knowledge, intents or dialogues; guessed when left out."),
    ] = "",
    workspace: WorkspaceOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    approved: Annotated[
        bool,
        typer.Option(
            "--approved",
            help="You have read the answers of old chats; else they wait for a review.",
        ),
    ] = False,
    fetch: Annotated[
        bool,
        typer.Option(
            "--fetch", help="Fetch the pages that lists of addresses name (.urls)."
        ),
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in knowledge and history of any kind. Again changes nothing.

    Tables, Excel, JSON, Markdown, web pages, Rasa, Zendesk, Intercom, Chatwoot, Slack
    and Telegram exports: docs/import.md shows each.

    What says the same twice, or answers a near question differently, is named.

    Example: kefu import faq.csv policies/ --dry-run
    """
    from bot.app import new_id, now, open_database
    from bot.cli.progress import bar
    from bot.importing import import_paths, kind_named
    from bot.importing.web import Fetcher

    settings = load(home, workspace=workspace).settings
    hosts = frozenset(filter(None, map(str.strip, settings.import_hosts.split(","))))
    with open_database(settings) as database, bar(quiet=as_json) as progress:
        report = import_paths(
            paths,
            kind=kind_named(kind),
            workspace=settings.workspace,
            database=database,
            now=now,
            new_id=new_id,
            dry_run=dry_run,
            approved=approved,
            fetcher=Fetcher(trusted=hosts) if fetch else None,
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
    nothing = not (report.added or report.changed or report.unchanged)
    if nothing and (report.rejected or report.left_out):
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
