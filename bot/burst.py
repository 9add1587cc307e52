"""Bursts: what one person writes in several short messages is one turn.

"hi", "where is", "my order" follow each other within moments, and none of them but the
last can be answered. A message goes on as long as it is short, ends without a mark and
asks nothing; only the messages behind it that came soon enough join it. A command, a
number, a yes or a complete question waits for nobody.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.commands import parse
from bot.text import HAN, question_key
from storage.records import Message, Standing

MOST: Final = 8  # messages of one turn
PATIENCE: Final = 3  # windows that the first message waits, at most
_MOST_WORDS: Final = 3
_MOST_HAN: Final = 6
_LONGEST: Final = 1000  # characters of a message that joins others
_WORDS: Final = re.compile(r"[^\W_]+")
_HAN: Final = re.compile(f"[{HAN}]")
_ENDS: Final = re.compile(r"[.!?…。！？~～]\s*$")
_ASKS: Final = re.compile(
    r"[吗嗎呢么麼]\s*$|怎[么麼样樣]|什[么麼]|多少|多久|如何|哪|为何|為何|几|幾|退|换|換|查|取消"
)
_COMPLETE: Final = frozenset(
    ["yes", "yes please", "no", "no thanks", "ok", "okay", "sure", "thanks", "thx"]
    + ["thank you", "bye", "goodbye", "help", "stop", "never mind", "human", "agent"]
    + [
        "好",
        "好的",
        "好吧",
        "要",
        "不要",
        "不用",
        "可以",
        "是",
        "是的",
        "对",
        "不是",
        "嗯",
    ]
    + ["行", "谢谢", "多谢", "再见", "没事", "没有", "算了", "人工", "人工客服"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What is answered together.

    Attributes:
        message: one message in place of all; its id and time are the last one's.
        joined: the inbox numbers of those behind the first.
        why: for the turn's record; empty where the message stands alone.
    """

    message: Message
    joined: tuple[int, ...]
    why: dict[str, Any]


def goes_on(text: str) -> bool:
    """Whether its writer seems not to have finished."""
    key = question_key(text)
    if parse(text) is not None or not key or key.isdigit() or key in _COMPLETE:
        return False
    if _ENDS.search(text) or _ASKS.search(text):
        return False
    han = len(_HAN.findall(text))
    words = len(_WORDS.findall(_HAN.sub(" ", text)))
    return words <= _MOST_WORDS and han <= _MOST_HAN and len(text) <= 40


def burst_of(line: Sequence[Standing], window: timedelta) -> list[Standing]:
    """The first of a line and those that belong to it."""
    together = [line[0]]
    for each in line[1:MOST]:
        last = together[-1]
        if not (_joins(last, each) and each.received_at - last.received_at <= window):
            break
        together.append(each)
    return together


def due_again(
    line: Sequence[Standing], window: timedelta, now: datetime
) -> datetime | None:
    """When to look again for more; None where the answer is due."""
    together = burst_of(line, window)
    last = together[-1]
    complete = not isinstance(last.event, Message) or not goes_on(last.event.text)
    if complete or len(together) < len(line) or len(together) == MOST:
        return None
    until = min(last.received_at + window, line[0].received_at + PATIENCE * window)
    return until if now < until else None


def merged(message: Message, together: Sequence[Standing]) -> Burst:
    """One message of all; `message` is the first, with its writer's role."""
    parts = {message.message_id: message.text}
    last = message
    for each in together[1:]:
        if isinstance(each.event, Message):
            last = each.event
            parts.setdefault(last.message_id, last.text)
    if len(together) == 1:
        return Burst(message=message, joined=(), why={})
    return Burst(
        message=replace(
            last,
            text=" ".join(text.strip() for text in parts.values()),
            role=message.role,
        ),
        joined=tuple(each.number for each in together[1:]),
        why={
            "merged": {
                "messages": list(parts),
                "keys": [each.key for each in together],
            }
        },
    )


def _joins(last: Standing, following: Standing) -> bool:
    """Whether the one behind goes on where the last one stopped."""
    one, other = last.event, following.event
    if not (isinstance(one, Message) and isinstance(other, Message)):
        return False
    same = (one.sender_id, one.workspace) == (other.sender_id, other.workspace)
    if not same or parse(other.text) is not None or len(other.text) > _LONGEST:
        return False
    # The same message under another key of its platform says nothing new.
    return one.message_id == other.message_id or goes_on(one.text)
