"""`kefu demo`: the demo shop, ready to talk to, without any token."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli.common import HomeOption, load, say

if TYPE_CHECKING:
    from bot.settings import Settings

SHOP = Path(__file__).parents[1] / "demo"
PARTS = ("knowledge.jsonl", "intents.jsonl", "policies")


def register(app: typer.Typer) -> None:
    """Add `demo`."""
    app.command("demo")(demo)


def demo(home: HomeOption = None) -> None:
    """Open the demo shop: chat here, in the browser, and where tokens are set.

    It lives in its own folder, "demo" in the home, beside your own data.

    Example: kefu demo
    """
    from bot.app import open_app
    from bot.cli.ask import talk
    from bot.cli.server import Server

    settings = load(load(home).settings.home / "demo").settings
    stock(settings)
    with open_app(settings) as app:
        server = Server(app)
        say("Pinecone 松果小铺: the demo shop is open. Ask in English or 中文.")
        asyncio.run(server.run(beside=lambda: talk(app), opened=_tell_where))


def _tell_where(address: str) -> None:
    say(f"In the browser: {address}\n")


def stock(settings: "Settings") -> None:
    """Bring in the shop's knowledge; train the first release if there is none."""
    from bot.app import new_id, now, open_database
    from bot.cli.progress import bar
    from bot.cli.training import run_cycle
    from bot.importing import import_paths

    with bar(quiet=False) as progress:
        with open_database(settings) as database:
            import_paths(
                [SHOP / part for part in PARTS],
                workspace=settings.workspace,
                database=database,
                now=now,
                new_id=new_id,
                progress=progress,
            )
            with database.reading() as stores:
                live = stores.releases.live(settings.workspace)
        if live is None:
            run_cycle(
                settings,
                trigger="first start",
                generator=False,
                quick=True,
                progress=progress,
            )
