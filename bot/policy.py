"""What an admin decides about the bot's manners. Frozen; made once by the roof."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.records import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Who is who, by "platform:id", for example "slack:U0123" or "telegram:42"."""

    admins: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()

    def of(self, platform: str, person_id: str) -> Role:
        """The role of a person; whoever is not configured is a customer."""
        name = f"{platform}:{person_id}"
        if name in self.admins:
            return Role.ADMIN
        return Role.AGENT if name in self.agents else Role.CUSTOMER


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the bot behaves.

    Attributes:
        languages: those that it speaks.
        default_language: where a message does not show its language.
        only_from_knowledge: never write a reply, give approved answers only.
        write_freely: in the generator's own words; else it says a part of what it
            read as it stands.
        fallback: own wording of "I don't know", by language.
        max_clarifications: how often in a row it may ask back.
        history_turns: how many earlier turns of the thread it looks at.
        max_message_characters: a longer message gets a kind request to shorten it.
        anger_limit: from this temper on a person takes over; 0 never. One message
            makes at most 1, and half of it stays with the next.
    """

    languages: tuple[str, ...] = ("zh", "en")
    default_language: str = "en"
    only_from_knowledge: bool = False
    write_freely: bool = False
    fallback: Mapping[str, str] = field(default_factory=dict)
    max_clarifications: int = 1
    history_turns: int = 6
    max_message_characters: int = 4000
    anger_limit: float = 1.2
