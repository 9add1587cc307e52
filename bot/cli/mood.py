"""`kefu mood`: how customers feel day by day, and whether that turned.

`kefu train-mood` fits the model that tells it to a company's own messages.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json

LONGEST = 3660


def register(app: typer.Typer) -> None:
    """Add `mood` and `train-mood`."""
    app.command("mood")(mood)
    app.command("train-mood")(train_mood)


def mood(
    days: Annotated[int, typer.Option(help="How many days to look back.")] = 28,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The share of negative messages and the mean temper, day by day.

    Ends with 1 when the mood turned to worse, so that a job can raise an alarm; where
    nothing turned, that happens at most once in a hundred looks.

    Example: kefu mood --days 14
    """
    from bot.app import now, open_database, zone_of
    from bot.mood import WORSE, trend
    from storage.problems import BadInput

    if not 2 <= days <= LONGEST:
        raise BadInput(
            "KF-240",
            f"{days} days cannot be compared",
            where="--days",
            why=f"it takes 2 to {LONGEST}",
            fix="leave --days out for four weeks",
        )
    settings = load(home).settings
    zone = zone_of(settings.timezone)
    moment = now()
    first = moment.astimezone(zone).date() - timedelta(days=days - 1)
    with open_database(settings) as database, database.reading() as stores:
        # An answer may come days after its message, but never before it.
        found = trend(
            stores.turns.since(moment - timedelta(days=days + 1)),
            workspace=settings.workspace,
            zone=zone,
            first=first,
        )
    say_json(found.to_json()) if as_json else say(found.text())
    if found.turned == WORSE:
        raise typer.Exit(1)


def train_mood(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Files with text and label.", show_default=False),
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit the mood model to messages of yours: positive, neutral, negative or angry.

    It is kept only if it tells messages it did not see better than the packaged one
    does, and used from the next start on; else this ends with 1.

    Example: kefu train-mood labelled.jsonl
    """
    from bot.app import OWN_MOOD, machine_of, open_encoder
    from bot.cli.shop import SHOP
    from bot.importing.samples import mooded_texts
    from training.own_mood import learn_mood

    messages = mooded_texts(paths)
    settings = load(home).settings
    encoder = open_encoder(settings, machine_of(settings).cores)
    done = learn_mood(
        messages,
        encoder,
        demo=SHOP / "intents.jsonl",
        directory=settings.home / OWN_MOOD,
    )
    say_json(done.to_json()) if as_json else say(done.text())
    if not done.kept:
        raise typer.Exit(1)
