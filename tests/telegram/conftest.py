"""A fake Telegram, and channels that talk to it through the real SDK."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from adapters.lanes import Pace
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.trouble import Timing
from storage.database import Database
from tests.fakes.telegram import FakeTelegram
from tests.telegram.office import Office, until

QUICK = Timing(poll=5, first_wait=0.02, longest_wait=0.2, part_rest=0, token_wait=0.2)
PACE = Pace(poll=0.02, sweep=0.1, settle=0.05, resends=1, stop=2)

OpenChannel = Callable[..., Awaitable[TelegramChannel]]


@dataclass(frozen=True)
class Shop:
    """Everything that a test of the channel looks at."""

    telegram: FakeTelegram
    office: Office
    database: Database
    open: OpenChannel


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    fake = FakeTelegram(retry_unit=0.02)
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def shop(
    telegram: FakeTelegram, sqlite_database: Database
) -> AsyncIterator[Shop]:
    """A fake Telegram, an office that answers, and a way to open channels."""
    numbers = count(1)
    async with AsyncExitStack() as stack:

        async def open_channel(**changes: Any) -> TelegramChannel:
            channel = make_channel(
                telegram, sqlite_database, lambda: f"{next(numbers):032x}", **changes
            )
            await channel.start()
            stack.push_async_callback(channel.stop)
            if channel.problem is None and not changes.get("offline"):
                await until(lambda: channel.healthy)
            return channel

        office = Office(sqlite_database)
        await office.start()
        stack.push_async_callback(office.stop)
        yield Shop(telegram, office, sqlite_database, open_channel)


def make_channel(
    fake: FakeTelegram, database: Database, new_id: Callable[[], str], **changes: Any
) -> TelegramChannel:
    """A channel that knows the fake, not yet started."""
    changes.pop("offline", None)
    values: dict[str, Any] = {
        "database": database,
        "token": fake.token,
        "api_url": fake.url,
        "workspace": "shop",
        "mode": "polling",
        "now": lambda: datetime.now(UTC),
        "new_id": new_id,
        "timing": QUICK,
        "pace": PACE,
    }
    return TelegramChannel(**values | changes)
