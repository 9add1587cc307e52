"""What is noticed in a message beside its question: entities, and the writer's mood.

Both are kept over the conversation in its turns alone: each turn holds the slots that
are filled so far and the temper, in which the latest anger weighs most. A turn beside
the matter (a command, a file) hands both on unchanged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Final, TypeAlias

from bot.entities import Names, find, merged
from bot.model.sentiment import Feeling, feel_by_words
from bot.policy import Policy
from bot.understand import Entities
from storage.records import Action, Entity, Message, Turn, Understanding

Feel: TypeAlias = Callable[[str], Feeling]

FADING: Final = 0.5  # of the temper from one message to the next
_WITHOUT_ANSWER: Final = 0.6  # of the limit is enough where there is no answer anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Senses:
    """What a bot notices with.

    Attributes:
        names: what order numbers and products look like.
        zone: of the shop, in which "tomorrow" is meant; None is the machine's.
        feel: tells the mood of a text.
    """

    names: Names = field(default_factory=Names)
    zone: tzinfo | None = UTC
    feel: Feel = feel_by_words


PLAIN: Final = Senses()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What one message adds to its understanding."""

    sentiment: str | None = None
    anger: float = 0.0
    temper: float = 0.0
    entities: tuple[Entity, ...] = ()
    slots: tuple[Entity, ...] = ()

    def within(self, understanding: Understanding) -> Understanding:
        """The understanding with it."""
        return replace(
            understanding,
            sentiment=self.sentiment,
            anger=self.anger,
            temper=self.temper,
            entities=self.entities,
            slots=self.slots,
        )


def notice(
    message: Message,
    turns: Sequence[Turn],
    senses: Senses,
    learnt: Entities | None = None,
) -> Noticed:
    """What a message shows, after the turns before it (oldest first).

    Args:
        learnt: tells the shop's own kinds of entities, beside the rules.
    """
    before = carried(turns)
    today = message.sent_at.astimezone(senses.zone).date()
    told = learnt.read(message.text) if learnt is not None else ()
    entities = find(message.text, today, senses.names, told)
    feeling = senses.feel(message.text)
    return Noticed(
        sentiment=feeling.sentiment,
        anger=feeling.anger,
        temper=round(feeling.anger + FADING * before.temper, 4),
        entities=entities,
        slots=merged(before.slots, entities),
    )


def carried(turns: Sequence[Turn]) -> Noticed:
    """What the conversation holds, unchanged."""
    if not turns:
        return Noticed()
    last = turns[-1].understanding
    return Noticed(temper=last.temper, slots=last.slots)


def needs_person(
    noticed: Noticed, action: Action, turns: Sequence[Turn], policy: Policy
) -> bool:
    """Whether the customer is so angry that a person should take over now.

    An earlier hand-over that still stands in the turns is not repeated.
    """
    if policy.anger_limit <= 0 or action is Action.HAND_OVER:
        return False
    if any(turn.action is Action.HAND_OVER for turn in turns):
        return False
    limit = policy.anger_limit
    if action in (Action.CLARIFY, Action.DECLINE):
        limit *= _WITHOUT_ANSWER
    return noticed.temper >= limit
