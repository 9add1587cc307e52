"""What a Telegram message says, and whether it is said to the bot. Pure.

In a private chat everything is; in a group only commands, mentions and replies to the
bot are. Offsets of entities count UTF-16 units.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# What people send; anything else in a message is the chat's own book-keeping.
_CONTENT = re.compile(
    "text|photo|voice|video|audio|document|sticker|animation|video_note|story|location"
    "|contact|venue|poll|dice|paid_media|checklist|game"
)
_TOPIC_MADE = "forum_topic_created"


def is_content(message: Mapping[str, Any]) -> bool:
    """Whether a person sent something, as against joining, pinning and the like."""
    return any(_CONTENT.fullmatch(name) for name in message)


def is_from_person(message: Mapping[str, Any]) -> bool:
    """Whether a person wrote it: no bot, no channel's forwarded post.

    An anonymous administrator writes as the group itself and counts as a person.
    """
    if message.get("is_automatic_forward") or message["chat"]["type"] == "channel":
        return False
    if "sender_chat" in message:
        return bool(message["sender_chat"]["id"] == message["chat"]["id"])
    return "from" in message and not message["from"].get("is_bot", False)


def addressed_text(
    message: Mapping[str, Any], *, bot_id: int, username: str
) -> tuple[str, bool] | None:
    """What is said to the bot, without its name; None when it is not meant.

    With it, whether it is said to the bot alone: privately, by name or as a command. A
    reply to its words in a group may as well be for the others who read them.

    A photo, voice or sticker says its caption, or the empty text.
    """
    text = str(message.get("text", message.get("caption", "")))
    mark = f"@{username}".lower()
    named = False
    cuts: list[tuple[int, int]] = []  # in UTF-16 units
    command = ""
    for kind, start, end, entity in _entities(message):
        words = _cut(text, start, end)
        if kind == "bot_command" and start == 0:
            command = words
            cuts += _name_in_command(words, mark)
        elif (kind == "mention" and words.lower() == mark) or (
            kind == "text_mention" and entity["user"]["id"] == bot_id
        ):
            named = True
            cuts.append((start, end))
    if "@" in command and not command.lower().endswith(mark):
        return None  # another bot's
    private = message["chat"]["type"] == "private"
    alone = bool(private or command or named)
    if alone or _replies_to(message, bot_id):
        return _without(text, cuts).strip(), alone
    return None


def _replies_to(message: Mapping[str, Any], bot_id: int) -> bool:
    replied = message.get("reply_to_message") or {}
    # In a topic everything replies to the note that the topic was made.
    is_ours = replied.get("from", {}).get("id") == bot_id
    return bool(is_ours and _TOPIC_MADE not in replied)


def _entities(
    message: Mapping[str, Any],
) -> Iterator[tuple[str, int, int, Mapping[str, Any]]]:
    for entity in message.get("entities", message.get("caption_entities", [])):
        start = int(entity["offset"])
        yield entity["type"], start, start + int(entity["length"]), entity


def _name_in_command(words: str, mark: str) -> list[tuple[int, int]]:
    if not words.lower().endswith(mark):
        return []
    return [(len(words) - len(mark), len(words))]


def _cut(text: str, start: int, end: int) -> str:
    raw = text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end]
    return raw.decode("utf-16-le", "replace")


def _without(text: str, cuts: list[tuple[int, int]]) -> str:
    raw = text.encode("utf-16-le", "surrogatepass")
    for start, end in sorted(cuts, reverse=True):
        raw = raw[: 2 * start] + raw[2 * end :]
    return raw.decode("utf-16-le", "replace")
