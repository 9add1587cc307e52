"""What a courier asks of a platform, and what the platform may answer.

A sender never retries by itself: the courier decides, because only it knows what is
on record.
"""

from typing import Protocol

from adapters.lanes import Lane
from storage.records import Outgoing


class TryLater(Exception):
    """The message was certainly not sent, and may be tried after `seconds`.

    Args:
        seconds: what the platform asked for, or 0 to leave it to the courier.
        why: for the outbox row.
        everyone: the platform refuses all messages for so long, not this lane's.
    """

    def __init__(
        self, seconds: float, why: str = "asked to wait", *, everyone: bool = False
    ) -> None:
        super().__init__(why)
        self.seconds, self.why, self.everyone = seconds, why, everyone


class Refused(Exception):
    """The platform will never take this message. The text says why."""


class Unconfirmed(Exception):
    """The answer was lost: the message may or may not have been sent."""


class CannotTell(Exception):
    """The platform cannot be asked whether this message was sent."""


class Sender(Protocol):
    """What a courier needs of a platform. Nothing here may retry by itself."""

    platform: str

    def lane(self, outgoing: Outgoing) -> Lane:
        """What the platform counts this message with, and the rest it wants."""
        ...

    async def send(self, outgoing: Outgoing) -> str:
        """Send it and return the platform's message id.

        Raises TryLater, Refused or Unconfirmed, and nothing else.
        """
        ...

    async def find(self, outgoing: Outgoing) -> str | None:
        """Return the platform's id of the message if it was sent, else None.

        Raises CannotTell or TryLater, and nothing else.
        """
        ...
