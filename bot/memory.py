"""What a customer said before, in other conversations, and how it is forgotten.

Only two things are used: the language, where a message shows none, and the last order
number and product, which go to the person who takes over. Neither is ever said aloud,
for others may read along; both end with "forget me".
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from bot.commands import FORGET
from bot.entities import merged
from storage.records import Choice, Entity, Message, Turn

# The last turn of whoever wrote this, wherever that was; None where there is none.
Remember: TypeAlias = Callable[[Message | Choice], Turn | None]

REMEMBERED: Final = timedelta(days=30)
_TOLD: Final = frozenset({"order_number", "product"})


def since_forgetting(turns: Sequence[Turn], sender_id: str) -> Sequence[Turn]:
    """The turns of a conversation after its customer last said "forget me"."""
    for place in range(len(turns) - 1, -1, -1):
        if _forgets(turns[place]) and turns[place].message.sender_id == sender_id:
            return turns[place + 1 :]
    return turns


def language_of(last: Turn | None) -> str | None:
    """The language a customer wrote in last; None where that is not remembered."""
    return None if last is None or _forgets(last) else last.understanding.language


def passed_on(last: Turn | None, slots: tuple[Entity, ...]) -> list[list[str]]:
    """(type, text) of what a person who takes over should know: of now, else before."""
    before = () if last is None else last.understanding.slots
    return [[e.type, e.text] for e in merged(before, slots) if e.type in _TOLD]


def _forgets(turn: Turn) -> bool:
    return turn.why.get("command") == FORGET
