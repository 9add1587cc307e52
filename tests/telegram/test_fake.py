"""The fake Telegram is as strict as the real one, seen through the real SDK."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, RetryAfter

from adapters.telegram.api import make_bot
from tests.fakes.telegram import FakeTelegram, Fault


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    bot = make_bot(telegram.token, telegram.url)
    await bot.initialize()
    yield bot
    await bot.shutdown()


async def test_an_offset_confirms_for_good(telegram: FakeTelegram, bot: Bot) -> None:
    for text in "abc":
        await telegram.say(text)
    first, second, third = await bot.get_updates(timeout=0)
    assert [u.update_id for u in await bot.get_updates(limit=1)] == [first.update_id]
    assert len(await bot.get_updates(offset=second.update_id)) == 2
    assert len(await bot.get_updates()) == 2
    assert await bot.get_updates(offset=third.update_id + 1) == ()
    await telegram.redeliver(first.update_id)
    assert len(await bot.get_updates(offset=third.update_id + 1)) == 1


async def test_a_long_poll_ends_when_something_comes(
    telegram: FakeTelegram, bot: Bot
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await asyncio.sleep(0.1)
    await telegram.say("hello")
    [update] = await asyncio.wait_for(poll, 20)
    assert update.message
    assert update.message.text == "hello"


async def test_of_two_polls_the_older_is_in_conflict(
    telegram: FakeTelegram, bot: Bot
) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await asyncio.sleep(0.1)
    newer = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(Conflict):
        await asyncio.wait_for(older, 20)
    await telegram.say("hello")
    assert len(await asyncio.wait_for(newer, 20)) == 1


async def test_only_the_kinds_that_were_asked_for_come(
    telegram: FakeTelegram, bot: Bot
) -> None:
    await telegram.push({"message_reaction": {}})
    await bot.get_updates(allowed_updates=["callback_query"])
    await telegram.say("hello")
    assert await bot.get_updates() == ()


async def test_what_cannot_be_sent_is_refused_in_telegrams_words(
    telegram: FakeTelegram, bot: Bot
) -> None:
    telegram.chats.chat(42)
    wide = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="c" * 65)]])
    with pytest.raises(BadRequest, match="too long"):
        await bot.send_message(42, "字" * 4097)
    with pytest.raises(BadRequest, match="(?i)can't parse entities"):
        await bot.send_message(42, "1 < 2", parse_mode="HTML")
    with pytest.raises(BadRequest, match="(?i)can't parse entities"):
        await bot.send_message(42, "<b>open", parse_mode="HTML")
    with pytest.raises(BadRequest, match="empty"):
        await bot.send_message(42, "<b> </b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="Button_data_invalid"):
        await bot.send_message(42, "x", reply_markup=wide)
    with pytest.raises(BadRequest, match="not found"):
        await bot.send_message(43, "x")
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(42, "x", message_thread_id=9)
    with pytest.raises(BadRequest, match="replied not found"):
        await bot.send_message(42, "x", reply_to_message_id=9)
    telegram.chats.chat(42).gone = "bot was blocked by the user"
    with pytest.raises(Forbidden):
        await bot.send_message(42, "x")


async def test_it_remembers_over_a_restart(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.chats.chat(42)
    await bot.send_message(42, "before")
    await telegram.say("asked")
    port = telegram.port
    await telegram.restart(down_seconds=0.1)
    assert telegram.port == port
    assert len(await bot.get_updates()) == 1
    assert telegram.said() == ["before"]


async def test_a_flood_says_how_long_to_wait(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.chats.chat(42)
    telegram.fail("sendMessage", Fault(status=429, retry_after=7))
    with pytest.raises(RetryAfter, match="0:00:07"):
        await bot.send_message(42, "x")
    assert telegram.said() == []
