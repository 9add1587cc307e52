"""A Slack, a database and a channel between them, and somebody who answers."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.delivery import Pace
from adapters.slack.app import SlackChannel
from storage.database import Database
from storage.records import (
    Action,
    Event,
    Message,
    Origin,
    Outgoing,
    Reply,
    Turn,
    Understanding,
    Vote,
)
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack

PACE = Pace(poll=0.02, settle=0.05, sweep=0.2, stop=2.0)
Rigging = Callable[..., AbstractAsyncContextManager[SlackChannel]]


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Answering:
    """Answers what is in the inbox, as a desk would: in one transaction."""

    database: Database
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    events: list[Event] = field(default_factory=list)

    def all(self, **how: Any) -> list[Event]:
        """Answer everything that is due; returns it."""
        done: list[Event] = []
        while (event := self.one(**how)) is not None:
            done.append(event)
        return done

    def one(self, **how: Any) -> Event | None:
        with self.database.transaction() as stores:
            claim = stores.inbox.claim(
                worker="test", now=now(), lease=timedelta(seconds=60)
            )
            if claim is None:
                return None
            event = claim.event
            if isinstance(event, Message):
                turn = self.turn(event, **how)
                stores.turns.add(turn)
                stores.outbox.add(self.outgoing(turn, **how), now())
            elif isinstance(event, Vote):
                voted = stores.turns.get(event.turn_id)
                assert voted is not None
                stores.feedback.vote(event, voted)
            stores.inbox.finish(claim, now())
        self.events.append(event)
        return event

    def turn(self, message: Message, **how: Any) -> Turn:
        text = how.get("text", f"about: {message.text}")
        return Turn(
            id=f"{next(self.numbers):032x}",
            message=message,
            understanding=Understanding(language=how.get("language", "en")),
            action=Action.ANSWER,
            reply=Reply(text=text, origin=Origin.APPROVED),
            model_version="v0000",
            answered_at=now(),
            latency_ms=1.0,
        )

    def outgoing(self, turn: Turn, **how: Any) -> Outgoing:
        message = turn.message
        return Outgoing(
            id=f"{next(self.numbers):032x}",
            platform=message.platform,
            conversation_id=message.conversation_id,
            text=turn.reply.text,
            language=turn.understanding.language,
            turn_id=turn.id,
            choices=how.get("choices", ()),
            votable=how.get("votable", True),
            reply_to=message.message_id,
            recipient_id=how.get("recipient_id"),
        )


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def answering(database: Database) -> Answering:
    return Answering(database)


@pytest.fixture
def rigging(slack: FakeSlack, database: Database) -> Rigging:
    """Makes a channel that runs for a while; what is given replaces the defaults."""

    @asynccontextmanager
    async def run(**how: Any) -> AsyncIterator[SlackChannel]:
        made = make(slack, database, **how)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()

    return run


@pytest.fixture
async def channel(rigging: Rigging) -> AsyncIterator[SlackChannel]:
    async with rigging() as running:
        yield running


def make(slack: FakeSlack, database: Database, **how: Any) -> SlackChannel:
    numbers = itertools.count(1)
    given: dict[str, Any] = {
        "database": database,
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "api_url": slack.api_url,
        "workspace": "shop",
        "now": now,
        "new_id": lambda: f"{next(numbers):032x}",
        "pace": PACE,
    }
    return SlackChannel(**(given | how))
