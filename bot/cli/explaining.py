"""`kefu explain`: why a turn of the log is what it is, in plain words or as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json

if TYPE_CHECKING:
    from bot.app import App
    from bot.attribution import Scores
    from bot.explain import Explanation
    from bot.model.generate import Request
    from storage.records import Turn

_FAR: Final = 500  # turns of a conversation in which the turn is looked for
_LOOKED_BACK: Final = 6  # turns that a reply is written after, as in serving


def register(app: typer.Typer) -> None:
    """Add `explain`."""
    app.command("explain")(explain)


def explain(
    turn_id: Annotated[str, typer.Argument(help="Of a turn, as `kefu chat` shows it.")],
    language: Annotated[str, typer.Option(help="en or zh; else the turn's own.")] = "",
    attention: Annotated[
        Path | None,
        typer.Option(
            help="Also draw where the generator looked, for a written reply: an .svg "
            "with every word, or a .png with the numbers alone."
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why kefu said what it said: words, knowledge, thresholds.

    Example: kefu explain 4f1c0c0b5a8e4c0f9a3e2d1b0c9f8e7d
    """
    from bot.app import open_app
    from bot.explain_text import lines

    settings = load(home).settings
    if attention is not None:
        _check_picture(attention)
    with open_app(settings) as app:
        turn = turn_of(app, turn_id)
        if attention is not None:
            draw(app, turn, attention)
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


def draw(app: "App", turn: "Turn", path: Path) -> None:
    """Draw where the generator looked when it wrote a turn's reply.

    Raises:
        BadInput: KF-626 the reply was not written, KF-628 not by this kefu's model,
            KF-629 the file is neither SVG nor PNG.
        EnvironmentProblem: its release is not there, KF-627 the file cannot be written.
    """
    from bot import pictures
    from bot.model.attention import attention_of
    from bot.model.live import NO_RELEASE
    from bot.model.load import LORA, load_language_model
    from storage.problems import BadInput, EnvironmentProblem
    from storage.records import Origin

    _check_picture(path)
    if turn.reply.origin is not Origin.GENERATED:
        raise BadInput(
            "KF-626",
            "this reply was not written by a generator, so nothing looked anywhere",
            where=turn.id,
            why=f"its origin is {turn.reply.origin.value}",
            fix="leave --attention out, or name a turn whose origin is generated",
        )
    if app.models.remote is not None:
        raise BadInput(
            "KF-628",
            "the attention of another server's model cannot be seen",
            where="KEFU_GENERATOR_URL",
            why="it is not part of what such a server answers",
            fix="unset KEFU_GENERATOR_URL if a model of this kefu wrote the reply",
        )
    version, base_writes = turn.model_version, False
    if version != NO_RELEASE:
        # Every file of it is checked, or it raises.
        released = app.models.load(version).manifest
        base_writes = released is not None and released.base_writes
    lora = app.models.releases / version / LORA
    tuned = lora if lora.is_dir() and not base_writes else None
    model = load_language_model(app.models.base, lora=tuned)
    seen = attention_of(model, _request(app, turn), turn.reply.text)
    try:
        if path.suffix.lower() == ".svg":
            path.write_text(pictures.svg(seen, f"Turn {turn.id}"), encoding="utf-8")
        else:
            path.write_bytes(pictures.png(seen))
    except OSError as error:
        raise EnvironmentProblem(
            "KF-627",
            "the file cannot be written",
            where=str(path),
            why=error.strerror or str(error),
            fix="name a file in a folder that exists and may be written to",
        ) from error


def _check_picture(path: Path) -> None:
    from storage.problems import BadInput

    if path.suffix.lower() not in (".svg", ".png"):
        raise BadInput(
            "KF-629",
            "no picture of this kind can be drawn",
            where=f"--attention {path}",
            why="the name of the file says which: .svg or .png",
            fix=f"for example --attention {path.stem or 'attention'}.svg",
        )


def _request(app: "App", turn: "Turn") -> "Request":
    """What the reply was written from, as far as it is still there."""
    from bot import as_passage
    from bot.answer import said_before
    from bot.asked import fitting
    from bot.explain import read_for
    from bot.inquiry import question_of
    from bot.model.focus import focus
    from bot.model.generate import Request

    message = turn.message
    with app.database.reading() as stores:
        found = [stores.knowledge.get(name) for name in read_for(turn)]
        talk = stores.turns.history(message.platform, message.conversation_id, _FAR)
    places = [n for n, each in enumerate(talk) if each.id == turn.id]
    before = talk[: places[0]] if places else []
    question = question_of(turn)
    passages = tuple(as_passage(each) for each in found if each)
    shelf = app.shelves.of(message.workspace)
    return Request(
        question=question,
        language=turn.understanding.language,
        passages=passages,
        parts=tuple(focus(passages, question, shelf.alike, fitting)),
        history=said_before(before[-_LOOKED_BACK:]),
    )


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
