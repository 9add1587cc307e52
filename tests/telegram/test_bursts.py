"""Who writes in pieces on Telegram gets one reply; the desk is the real one."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

from bot import Desk, Roles
from storage.database import Database
from storage.records import Turn
from tests.bot.small import Errands, open_shop
from tests.fakes.telegram import FakeTelegram
from tests.telegram.conftest import make_channel
from tests.telegram.office import until

# Long enough for three messages on a busy machine.
WINDOW = timedelta(seconds=3)


def turns(database: Database) -> list[Turn]:
    with database.reading() as stores:
        return stores.turns.history("telegram", "42", 50)


async def test_pieces_of_one_question_get_one_reply(
    telegram: FakeTelegram, sqlite_database: Database
) -> None:
    numbers = count(1)
    small = open_shop(sqlite_database)
    desk = Desk(
        database=sqlite_database,
        bot=small.bot,
        commands=Errands(),
        roles=Roles(admins=frozenset(), agents=frozenset()),
        now=lambda: datetime.now(UTC),
        new_id=lambda: f"{next(numbers):032x}",
        worker="desk",
        debounce=WINDOW,
    )
    channel = make_channel(
        telegram,
        sqlite_database,
        lambda: f"a{next(numbers):031x}",
        workspace="default",
    )
    await channel.start()
    working = asyncio.create_task(_work(desk))
    try:
        await until(lambda: channel.healthy)
        written = [await telegram.say(text) for text in ("hi", "where is", "my parcel")]
        await until(lambda: telegram.said())
        await telegram.say("Do you ship to Japan?")
        await until(lambda: len(telegram.said()) == 2)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await channel.stop()
    assert telegram.said() == ["Open My orders, tap Track.", "Yes, from ¥68."]
    first, second = turns(sqlite_database)
    assert first.message.text == "hi where is my parcel"
    ids = [str(each["message_id"]) for each in written]
    assert first.why["merged"]["messages"] == ids
    assert second.message.text == "Do you ship to Japan?"
    with sqlite_database.reading() as stores:
        assert stores.inbox.count("done") == 4
        assert stores.inbox.pending() == 0


async def _work(desk: Desk) -> None:
    while True:
        if not await asyncio.to_thread(desk.work_once):
            await asyncio.sleep(0.02)
