"""Talking in the terminal: a chat, or one turn for scripts."""

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.citing import cited
from bot.cli.common import HomeOption, JsonOption, WorkspaceOption, load, say, say_json

if TYPE_CHECKING:
    from bot.app import App
    from bot.desk import Desk
    from storage.records import Turn


def register(app: typer.Typer) -> None:
    """Add `chat`."""
    app.command("chat")(chat)


def chat(
    once: Annotated[
        str | None, typer.Option("--once", help="Ask this one thing and end.")
    ] = None,
    conversation: Annotated[
        str, typer.Option(help="Go on with this conversation; else a new one.")
    ] = "",
    workspace: WorkspaceOption = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why, after each reply.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Talk to kefu here, as a customer would.

    Example: kefu chat --once "where is my order?" --json
    """
    from bot.app import open_app
    from bot.cli.explaining import explanation_of
    from bot.explain_text import lines

    settings = load(home, workspace=workspace).settings
    with open_app(settings) as app:
        if once is None:
            talk(app, conversation, explain=explain)
            return
        turn = ask_once(app, once, conversation)
        explained = explanation_of(app, turn) if explain else None
        sources = cited(turn, app.shelves.of(turn.message.workspace))
    if as_json:
        more = {"explanation": explained.to_json()} if explained else {}
        say_json(turn_json(turn) | {"sources": sources} | more)
        return
    say(turn.reply.text)
    for number, choice in enumerate(turn.reply.choices, start=1):
        say(f"  {number}. {choice}")
    for source in sources:
        say(f"  [{source['title']}] {source['file']}{source['anchor']}")
    if explained is not None:
        say("\n" + "\n".join(lines(explained)))


def ask_once(app: "App", text: str, conversation: str = "") -> "Turn":
    """One turn of a terminal conversation. The number of a choice takes it."""
    from bot.app import new_id, now
    from storage.records import Choice, Message

    app.related.learn(app.settings.workspace)
    asked = _asked(app, conversation)
    number = int(text) if text.strip().isdecimal() and len(text) < 4 else 0
    if asked is not None and 1 <= number <= len(asked.reply.choices):
        return _desk(app).answer(
            Choice(
                platform="terminal",
                conversation_id=conversation,
                message_id=new_id(),
                sender_id="terminal",
                turn_id=asked.id,
                number=number - 1,
                chosen_at=now(),
                workspace=app.settings.workspace,
            )
        )
    return _desk(app).answer(
        Message(
            platform="terminal",
            conversation_id=conversation or new_id(),
            message_id=new_id(),
            sender_id="terminal",
            text=text,
            sent_at=now(),
            workspace=app.settings.workspace,
        )
    )


def _asked(app: "App", conversation: str) -> "Turn | None":
    """The last turn of a conversation."""
    with app.database.reading() as stores:
        turns = stores.turns.history("terminal", conversation, 1)
    return turns[-1] if turns else None


def talk(app: "App", conversation: str = "", *, explain: bool = False) -> None:
    """Chat on standard input and output until it ends."""
    from adapters.terminal import Speaker, Terminal
    from bot.app import new_id, now
    from bot.cli.explaining import in_words
    from storage.records import Role

    app.related.learn(app.settings.workspace)
    desk = _desk(app)
    Terminal(
        answer=desk.answer,
        learn=desk.learn,
        source=sys.stdin,
        target=sys.stdout,
        speaker=Speaker(
            conversation_id=conversation or new_id(),
            sender_id="terminal",
            role=Role.ADMIN,
            workspace=app.settings.workspace,
        ),
        now=now,
        new_id=new_id,
        explain=partial(in_words, app),
        always=explain,
    ).run()


def _desk(app: "App") -> "Desk":
    from bot.cli.admin import Admin
    from bot.cli.trainer import Trainer

    return app.desk("terminal", Admin(app, Trainer(app.settings, app.profile)))


def turn_json(turn: "Turn") -> dict[str, Any]:
    """A turn as the command contract promises it."""
    from storage.encoding import encode

    understood = turn.understanding
    return {
        "text": turn.reply.text,
        "action": turn.action.value,
        "origin": turn.reply.origin.value,
        "choices": list(turn.reply.choices),
        "intent": understood.intent,
        "confidence": round(understood.confidence, 4),
        "language": understood.language,
        "sentiment": understood.sentiment,
        "anger": round(understood.anger, 4),
        "temper": round(understood.temper, 4),
        "entities": [encode(each) for each in understood.entities],
        "slots": [encode(each) for each in understood.slots],
        "sources": [
            {
                "id": each.knowledge_id,
                "title": each.title,
                "score": round(each.score, 4),
            }
            for each in turn.reply.sources
        ],
        "model_version": turn.model_version,
        "turn_id": turn.id,
        "conversation": turn.message.conversation_id,
        "latency_ms": round(turn.latency_ms, 1),
    }
