"""Agents who write in a customer's conversation take part in it; they ask nothing.

What they write is kept with the conversation and is not answered. Whoever wants
something of kefu mentions it, writes a command, or answers a question that kefu put to
her.
"""

from collections.abc import Sequence
from typing import Final

from bot.commands import parse
from storage.records import Action, Message, Role, Turn
from storage.stores import Stores

TAKING_PART: Final = "taking_part"  # in the `why` of a turn that answers nothing
_SLASHES: Final = ("/", "!", "／", "！")
_LOOKED_AT: Final = 20  # turns of a conversation


def takes_part(message: Message, stores: Stores) -> bool:
    """Whether an agent or admin writes to somebody else than kefu."""
    if message.role is Role.CUSTOMER or message.addressed:
        return False
    text = message.text.strip()
    if text.startswith(_SLASHES) and parse(text) is not None:
        return False
    place = message.platform, message.conversation_id
    if message.reply_to is not None:
        turn_id = stores.outbox.turn_of(*place, message.reply_to)
        about = stores.turns.get(turn_id) if turn_id else None
        if about is not None:
            return about.message.sender_id != message.sender_id
    turns = heard(stores.turns.history(*place, _LOOKED_AT))
    if not turns or _is_asked(message.sender_id, turns[-1]):
        return False
    return any(turn.message.sender_id != message.sender_id for turn in turns)


def heard(turns: Sequence[Turn]) -> list[Turn]:
    """The turns that answer something: without what agents said themselves."""
    return [turn for turn in turns if TAKING_PART not in turn.why]


def _is_asked(person_id: str, last: Turn) -> bool:
    """Whether kefu's last words are a question to this person."""
    return last.action is Action.CLARIFY and last.message.sender_id == person_id
