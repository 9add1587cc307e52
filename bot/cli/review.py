"""What waits for a person: suggestions of customers, and answers of old chats."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.common import HomeOption, JsonOption, WorkspaceOption, load, say, say_json

if TYPE_CHECKING:
    from storage.records import StoredCorrection

SHOWN = 20
_Ids = Annotated[list[str] | None, typer.Option(help="Its id, or all; repeatable.")]


def register(app: typer.Typer) -> None:
    """Add `review`."""
    app.command("review")(review)


def review(
    approve: _Ids = None,
    reject: _Ids = None,
    table: Annotated[
        Path | None,
        typer.Option("--table", help="Write all that waits into this CSV file."),
    ] = None,
    workspace: WorkspaceOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what waits for a review, approve it or reject it.

    What is approved is said word for word from the next message on.

    Example: kefu review --approve 5f0c81aa
    """
    from bot.app import now, open_database
    from bot.reviewing import decide, waiting

    settings = load(home, workspace=workspace).settings
    with open_database(settings) as database:
        with database.transaction() as stores:
            decided = decide(
                stores,
                settings.workspace,
                approve=approve or [],
                reject=reject or [],
                now=now(),
            )
        with database.reading() as stores:
            left = waiting(stores, settings.workspace)
    if table is not None:
        _write(table, left)
    if as_json:
        counts = {name: len(ids) for name, ids in decided.items()}
        say_json({**counts, "waiting": [_shown(each) for each in left]})
        return
    for name, ids in decided.items():
        if ids:
            say(f"{name} {len(ids)}")
    for each in left[:SHOWN]:
        say(f"{each.id[:8]}  {each.question}\n          {' '.join(each.text.split())}")
    rest = f", {SHOWN} shown" if len(left) > SHOWN else ""
    say(f"{len(left)} wait for a review{rest}")


def _shown(each: "StoredCorrection") -> dict[str, Any]:
    return {
        "id": each.id,
        "question": each.question,
        "answer": each.text,
        "from": each.platform,
        "since": each.created_at.isoformat(),
    }


def _write(path: Path, rows: "Sequence[StoredCorrection]") -> None:
    """A table for people. A cell that a spreadsheet would run begins with a quote."""
    import csv

    from storage.problems import EnvironmentProblem

    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "question", "answer"])
            for each in rows:
                writer.writerow([each.id, _still(each.question), _still(each.text)])
    except OSError as error:
        raise EnvironmentProblem(
            "KF-226",
            "the table cannot be written",
            where=str(path),
            why=error.strerror or str(error),
            fix="name a file in a folder of yours",
        ) from error


def _still(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
