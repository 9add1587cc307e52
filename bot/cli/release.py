"""The registry of releases: what is live, what was, and going back in seconds."""

from typing import Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, WorkspaceOption, load, say, say_json


def register(app: typer.Typer) -> None:
    """Add `releases`, `promote`, `rollback` and `report`."""
    app.command("releases")(releases)
    app.command("promote")(promote)
    app.command("rollback")(rollback)
    app.command("report")(report)


def releases(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the releases, newest first, and which one is live.

    Example: kefu releases
    """
    from bot.cli.registry import list_releases

    rows = list_releases(load(home).settings)
    if as_json:
        say_json({"releases": rows})
        return
    if not rows:
        say("no release yet: kefu train makes the first one")
    for row in rows:
        say(
            f"{row['version']}  {row['stage']:<9}  {row['created_at'][:16]}  "
            + "; ".join(row["reasons"])
        )


def promote(
    version: Annotated[str, typer.Argument(help="Such as v0007.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a release live by hand. A running server swaps to it by itself.

    Example: kefu promote v0007
    """
    from bot.cli.registry import promote as make_live

    live = make_live(load(home).settings, version, by="terminal")
    say_json({"live": live}) if as_json else say(f"{live} is live")


def rollback(
    version: Annotated[
        str, typer.Argument(help="Default: the one that was live before.")
    ] = "",
    workspace: WorkspaceOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to an earlier release. A running server swaps to it by itself.

    Example: kefu rollback
    """
    from bot.cli.registry import roll_back

    live = roll_back(
        load(home, workspace=workspace).settings, version or None, by="terminal"
    )
    say_json({"live": live}) if as_json else say(f"{live} is live again")


def report(
    version: Annotated[str, typer.Argument(help="Such as v0007.")],
    other: Annotated[str, typer.Argument(help="Compare with this one.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what a release learnt and how it was judged.

    Example: kefu report v0007 v0006
    """
    from bot.cli.registry import read_report

    for name in [version, other] if other else [version]:
        text, data = read_report(load(home).settings, name)
        say_json(data) if as_json else say(text)
