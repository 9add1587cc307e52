"""An agent who replies in a group to an answer to a customer speaks to the customer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from bot import Desk, Roles
from bot.taking_part import TAKING_PART
from storage.database import Database
from tests.bot.small import SHOP, Errands, open_shop
from tests.fakes.telegram import FakeTelegram
from tests.telegram.conftest import make_channel
from tests.telegram.office import until

GROUP, CUSTOMER, ANN = -1009, 5, 7
TRACK, JAPAN = "Open My orders, tap Track.", "Yes, from ¥68."


@pytest.fixture
async def telegram(
    telegram: FakeTelegram, sqlite_database: Database
) -> AsyncIterator[FakeTelegram]:
    """A group with a customer, an agent, and kefu behind its real desk."""
    numbers = count(1)
    shop = open_shop(
        sqlite_database, knowledge=[replace(each, workspace="shop") for each in SHOP]
    )
    desk = Desk(
        database=sqlite_database,
        bot=shop.bot,
        commands=Errands(),
        roles=Roles(agents=frozenset({f"telegram:{ANN}"})),
        now=lambda: datetime.now(UTC),
        new_id=lambda: f"{next(numbers):032x}",
        worker="desk",
    )
    channel = make_channel(telegram, sqlite_database, lambda: f"a{next(numbers):031x}")
    await channel.start()
    working = asyncio.create_task(_work(desk))
    try:
        await until(lambda: channel.healthy)
        yield telegram
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await channel.stop()


async def _work(desk: Desk) -> None:
    while True:
        if not await asyncio.to_thread(desk.work_once):
            await asyncio.sleep(0.02)


def answer_id(telegram: FakeTelegram, place: int) -> int:
    return int(telegram.chats.of_bot(GROUP)[place]["message_id"])


def said(telegram: FakeTelegram) -> list[str]:
    return [each["text"] for each in telegram.chats.of_bot(GROUP)]


def done(database: Database) -> int:
    with database.reading() as stores:
        return stores.inbox.count("done")


async def test_an_agents_reply_to_a_customers_answer_is_kept_and_not_answered(
    telegram: FakeTelegram, sqlite_database: Database
) -> None:
    named = "@kefu_bot where is my parcel"
    await telegram.say(named, chat=GROUP, user=CUSTOMER)
    await until(lambda: said(telegram) == [TRACK])
    below = answer_id(telegram, 0)
    text = "Do you ship to Japan?"  # kefu would know
    await telegram.say(text, chat=GROUP, user=ANN, reply_to=below)
    await until(lambda: done(sqlite_database) == 2)
    await telegram.say(text, chat=GROUP, user=CUSTOMER, reply_to=below)
    await until(lambda: len(said(telegram)) == 2)
    assert said(telegram) == [TRACK, JAPAN]  # the customer's alone
    with sqlite_database.reading() as stores:
        _, kept, _ = stores.turns.history("telegram", str(GROUP), 5)
    assert (kept.message.text, kept.reply.text) == (text, "")
    assert kept.message.sender_id == str(ANN)
    assert kept.why[TAKING_PART] == "agent"


async def test_an_agent_is_answered_by_name_and_on_her_own_question(
    telegram: FakeTelegram,
) -> None:
    await telegram.say("@kefu_bot my parcel", chat=GROUP, user=CUSTOMER)
    await until(lambda: said(telegram) == [TRACK])
    below = answer_id(telegram, 0)
    named = "@kefu_bot Do you ship to Japan?"
    await telegram.say(named, chat=GROUP, user=ANN, reply_to=below)
    await until(lambda: len(said(telegram)) == 2)
    hers = answer_id(telegram, 1)
    await telegram.say("my parcel", chat=GROUP, user=ANN, reply_to=hers)
    await until(lambda: len(said(telegram)) == 3)
    assert said(telegram) == [TRACK, JAPAN, TRACK]


async def test_an_agents_correction_is_still_one(
    telegram: FakeTelegram, sqlite_database: Database
) -> None:
    await telegram.say("@kefu_bot my parcel", chat=GROUP, user=CUSTOMER)
    await until(lambda: said(telegram) == [TRACK])
    text = "correct: Look into your account."
    below = answer_id(telegram, 0)
    await telegram.say(text, chat=GROUP, user=ANN, reply_to=below)
    await until(lambda: done(sqlite_database) == 2)
    await telegram.say("@kefu_bot my parcel", chat=GROUP, user=CUSTOMER)
    await until(lambda: len(said(telegram)) == 2)
    assert said(telegram)[-1] == "Look into your account."
