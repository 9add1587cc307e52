"""The dialogue core: a message in, a turn out, from approved knowledge, offline.

This package's face is what the other floors may use. Importing it costs nothing: each
name is loaded when it is asked for, so that thread caps can be set before numpy comes.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.asking import asked_for_vote
    from bot.commands import Command, Commands
    from bot.desk import Desk
    from bot.dialogue import Bot
    from bot.policy import Policy, Roles
    from bot.retrieve import Passage, Shelf, Shelves, as_passage

__all__ = [
    "Bot",
    "Command",
    "Commands",
    "Desk",
    "Passage",
    "Policy",
    "Roles",
    "Shelf",
    "Shelves",
    "as_passage",
    "asked_for_vote",
]

_HOMES = {
    "Bot": "bot.dialogue",
    "Command": "bot.commands",
    "Commands": "bot.commands",
    "Desk": "bot.desk",
    "Passage": "bot.retrieve",
    "Policy": "bot.policy",
    "Roles": "bot.policy",
    "Shelf": "bot.retrieve",
    "Shelves": "bot.retrieve",
    "as_passage": "bot.retrieve",
    "asked_for_vote": "bot.asking",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bot' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
