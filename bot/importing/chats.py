"""Chats of Slack and Telegram, and chats that were copied as text.

Who answers whom must be said by the chat itself: by a thread, by "in reply to", or by
there being two sides. What stands alone in a busy channel is counted and left out.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.importing.history import (
    AGENT,
    CUSTOMER,
    NAME,
    Dialogue,
    Remark,
    chat,
    role_named,
    ticket,
)
from bot.importing.rows import Place, Read

SLACK = "Slack export"
_TELEGRAM = "Telegram export"
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>|(?<![\w.])@\w+")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_SLACK_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!([a-z]+)[^>]*>")
_LONGEST_HEAD = 2_000  # characters of a line that names who wrote
_ALONE = "nobody says whom they answer"
_DATE = r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/月]\d{1,2}日?)"
_CLOCK = r"(?:[上下]午\s*)?\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AaPp][Mm])?"
_NAME_TIME = re.compile(
    rf"^(?P<name>\S.{{0,40}}?)\s+(?P<date>{_DATE})?\s*{_CLOCK}\s*[:：]?$"
)
_TIME_NAME = re.compile(
    rf"^[\[(]?(?P<date>{_DATE})\s*{_CLOCK}[\])]?\s+(?P<name>[^\s:：].{{0,40}}?)"
    r"\s*(?:[:：]\s*(?P<text>.*))?$"
)
_SPEAKER = re.compile(r"^(?P<name>[^\s:：]{1,20})[:：]\s*(?P<text>.*)$")


def is_slack_day(items: Sequence[Any]) -> bool:
    """Whether this is one of the files of a Slack channel: a day's messages."""
    first = items[0] if items else None
    return isinstance(first, dict) and "ts" in first and first.get("type") == "message"


def slack_day(place: Place, items: Sequence[Any]) -> Iterator[Read]:
    """The threads within one day's messages."""
    yield from slack_channel(place.as_form(SLACK), items, frozenset())


def slack_channel(
    place: Place, messages: Iterable[Any], names: frozenset[str]
) -> Iterator[Read]:
    """Each thread's first message with the last reply of somebody else.

    Args:
        names: of the people in the export, to be masked.
    """
    threads: dict[str, list[tuple[str, str, str]]] = {}
    alone = 0
    for message in messages:
        if not isinstance(message, dict) or not _is_persons(message):
            continue
        root = str(message.get("thread_ts") or "")
        text = slack_words(str(message.get("text") or ""))
        if root and text:
            one = (str(message["ts"]), str(message["user"]), text)
            threads.setdefault(root, []).append(one)
        elif text:
            alone += 1
    for number, (root, thread) in enumerate(sorted(threads.items()), start=1):
        said = sorted(thread)
        asker = said[0][1]
        remarks = tuple(
            Remark(role=CUSTOMER if user == asker else AGENT, text=text)
            for _, user, text in said
        )
        thread_id = f"{place.path.rsplit('/', 1)[-1]} {root}"
        dialogue = Dialogue(id=thread_id, remarks=remarks, names=names)
        yield from ticket(place, number, dialogue)
    if alone:
        why = f"{alone} messages stand outside of threads: {_ALONE}"
        yield place.leave(0, why)


def slack_words(text: str) -> str:
    """A Slack message's words: people as [name], links as label and address."""
    text = _CHANNEL.sub(r"#\1", _MENTION.sub(NAME, text))
    text = _SLACK_LINK.sub(lambda m: f"{m[2]} ({m[1]})" if m[2] else m[1], text)
    return html.unescape(_SPECIAL.sub(r"@\1", text)).strip()


def is_telegram(document: Mapping[str, Any]) -> bool:
    """Whether this is the result.json of Telegram Desktop."""
    chats = document.get("chats")
    if isinstance(chats, dict) and isinstance(chats.get("list"), list):
        return True
    listed = document.get("messages")
    first = listed[0] if isinstance(listed, list) and listed else None
    return isinstance(first, dict) and ("from_id" in first or "date_unixtime" in first)


def telegram(place: Place, document: Mapping[str, Any]) -> Iterator[Read]:
    """Its chats: with one customer each, or groups in which people reply."""
    place = place.as_form(_TELEGRAM)
    chats = document.get("chats")
    listed = chats.get("list") if isinstance(chats, dict) else [document]
    for number, each in enumerate(listed or [], start=1):
        messages = each.get("messages") if isinstance(each, dict) else None
        said = [m for m in messages or [] if _telegram_words(m)]
        if not said:
            yield place.leave(number, "the chat holds no text")
        elif each.get("type") in ("personal_chat", "bot_chat"):
            yield from _with_customer(place, number, each, said)
        else:
            yield from _group(place, number, each, said)


def _with_customer(
    place: Place, number: int, each: Mapping[str, Any], said: list[dict[str, Any]]
) -> Iterator[Read]:
    partner = f"user{each.get('id')}"
    remarks = tuple(
        Remark(
            role=CUSTOMER if m.get("from_id") == partner else AGENT,
            text=_telegram_words(m),
        )
        for m in said
    )
    dialogue = Dialogue(id=str(each.get("id")), remarks=remarks, names=_names(said))
    yield from chat(place, number, dialogue)


def _group(
    place: Place, number: int, each: Mapping[str, Any], said: list[dict[str, Any]]
) -> Iterator[Read]:
    by_id = {str(m.get("id")): m for m in said}
    names = _names(said)
    taken: set[str] = set()
    for message in said:
        asked = by_id.get(str(message.get("reply_to_message_id")))
        if asked is None or asked.get("from_id") == message.get("from_id"):
            continue
        taken |= {str(asked.get("id")), str(message.get("id"))}
        remarks = (
            Remark(role=CUSTOMER, text=_telegram_words(asked)),
            Remark(role=AGENT, text=_telegram_words(message)),
        )
        pair_id = f"{each.get('id')}/{message.get('id')}"
        dialogue = Dialogue(id=pair_id, remarks=remarks, names=names)
        yield from chat(place, number, dialogue)
    if len(taken) < len(by_id):
        why = f"{len(by_id) - len(taken)} messages are no reply and have none: {_ALONE}"
        yield place.leave(number, why)


def _telegram_words(message: Any) -> str:
    if not isinstance(message, dict) or message.get("type", "message") != "message":
        return ""
    text = message.get("text")
    parts = text if isinstance(text, list) else [text]
    words = (each.get("text") if isinstance(each, dict) else each for each in parts)
    joined = "".join(each for each in words if isinstance(each, str))
    return _MENTION.sub(NAME, joined).strip()


def _names(said: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(str(each["from"]) for each in said if each.get("from"))


def _is_persons(message: Mapping[str, Any]) -> bool:
    """Written by a person: no bot, no "has joined the channel"."""
    plain = message.get("subtype") in (None, "thread_broadcast", "file_share")
    return plain and "user" in message and "ts" in message and "bot_id" not in message


def copied_remarks(text: str) -> list[tuple[str, str]]:
    """(name, text) of a chat that was copied; nothing where that is none.

    Known are "name time" above a text, "[date time] name: text" and "客户：text".
    """
    lines = [line.strip() for line in text.splitlines()]
    heads = [_head(line) if len(line) < _LONGEST_HEAD else None for line in lines]
    often = Counter(head["name"] for head in heads if head is not None)
    remarks: list[tuple[str, str]] = []
    for line, head in zip(lines, heads, strict=True):
        if head is not None and (_is_sure(head) or often[head["name"]] > 1):
            remarks.append((head["name"], head.groupdict().get("text") or ""))
        elif remarks and line:
            name, said = remarks[-1]
            remarks[-1] = name, f"{said}\n{line}".strip()
        elif line:
            return []  # a chat begins with somebody's name
    return remarks if len({name for name, _ in remarks}) > 1 else []


def _head(line: str) -> re.Match[str] | None:
    named = _SPEAKER.match(line)
    if named is not None and role_named(named["name"]) is not None:
        return named
    return _NAME_TIME.match(line) or _TIME_NAME.match(line)


def _is_sure(head: re.Match[str]) -> bool:
    """ "open 10:30" could be a name and a time; with a date, or a role, it is one."""
    return "date" not in head.groupdict() or head["date"] is not None


def copied_chat(place: Place, remarks: Sequence[tuple[str, str]]) -> Iterator[Read]:
    """The chat's exchanges: who wrote first is the customer, unless the names say."""
    first = remarks[0][0]
    sides = {
        name: role_named(name) or (CUSTOMER if name == first else AGENT)
        for name, _ in remarks
    }
    said = tuple(Remark(role=sides[name], text=text) for name, text in remarks if text)
    names = frozenset(name for name in sides if role_named(name) is None)
    dialogue = Dialogue(id=place.source, remarks=said, names=names)
    yield from chat(place.as_form("copied chat"), 1, dialogue)
