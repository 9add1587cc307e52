"""When to ask for a vote: where it teaches most, and nobody too often.

A thumb may be given on any answer; asking for one is something else. It is asked for
only where the turn's uncertainty is high, and a person only so often in 24 hours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from bot.phrases import say
from storage.records import Action, Json, Message, Turn

# How often a person (platform, id) was asked since then.
AskedSince: TypeAlias = Callable[[str, str, datetime], int]

ASKED: Final = "asked_for_vote"  # in a turn's `why`
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How eagerly votes are asked for.

    Attributes:
        above: the least uncertainty, 0 to 1.
        a_day: how often a person is asked in 24 hours; 0 never.
    """

    asked_since: AskedSince
    above: float = 0.5
    a_day: int = 1

    def wanted(
        self, message: Message, action: Action, why: Json, now: datetime
    ) -> bool:
        """Whether this answer's turn should ask for a vote.

        Raises:
            EnvironmentProblem: the database cannot be read.
        """
        if self.a_day < 1 or action is not Action.ANSWER:
            return False
        uncertainty: Any = why.get("uncertainty")
        if not isinstance(uncertainty, float) or uncertainty < self.above:
            return False
        asked = self.asked_since(message.platform, message.sender_id, now - _DAY)
        return asked < self.a_day


def asked_for_vote(turn: Turn) -> str:
    """The words that ask for a vote under a reply; "" where none is asked for."""
    if not turn.why.get(ASKED):
        return ""
    return say("ask_vote", turn.understanding.language)
