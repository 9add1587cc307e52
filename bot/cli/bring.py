"""Bringing in knowledge, labelled questions and history."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json


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
    if as_json:
        say_json(report.to_json())
    else:
        for line in report.lines():
            say(line)
        if dry_run:
            say("nothing was written: this was a dry run")
    if report.rejected and not (report.added or report.changed or report.unchanged):
        raise typer.Exit(1)
