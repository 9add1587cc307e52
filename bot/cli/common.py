"""What every command shares: where the home is, how JSON and people are told."""

import json
import re
import sys
from dataclasses import replace
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
WorkspaceOption = Annotated[
    str,
    typer.Option(
        "--workspace", help="Whose knowledge. Default: KEFU_WORKSPACE, else default."
    ),
]
_WORKSPACE = re.compile(r"[\w][\w.\-]{0,63}")


def load(home: Path | None, *, workspace: str = "") -> Loaded:
    """The settings, with a home that exists and is ours alone.

    Args:
        workspace: what `--workspace` said; "" leaves the setting as it is.

    Raises:
        BadInput: KF-225, that cannot be a workspace's name.
    """
    from bot.cli.logs import set_up_logs
    from storage.problems import BadInput, EnvironmentProblem

    loaded = configuration.from_process(home)
    name = workspace or loaded.settings.workspace
    if _WORKSPACE.fullmatch(name) is None:
        raise BadInput(
            "KF-225",
            f"{name[:80]!r} cannot be a workspace's name",
            where="--workspace" if workspace else loaded.origins["workspace"],
            why="it takes 1 to 64 letters, digits, dots, dashes and underscores",
            fix="choose a plain name such as bank",
        )
    if workspace:
        named = loaded.settings.model_copy(update={"workspace": workspace})
        origins = {**loaded.origins, "workspace": "--workspace"}
        loaded = replace(loaded, settings=named, origins=origins)
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
    set_up_logs(loaded.settings, quiet=True)
    return loaded


def say(text: str = "") -> None:
    """Tell a person something on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """Print the one JSON object of a command."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
