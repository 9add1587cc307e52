"""What every command shares: where the home is, how JSON and people are told."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import settings as configuration
from bot.settings import Loaded

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Data directory. Default: KEFU_HOME, else ~/.kefu."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout.")
]


def load(home: Path | None) -> Loaded:
    """The settings, with a home that exists and is ours alone."""
    from storage.problems import EnvironmentProblem

    loaded = configuration.from_process(home)
    try:
        loaded.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblem(
            "KF-604",
            "the data directory cannot be made",
            where=str(loaded.settings.home),
            why=error.strerror or str(error),
            fix="name another one with --home DIR or KEFU_HOME",
        ) from error
    return loaded


def say(text: str = "") -> None:
    """Tell a person something on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """Print the one JSON object of a command."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
