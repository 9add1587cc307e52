"""What people on any platform do, so that one test drives them all.

A conversation is named as the server's own database names it. Times are seconds of
the monotonic clock, taken at the platform's side of the socket.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

PERIOD_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message of the bot, as a person sees it."""

    text: str
    message_id: str
    at: float
    turn_id: str | None = None  # what its thumbs are about
    votable: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was put, and when."""

    text: str
    conversation_id: str
    at: float


class People(Protocol):
    """A platform's customers, agent and admin. Each `ask` is a new conversation."""

    platform: str

    async def ask(self, text: str, *, public: bool = False) -> Asked:
        """A new customer's question: in private, or where an agent can see it."""
        ...

    async def go_on(self, asked: Asked, text: str) -> Asked:
        """One more message of the same customer in the same conversation."""
        ...

    async def again(self, asked: Asked) -> None:
        """The platform delivers that message once more."""
        ...

    def deliveries(self, asked: Asked) -> int:
        """How often the platform has delivered the newest of that conversation."""
        ...

    def heard(self, asked: Asked) -> Sequence[Heard]:
        """Everything the bot said in that conversation, oldest first."""
        ...

    async def thumb(self, asked: Asked, reply: Heard, *, good: bool) -> None:
        """The customer presses a thumb."""
        ...

    def can_correct(self, reply: Heard) -> bool:
        """Whether the platform offers an agent a way to correct that reply."""
        ...

    async def correct(self, asked: Asked, reply: Heard, text: str) -> None:
        """An agent says what the reply should have said."""
        ...

    async def command(self, text: str) -> Asked:
        """The admin writes a command to the bot, in private."""
        ...


class Unanswered(Exception):
    """Nothing came in time."""


async def reply_to(
    people: People, asked: Asked, *, after: int = 0, seconds: float = 60.0
) -> Heard:
    """Wait for a message of the bot in that conversation, skipping the first `after`.

    Raises:
        Unanswered: none came.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        heard = people.heard(asked)
        if len(heard) > after:
            return heard[after]
        await asyncio.sleep(PERIOD_SECONDS)
    raise Unanswered(f"{people.platform} {asked.conversation_id}: {asked.text[:80]}")


async def talk(
    people: People, text: str, *, public: bool = False, seconds: float = 60.0
) -> tuple[Asked, Heard]:
    """Ask in a new conversation and wait for the reply.

    Raises:
        Unanswered: no reply came.
    """
    asked = await people.ask(text, public=public)
    return asked, await reply_to(people, asked, seconds=seconds)


async def until(happened: Callable[[], bool], *, seconds: float) -> None:
    """Wait for something to happen.

    Raises:
        Unanswered: it did not.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise Unanswered(f"nothing within {seconds:.0f} s")
        await asyncio.sleep(PERIOD_SECONDS)
