"""Learning by hand: the same cycle that the schedule and /train run."""

from typing import Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, WorkspaceOption, load, say, say_json


def register(app: typer.Typer) -> None:
    """Add `train`."""
    app.command("train")(train)


def train(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be learnt; train nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Train even if nothing new is there.")
    ] = False,
    intents_only: Annotated[
        bool, typer.Option("--intents-only", help="Leave the generator as it is.")
    ] = False,
    workspace: WorkspaceOption = "",
    trigger: Annotated[str, typer.Option(hidden=True)] = "terminal",
    requested_by: Annotated[str, typer.Option(hidden=True)] = "",
    notify: Annotated[str, typer.Option(hidden=True)] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one learning cycle: dataset, training, evaluation, verdict.

    Ends with 0 when the candidate went live and 1 when it was rejected or there was
    nothing to learn.

    Example: kefu train --dry-run
    """
    from bot.cli.progress import bar
    from bot.cli.training import run_cycle

    settings = load(home, workspace=workspace).settings
    with bar(quiet=as_json) as progress:
        result = run_cycle(
            settings,
            trigger=trigger,
            requested_by=requested_by,
            notify=notify,
            dry_run=dry_run,
            force=force,
            generator=not intents_only,
            progress=progress,
        )
    if as_json:
        say_json(result.to_json())
    else:
        say(result.text())
    if result.verdict not in {"live", "dry run"}:
        raise typer.Exit(1)
