"""`kefu gaps`: what is asked again and again and nothing answers."""

import csv
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json

if TYPE_CHECKING:
    from bot.app import App
    from bot.gaps import Gap, Seen

_TODO: Final = {
    "write": "write an answer, and bring it in with kefu import",
    "extend": "the nearest knowledge is close: let it answer this too",
    "add_wording": "the answer is there: label these wordings with its intent, then "
    "kefu train",
    "mend_answer": "mend the answer that got the thumbs down",
}
_REASONS: Final = {
    "declined": "not known",
    "clarified": "asked back in vain",
    "handed_over": "went to a person",
    "disliked": "thumb down",
}
_COLUMNS: Final = (
    "question",
    "answer",
    "count",
    "customers",
    "languages",
    "first_seen",
    "last_seen",
    "reasons",
    "nearest",
    "nearest_score",
    "todo",
    "examples",
)


def register(app: typer.Typer) -> None:
    """Add `gaps`."""
    app.command("gaps")(gaps)


def gaps(
    days: Annotated[
        int, typer.Option(min=1, max=36500, help="How far to look back.")
    ] = 30,
    least: Annotated[
        int, typer.Option(min=1, help="Leave out what was asked less often.")
    ] = 2,
    most: Annotated[int, typer.Option(min=1, help="Show so many, of all found.")] = 20,
    workspace: Annotated[
        str, typer.Option(help="Whose; else that of the settings.")
    ] = "",
    export: Annotated[
        Path | None,
        typer.Option(help="Write them to a CSV file, to be answered and imported."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recurring questions that nothing answers, the commonest first.

    Example: kefu gaps --days 7 --export gaps.csv
    """
    from bot.app import open_app

    settings = load(home).settings
    with open_app(settings) as app:
        seen, found = find(app, days, least, workspace or settings.workspace)
    if export is not None:
        write(export, found)
    if as_json:
        say_json(_as_json(days, workspace or settings.workspace, seen, found))
        return
    say(text(days, seen, found, most))
    if export is not None:
        say(f"Written to {export}: fill in the answers, then kefu import {export}.")


def find(app: "App", days: int, least: int, workspace: str) -> "tuple[Seen, list[Gap]]":
    """What the log of a workspace holds, and its gaps."""
    from bot.app import now
    from bot.gaps import gaps as in_log
    from bot.gaps import look

    since = now() - timedelta(days=days)
    with app.database.reading() as stores:
        seen = look(stores.turns.judged(workspace, since))
    found = in_log(
        seen.unanswered,
        encode=app.models.encoder.encode,
        shelf=app.shelves.of(workspace),
        thresholds=app.live.model.thresholds,
        least=least,
    )
    return seen, found


def text(days: int, seen: "Seen", found: "Sequence[Gap]", most: int = 20) -> str:
    """The gaps for people."""
    counted = sum(gap.count for gap in found)
    head = (
        f"{seen.questions} questions in {days} days; {len(seen.unanswered)} were not "
        f"answered; {counted} of these are {len(found)} that recur."
    )
    told = [head]
    if not found and seen.unanswered:
        told.append("Each was asked once, or is answered by now: --least 1 shows more.")
    for number, gap in enumerate(found[:most], start=1):
        why = ", ".join(f"{_REASONS[name]} {n}" for name, n in gap.reasons.items())
        told += [
            "",
            f"{number}. {gap.count} times by {gap.customers} "
            f"({', '.join(gap.languages)}), {gap.first_seen:%Y-%m-%d} to "
            f"{gap.last_seen:%Y-%m-%d}: {why}",
            *(f'   "{example}"' for example in gap.examples),
        ]
        if gap.nearest is not None:
            near = gap.nearest
            told.append(f'   nearest: "{near.knowledge.question}" ({near.score:.2f})')
        told.append(f"   to do: {_TODO[gap.todo]}")
    if len(found) > most:
        told += [
            "",
            f"... and {len(found) - most} more: --most {len(found)} shows all.",
        ]
    return "\n".join(told)


def write(path: Path, found: "Sequence[Gap]") -> None:
    """As a CSV file with a column for the answers. Raises EnvironmentProblem KF-627."""
    from storage.problems import EnvironmentProblem

    try:
        # Excel reads Chinese only where the file begins with a byte order mark.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(_COLUMNS)
            table.writerows(map(_row, found))
    except OSError as error:
        raise EnvironmentProblem(
            "KF-627",
            "the file cannot be written",
            where=str(path),
            why=error.strerror or str(error),
            fix="name a file in a folder that exists and may be written to",
        ) from error


def _row(gap: "Gap") -> list[str]:
    near = gap.nearest
    cells = [
        gap.examples[0],
        "",
        str(gap.count),
        str(gap.customers),
        " ".join(gap.languages),
        gap.first_seen.isoformat(),
        gap.last_seen.isoformat(),
        ", ".join(f"{name} {count}" for name, count in gap.reasons.items()),
        near.knowledge.question if near else "",
        f"{near.score:.4f}" if near else "",
        gap.todo,
        " | ".join(gap.examples),
    ]
    return [_as_text(cell) for cell in cells]


def _as_text(cell: str) -> str:
    """What a spreadsheet would take for a formula stays a text: customers wrote it."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _as_json(
    days: int, workspace: str, seen: "Seen", found: "Sequence[Gap]"
) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "days": days,
        "questions": seen.questions,
        "unanswered": len(seen.unanswered),
        "requests_without_question": seen.wordless,
        "gaps": [gap.to_json() for gap in found],
    }
