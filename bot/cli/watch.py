"""`kefu serve`: everything whose tokens are set, until it is told to stop."""

import asyncio

import typer

from bot.cli.common import HomeOption, WorkspaceOption, load


def register(app: typer.Typer) -> None:
    """Add `serve`."""
    app.command("serve")(serve)


def serve(workspace: WorkspaceOption = "", home: HomeOption = None) -> None:
    """Answer in Slack, Telegram and the web chat; learn on schedule.

    Stops cleanly on Ctrl-C or SIGTERM: intake ends, what is in hand is finished.

    Example: kefu serve
    """
    from bot.app import open_app
    from bot.cli.logs import set_up_logs
    from bot.cli.server import Server

    settings = load(home, workspace=workspace).settings
    set_up_logs(settings)
    with open_app(settings) as app:
        asyncio.run(Server(app).run())
