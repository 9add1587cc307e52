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
    from bot.app import import_files

    report = import_files(
        load(home).settings, paths, kind=kind, workspace=workspace, dry_run=dry_run
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
