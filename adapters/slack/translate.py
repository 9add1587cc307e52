"""What Slack sends, as our events. Pure: nothing is asked and nothing is written.

Whatever is not a person speaking or pressing is None: edits, deletions, joins, every
bot's words and our own. A payload that should be an event and cannot be read is
`Malformed`, never a guess.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.slack import mrkdwn
from adapters.slack.place import TIMESTAMP, Place
from storage.records import Choice, Correction, Event, Json, Message, Vote

PLATFORM = "slack"
CORRECTION = "correction"  # the modal's callback id
FIELD = "text"  # the modal's block and its input
SPOKEN = (None, "file_share", "thread_broadcast")
ALONE = ("status", "releases", "human", "help", "start", "forget", "why")
OURS = (*ALONE, "train", "rollback")  # the last two may have more words behind them
CHOICE = re.compile(r"choice:(\d{1,2})")
SLACKBOT = "USLACKBOT"


class Malformed(ValueError):
    """Looks like something for us and cannot be read. The text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the bot is on Slack, and for whom it answers."""

    user_id: str
    workspace: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event and its key in the inbox: the same key is the same event."""

    key: str
    event: Event
    if_taking_part: bool = False  # said to a thread: ours only if we answered in it


def to_arrival(payload: Json, me: Me, at: datetime) -> Arrival | None:
    """The event in a payload, or None when it is not for us.

    Args:
        at: when it came in, for what carries no time of its own.

    Raises:
        Malformed: it is for us and cannot be read.
    """
    if "command" in payload:
        return _command(payload, me, at)
    match payload.get("type"):
        case "event_callback":
            return _event(payload, me)
        case "block_actions":
            return _press(payload, me)
        case "view_submission":
            return _correction(payload, me, at)
    return None


def _event(payload: Json, me: Me) -> Arrival | None:
    event = _part(payload, "event")
    if event.get("type") not in ("message", "app_mention") or not _is_person(event, me):
        return None
    channel, stamp, text = _text(event, "channel"), _stamp(event, "ts"), _words(event)
    thread = _stamp(event, "thread_ts") if event.get("thread_ts") else stamp
    mentioned = event["type"] == "app_mention" or f"<@{me.user_id}>" in text
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    if not (direct or mentioned) and (thread == stamp or "<@" in text):
        return None  # people talking to each other
    return Arrival(
        key=f"message:{channel}:{stamp}",
        event=Message(
            platform=PLATFORM,
            conversation_id=Place(
                _text(payload, "team_id"), channel, thread=thread
            ).conversation_id,
            message_id=stamp,
            sender_id=_text(event, "user"),
            text=mrkdwn.read(text, without_user=me.user_id),
            sent_at=_time(stamp),
            workspace=me.workspace,
            addressed=direct or mentioned,
        ),
        if_taking_part=not (direct or mentioned),
    )


def _is_person(event: Json, me: Me) -> bool:
    if event.get("subtype") not in SPOKEN or event.get("hidden"):
        return False
    # Any bot at all: two bots that answer each other never stop.
    return not event.get("bot_id") and event.get("user") not in (me.user_id, SLACKBOT)


def _words(parent: Json, name: str = "text") -> str:
    """What was written, perhaps nothing: a file comes without words."""
    words = parent.get(name)
    if words is not None and not isinstance(words, str):
        raise Malformed(f"{name} is not a string")
    return words or ""


def _command(payload: Json, me: Me, at: datetime) -> Arrival:
    command, user = _text(payload, "command"), _text(payload, "user_id")
    trigger = _text(payload, "trigger_id")
    place = Place(_text(payload, "team_id"), _text(payload, "channel_id"), user=user)
    return Arrival(
        key=f"command:{trigger}",
        event=Message(
            platform=PLATFORM,
            conversation_id=place.conversation_id,
            message_id=f"command:{trigger}",
            sender_id=user,
            text=_said(command, mrkdwn.read(_words(payload))),
            sent_at=at,
            workspace=me.workspace,
        ),
    )


def _said(command: str, rest: str) -> str:
    """`/kefu status` is `/status`, `/kefu` alone is `/help`, `/kefu why?` is `why?`.

    `/kefu why is it late` is a question, too: most of our words are ours only alone.
    """
    if command != "/kefu":
        return f"{command} {rest}".strip()
    if not rest:
        return "/help"
    first, *more = rest.lower().split()
    ours = first in OURS and not (more and first in ALONE)
    return f"/{rest}" if ours else rest


def _press(payload: Json, me: Me) -> Arrival | None:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise Malformed("no actions")
    action = actions[0]
    name = _text(action, "action_id")
    choice = CHOICE.fullmatch(name)
    if name not in ("vote:good", "vote:bad") and choice is None:
        return None
    user, pressed = _text(_part(payload, "user"), "id"), _stamp(action, "action_ts")
    key = f"action:{pressed}:{user}:{name}"
    conversation = _place_of_press(payload, user).conversation_id
    turn_id, at = _text(action, "value"), _time(pressed)
    if choice is None:
        return Arrival(
            key=key,
            event=Vote(
                platform=PLATFORM,
                conversation_id=conversation,
                voter_id=user,
                turn_id=turn_id,
                good=name == "vote:good",
                voted_at=at,
                workspace=me.workspace,
            ),
        )
    return Arrival(
        key=key,
        event=Choice(
            platform=PLATFORM,
            conversation_id=conversation,
            message_id=key,
            sender_id=user,
            turn_id=turn_id,
            number=int(choice.group(1)),
            chosen_at=at,
            workspace=me.workspace,
        ),
    )


def _place_of_press(payload: Json, user: str) -> Place:
    container = _part(payload, "container")
    message = payload.get("message") or {}
    team, channel = _text(_part(payload, "team"), "id"), _text(container, "channel_id")
    thread = container.get("thread_ts") or message.get("thread_ts")
    if thread:
        return Place(team, channel, thread=_checked(thread))
    if container.get("is_ephemeral") or channel.startswith("D"):
        return Place(team, channel, user=user)
    return Place(team, channel, thread=_stamp(container, "message_ts"))


def _correction(payload: Json, me: Me, at: datetime) -> Arrival | None:
    view = _part(payload, "view")
    if view.get("callback_id") != CORRECTION:
        return None
    about = about_of(view)
    return Arrival(
        key=f"view:{_text(view, 'id')}",
        event=Correction(
            platform=PLATFORM,
            conversation_id=_text(about, "conversation_id"),
            author_id=_text(_part(payload, "user"), "id"),
            turn_id=_text(about, "turn_id"),
            text=_words(_part(_values(view), FIELD), "value").strip(),
            written_at=at,
            workspace=me.workspace,
        ),
    )


def about_of(view: Json) -> Json:
    """What our modal was opened about: its turn, conversation and language."""
    try:
        about = json.loads(_text(view, "private_metadata"))
    except json.JSONDecodeError as error:
        raise Malformed(f"private_metadata: {error}") from error
    if not isinstance(about, dict):
        raise Malformed("private_metadata is not an object")
    return about


def _values(view: Json) -> Json:
    return _part(_part(_part(view, "state"), "values"), FIELD)


def _part(parent: Json, name: str) -> Json:
    part = parent.get(name)
    if not isinstance(part, dict):
        raise Malformed(f"{name} is not an object")
    return part


def _text(parent: Json, name: str) -> str:
    text = parent.get(name)
    if not isinstance(text, str) or not text:
        raise Malformed(f"{name} is missing")
    return text


def _stamp(parent: Json, name: str) -> str:
    return _checked(_text(parent, name))


def _checked(stamp: object) -> str:
    if not isinstance(stamp, str) or not TIMESTAMP.fullmatch(stamp):
        raise Malformed(f"{stamp!r} is not a timestamp")
    return stamp


def _time(stamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Malformed(f"{stamp!r} is not a time") from error
