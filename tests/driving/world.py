"""A server between both fakes, and a look into its database.

The server believes in Slack and Telegram; the people are ours; what became of each
message is read from the database that the server itself keeps.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.database import Database
from storage.records import Run, Turn
from tests.driving import slack_people, telegram_people
from tests.driving.people import Asked, People
from tests.driving.server import Server
from tests.driving.slack_people import SlackPeople
from tests.driving.telegram_people import TelegramPeople
from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import FakeTelegram

SETTLE_SECONDS = 120.0


class NotSettled(Exception):
    """Work is left in the inbox or the outbox after a long time."""


@dataclass(frozen=True)
class World:
    """Everything of one trial."""

    slack: FakeSlack
    telegram: FakeTelegram
    slack_people: SlackPeople
    telegram_people: TelegramPeople
    server: Server
    database: Database  # the server's own; for looking

    @property
    def people(self) -> tuple[People, People]:
        """Slack's and Telegram's."""
        return self.slack_people, self.telegram_people

    def turns(self, platform: str, asked: Asked) -> list[Turn]:
        """The turns of a conversation, oldest first."""
        with self.database.reading() as stores:
            return stores.turns.history(platform, asked.conversation_id, 100)

    def turn(self, platform: str, asked: Asked) -> Turn:
        """What was made of a question that opened a conversation."""
        return self.turns(platform, asked)[0]

    def last_run(self) -> Run | None:
        """The learning cycle that was started last."""
        with self.database.reading() as stores:
            return stores.runs.last()

    def live(self) -> str | None:
        """The release that is live in the registry."""
        with self.database.reading() as stores:
            release = stores.releases.live()
            return release.version if release else None

    def left(self) -> dict[str, int]:
        """What is not finished yet: events in, messages out."""
        with self.database.reading() as stores:
            counts = stores.outbox.counts()
            return {
                "inbox": stores.inbox.pending(),
                "outbox": counts["waiting"] + counts["due"] + counts["sending"],
            }

    def uncertain(self) -> int:
        """How many messages may have arrived twice, as the outbox records."""
        with self.database.reading() as stores:
            return len(stores.outbox.uncertain())

    def dead(self) -> list[str]:
        """Why events were given up."""
        with self.database.reading() as stores:
            return [letter.error for letter in stores.inbox.dead(100)]

    async def settled(self, *, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until nothing is left to do, twice in a row.

        Raises:
            NotSettled: something is still left.
        """
        deadline, quiet = time.monotonic() + seconds, 0
        while quiet < 2:
            left = await asyncio.to_thread(self.left)
            quiet = 0 if any(left.values()) else quiet + 1
            if time.monotonic() > deadline:
                raise NotSettled(f"{left}\n{self.server.tail()}")
            await asyncio.sleep(0.1)


@asynccontextmanager
async def world(
    home: Path,
    *,
    settings: Mapping[str, str] | None = None,
    program: tuple[str, ...] = ("-m", "bot"),
) -> AsyncIterator[World]:
    """Both fakes and a server that is set up, but not started."""
    slack, telegram = FakeSlack(), FakeTelegram()
    await slack.start()
    await telegram.start()
    in_slack, in_telegram = SlackPeople(slack), TelegramPeople(telegram)
    server = Server(
        home,
        {
            **in_slack.settings,
            **in_telegram.settings,
            "KEFU_ADMINS": f"slack:{slack_people.ADMIN},"
            f"telegram:{telegram_people.ADMIN}",
            "KEFU_AGENTS": f"slack:{slack_people.AGENT},"
            f"telegram:{telegram_people.AGENT}",
            **(settings or {}),
        },
        program=program,
    )
    database = Database(f"sqlite:///{home / 'kefu.sqlite'}")
    try:
        yield World(slack, telegram, in_slack, in_telegram, server, database)
    finally:
        server.kill()
        database.close()
        await telegram.stop()
        await slack.stop()
