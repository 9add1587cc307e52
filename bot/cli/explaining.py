"""`kefu explain`: why a turn of the log is what it is, in plain words or as JSON."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json

if TYPE_CHECKING:
    from bot.app import App
    from bot.attribution import Scores
    from bot.explain import Explanation
    from storage.records import Turn


def register(app: typer.Typer) -> None:
    """Add `explain`."""
    app.command("explain")(explain)


def explain(
    turn_id: Annotated[str, typer.Argument(help="Of a turn, as `kefu chat` shows it.")],
    language: Annotated[str, typer.Option(help="en or zh; else the turn's own.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why kefu said what it said: words, knowledge, thresholds.

    Example: kefu explain 4f1c0c0b5a8e4c0f9a3e2d1b0c9f8e7d
    """
    from bot.app import open_app
    from bot.explain_text import lines

    settings = load(home).settings
    with open_app(settings) as app:
        turn = turn_of(app, turn_id)
        explained = explanation_of(app, turn)
    if as_json:
        say_json(explained.to_json())
        return
    say("\n".join(lines(explained, language)))


def turn_of(app: "App", turn_id: str) -> "Turn":
    """The turn of that id. Raises BadInput KF-625."""
    from storage.problems import BadInput

    with app.database.reading() as stores:
        turn = stores.turns.get(turn_id.strip())
    if turn is None:
        raise BadInput(
            "KF-625",
            f"there is no turn {turn_id[:80]!r}",
            where=app.settings.database.partition("?")[0].rpartition("@")[2],
            why="no turn of this database has that id",
            fix="take the id from `kefu chat --once ... --json`, and name the home "
            "it was asked in with --home",
        )
    return turn


def explanation_of(app: "App", turn: "Turn") -> "Explanation":
    """Read a turn's reasons, with the words' effects where its release is at hand."""
    from bot.explain import explain as read

    scores, missing = _scores(app, turn.model_version)
    ids = [str(row[0]) for row in _passages(turn)]
    ids += [each.knowledge_id for each in turn.reply.sources]
    with app.database.reading() as stores:
        found = {name: stores.knowledge.get(name) for name in dict.fromkeys(ids)}
    titles = {name: each.question for name, each in found.items() if each}
    return read(turn, titled=titles.get, scores=scores, missing=missing)


def in_words(app: "App", turn: "Turn") -> list[str]:
    """The same in plain words, in the language of the turn."""
    from bot.explain_text import lines

    return lines(explanation_of(app, turn))


def _scores(app: "App", version: str) -> tuple["Scores | None", str]:
    """The intents of a release, or why they cannot be had."""
    from storage.problems import Problem

    model = app.live.model
    if model.version != version:
        try:
            model = app.models.load(version)
        except Problem as problem:
            return None, f"{version}: {problem.what}"
    if model.intents is None:
        return None, "no_intent"
    return model.intents, ""


def _passages(turn: "Turn") -> list[list[object]]:
    rows = turn.why.get("passages")
    weighed = turn.why.get("weighed")
    if rows is None and isinstance(weighed, dict):
        rows = weighed.get("passages")
    return rows if isinstance(rows, list) else []
