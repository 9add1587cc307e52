"""A Telegram update becomes one of our events, or nothing. Pure: no clock, no calls.

The key is the update's id, so that an update delivered twice is one event; the parts
of an album share a key, so that an album is answered once. Who may do what is not
decided here: the desk sets roles.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from adapters.telegram.content import addressed_text, is_content, is_from_person
from storage.records import Choice, Correction, Event, Message, Vote

Update: TypeAlias = Mapping[str, Any]

PLATFORM = "telegram"
_DATA = re.compile(r"(?P<what>[gb]|c(?P<number>[0-9]{1,2})):(?P<turn>[0-9A-Za-z_-]+)")
_CORRECT = re.compile(r"\s*(?:correct|correction|更正|纠正)\s*[:：]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The bot itself, as getMe tells it."""

    id: int
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What has to be looked up: the database behind two questions.

    Args:
        turn_of: (conversation id, message id) -> the turn of that message of ours.
        disliked: (turn id, person's id) -> whether that person's thumb is down.
    """

    turn_of: Callable[[str, str], str | None]
    disliked: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A press on a button, to be acknowledged whatever it was."""

    query_id: str
    language: str  # "zh" or "en", of the person's Telegram
    chat_id: int | None
    message_id: int | None
    data: str  # what the button carries
    keyboard: tuple[tuple[tuple[str, str], ...], ...] = ()  # rows of (label, data)

    @property
    def is_private(self) -> bool:
        """Whether nobody else sees the button."""
        return self.chat_id is not None and self.chat_id > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One update, understood. Without an event there is nothing to answer."""

    key: str
    conversation_id: str = ""
    event: Event | None = None
    press: Press | None = None


def translate(
    update: Update, *, me: Me, workspace: str, memory: Memory, received_at: datetime
) -> Incoming:
    """Understand one update.

    Raises:
        KeyError, TypeError, ValueError and their like: it is not as Telegram
            documents it. Such an update belongs among the dead letters.
    """
    key = key_of(update)
    if "callback_query" in update:
        query = update["callback_query"]
        return _press(key, query, workspace=workspace, received_at=received_at)
    if "message" in update:
        message = update["message"]
        if "media_group_id" in message:
            key = f"album:{message['chat']['id']}:{message['media_group_id']}"
        return _message(key, message, me=me, workspace=workspace, memory=memory)
    return Incoming(key=key)


def key_of(update: Update) -> str:
    """The inbox key of an update.

    Raises:
        KeyError, TypeError, ValueError: it has no id.
    """
    return f"update:{int(update['update_id'])}"


def conversation_of(message: Update) -> str:
    """The chat, or the topic in it: topics do not hear each other."""
    chat_id = int(message["chat"]["id"])
    # A mere reply in a group also carries a thread id; only topics are topics.
    if message.get("is_topic_message"):
        return f"{chat_id}:{int(message['message_thread_id'])}"
    return str(chat_id)


def _message(
    key: str, message: Update, *, me: Me, workspace: str, memory: Memory
) -> Incoming:
    if not (is_content(message) and is_from_person(message)):
        return Incoming(key=key)
    heard = addressed_text(message, bot_id=me.id, username=me.username)
    if heard is None:
        return Incoming(key=key)
    text, by_name = heard
    conversation_id = conversation_of(message)
    sender_id = str(message.get("sender_chat", message["from"])["id"])
    replied = message.get("reply_to_message")
    sent_at = datetime.fromtimestamp(int(message["date"]), UTC)
    corrected = None
    if replied and replied.get("from", {}).get("id") == me.id:
        corrected = _corrected(conversation_id, sender_id, replied, text, memory)
    if corrected:
        turn_id, right = corrected
        event: Event = Correction(
            platform=PLATFORM,
            conversation_id=conversation_id,
            author_id=sender_id,
            turn_id=turn_id,
            text=right,
            written_at=sent_at,
            workspace=workspace,
        )
    else:
        event = Message(
            platform=PLATFORM,
            conversation_id=conversation_id,
            message_id=str(int(message["message_id"])),
            sender_id=sender_id,
            text=text,
            sent_at=sent_at,
            workspace=workspace,
            reply_to=str(replied["message_id"]) if replied else None,
            addressed=by_name,
        )
    return Incoming(key=key, conversation_id=conversation_id, event=event)


def _corrected(
    conversation_id: str, author_id: str, replied: Update, text: str, memory: Memory
) -> tuple[str, str] | None:
    """The turn that a reply corrects and what it should have said, if it does.

    It does when it says so ("correct: ..."), or when it answers our question what
    the right answer had been: a message of a turn that this person's thumb is down
    on, and not the answer itself, which carries the thumbs.
    """
    said_so = _CORRECT.match(text)
    right = text[said_so.end() :] if said_so else text
    if not right.strip() or text.startswith("/"):
        return None
    buttons = keyboard_of(replied)
    if said_so:
        turn_id = _turn_on(buttons) or memory.turn_of(
            conversation_id, str(replied["message_id"])
        )
        return (turn_id, right.strip()) if turn_id else None
    if buttons:
        return None
    turn_id = memory.turn_of(conversation_id, str(replied["message_id"]))
    if turn_id and memory.disliked(turn_id, author_id):
        return turn_id, right.strip()
    return None


def _press(
    key: str, query: Update, *, workspace: str, received_at: datetime
) -> Incoming:
    message, data = query.get("message") or {}, str(query.get("data", ""))
    chinese = str(query["from"].get("language_code", "")).lower().startswith("zh")
    press = Press(
        query_id=str(query["id"]),
        language="zh" if chinese else "en",
        chat_id=int(message["chat"]["id"]) if message else None,
        message_id=int(message["message_id"]) if message else None,
        data=data,
        keyboard=keyboard_of(message),
    )
    meant = _DATA.fullmatch(data)
    if not (meant and message):
        return Incoming(key=key, press=press)
    conversation_id = conversation_of(message)
    person_id, turn_id = str(int(query["from"]["id"])), meant["turn"]
    if meant["number"] is None:
        event: Event = Vote(
            platform=PLATFORM,
            conversation_id=conversation_id,
            voter_id=person_id,
            turn_id=turn_id,
            good=meant["what"] == "g",
            voted_at=received_at,
            workspace=workspace,
        )
    else:
        event = Choice(
            platform=PLATFORM,
            conversation_id=conversation_id,
            message_id=f"press:{press.query_id}",
            sender_id=person_id,
            turn_id=turn_id,
            number=int(meant["number"]),
            chosen_at=received_at,
            workspace=workspace,
        )
    return Incoming(key=key, conversation_id=conversation_id, event=event, press=press)


def keyboard_of(message: Update) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The inline buttons of a message: rows of (label, data)."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return tuple(
        tuple((button["text"], button.get("callback_data", "")) for button in row)
        for row in rows
    )


def _turn_on(buttons: tuple[tuple[tuple[str, str], ...], ...]) -> str | None:
    for row in buttons:
        for _, data in row:
            if meant := _DATA.fullmatch(data):
                return meant["turn"]
    return None
