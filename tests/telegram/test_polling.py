"""Long polling: everything that people write is taken in once, whatever happens."""

import asyncio
import json
import logging
import sqlite3
from dataclasses import replace

import pytest

from adapters.telegram.channel import TelegramChannel
from bot.commands import FOR_ADMINS, parse
from storage.problems import PlatformRefused
from storage.records import Message
from tests.fakes.telegram import Fault
from tests.telegram.conftest import QUICK, Shop, make_channel
from tests.telegram.office import until


async def test_a_question_is_answered(shop: Shop) -> None:
    await shop.open()
    asked = await shop.telegram.say("Where is my parcel?")
    await until(lambda: shop.telegram.said() == ["re: Where is my parcel?"])
    [answer] = shop.telegram.chats.of_bot(42)
    assert answer["reply_to_message"]["message_id"] == asked["message_id"]
    [[good, bad]] = answer["reply_markup"]["inline_keyboard"]
    assert (good["text"], bad["text"]) == ("👍", "👎")


async def test_somebody_who_waits_sees_that_an_answer_is_in_work(shop: Shop) -> None:
    await shop.open()
    await shop.telegram.say("Hello?")
    await until(lambda: shop.telegram.called("sendChatAction"))
    assert shop.telegram.called("sendChatAction")[0]["action"] == "typing"


async def test_what_was_written_while_kefu_was_away_is_answered(shop: Shop) -> None:
    for number in range(120):
        await shop.telegram.say(f"question {number}", chat=1000 + number)
    await shop.open()
    await until(lambda: len(shop.office.messages()) == 120)
    assert shop.office.messages() == [f"question {n}" for n in range(120)]


async def test_an_update_that_comes_twice_is_answered_once(shop: Shop) -> None:
    await shop.open()
    await shop.telegram.say("first")
    await until(lambda: shop.telegram.said())
    await shop.telegram.redeliver(500001)
    await shop.telegram.redeliver(500001)
    await shop.telegram.say("second", chat=43)
    await until(lambda: shop.telegram.said(43))
    assert shop.office.messages() == ["first", "second"]
    assert shop.telegram.said() == ["re: first"]


async def test_a_stop_between_commit_and_confirmation_repeats_nothing(
    shop: Shop,
) -> None:
    first = await shop.open()
    await shop.telegram.say("once only")
    await until(lambda: shop.office.messages())
    # The next poll, which would confirm, is broken off for ever.
    shop.telegram.fail("getUpdates", Fault(drop="before"), times=1000)
    await shop.telegram.push({"poll_answer": {}})
    await first.stop()
    shop.telegram.heal()
    if not any(u["update_id"] == 500001 for u in shop.telegram.chats.pending):
        await shop.telegram.redeliver(500001)
    await shop.open()
    await shop.telegram.say("after", chat=43)
    await until(lambda: len(shop.office.messages()) == 2)
    assert shop.office.messages() == ["once only", "after"]


async def test_nothing_is_confirmed_that_is_not_committed(shop: Shop) -> None:
    await shop.open()
    url = shop.database.engine.url.database
    assert url
    lock = sqlite3.connect(url, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    await shop.telegram.say("while the database is locked")
    await asyncio.sleep(0.3)
    assert len(shop.telegram.chats.pending) == 1
    lock.execute("ROLLBACK")
    lock.close()
    await until(lambda: shop.telegram.said())
    await until(lambda: not shop.telegram.chats.pending)


async def test_an_update_that_cannot_be_read_holds_up_nobody(shop: Shop) -> None:
    await shop.telegram.say("before", chat=41)
    await shop.telegram.push({"message": {"chat": "not a chat", "text": 7}})
    await shop.telegram.push({"callback_query": None})
    await shop.telegram.say("after", chat=42)
    await shop.open()
    await until(lambda: shop.telegram.said(41) and shop.telegram.said(42))
    with shop.database.reading() as stores:
        dead = stores.inbox.dead(10)
    assert {letter.key for letter in dead} == {"update:500002", "update:500003"}
    assert json.loads(dead[-1].raw or "")["message"]["chat"] == "not a chat"
    await until(lambda: not shop.telegram.chats.pending)


async def test_ids_that_start_anew_after_a_quiet_week_are_heard(shop: Shop) -> None:
    await shop.open(timing=replace(QUICK, poll=0.2))
    await shop.telegram.say("before")
    await until(lambda: shop.telegram.said())
    polls = len(shop.telegram.called("getUpdates"))
    await until(lambda: len(shop.telegram.called("getUpdates")) > polls + 2)
    shop.telegram.chats.restart_ids(12)
    await shop.telegram.say("after", chat=43)
    await until(lambda: shop.telegram.said(43))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=502, body="<html>Bad Gateway</html>"),
        Fault(status=429, retry_after=1),
        Fault(status=409),
        Fault(drop="before"),
        Fault(drop="after"),
        Fault(body="not json"),
        Fault(body='{"ok": true, "result": {}}'),
    ],
    ids=str,
)
async def test_a_poll_that_fails_is_repeated(shop: Shop, fault: Fault) -> None:
    shop.telegram.fail("getUpdates", fault, times=2)
    await shop.telegram.say("still there?")
    await shop.open()
    await until(lambda: shop.telegram.said() == ["re: still there?"])


async def test_a_webhook_set_by_somebody_else_is_taken_away(shop: Shop) -> None:
    await shop.open()
    await shop.telegram._set_webhook({"url": "http://127.0.0.1:9/", "secret_token": ""})
    await until(lambda: shop.telegram.pusher is None)
    await shop.telegram.say("back again")
    await until(lambda: shop.telegram.said())


async def test_telegram_may_restart_at_any_time(shop: Shop) -> None:
    channel = await shop.open()
    await shop.telegram.say("before", chat=41)
    await until(lambda: shop.telegram.said(41))
    await shop.telegram.stop()
    await until(lambda: not channel.healthy)
    shop.telegram.chats.push({"message": shop.telegram.chats.write("while", chat=42)})
    await shop.telegram.start()
    await until(lambda: shop.telegram.said(42) == ["re: while"])
    await until(lambda: channel.healthy)


async def test_kefu_starts_without_a_network(shop: Shop) -> None:
    await shop.telegram.stop()
    channel = await shop.open(offline=True)
    assert not channel.healthy
    await shop.telegram.start()
    await shop.telegram.say("hello")
    await until(lambda: shop.telegram.said())
    assert channel.healthy


async def test_a_wrong_token_is_said_at_the_start_and_not_shown(shop: Shop) -> None:
    channel = make_channel(
        shop.telegram, shop.database, lambda: "w", token="123:wrong-token"
    )
    with pytest.raises(PlatformRefused, match="BotFather") as refusal:
        await channel.start()
    assert refusal.value.code == "KF-521"
    shown = f"{refusal.value} {refusal.value.__cause__}"
    assert "wrong-token" not in shown


async def test_a_token_revoked_later_is_said_and_may_come_back(shop: Shop) -> None:
    channel = await shop.open()
    token = shop.telegram.token
    shop.telegram.token = "another"
    await shop.telegram.push({"poll": {}})
    await until(lambda: channel.problem)
    assert not channel.healthy
    assert "BotFather" in str(channel.problem)
    shop.telegram.token = token
    await until(lambda: channel.healthy)


async def test_the_token_is_in_no_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await shop.open()
    await shop.telegram.say("hello")
    await until(lambda: shop.telegram.said())
    assert shop.telegram.token not in caplog.text


async def test_the_menu_of_commands_speaks_the_persons_language(shop: Shop) -> None:
    await shop.open()
    menus = shop.telegram.commands
    assert set(menus) == {"", "en", "zh"}
    assert {c["command"] for c in menus["zh"]} == {"start", "help", "human", "forget"}
    assert "转人工" in [c["description"] for c in menus["zh"]]
    for menu in menus.values():  # each does something, for anybody
        names = [parse(f"/{each['command']}") for each in menu]
        assert all(each and each.name not in FOR_ADMINS for each in names)


async def test_agents_have_what_is_for_them_in_their_own_menu(shop: Shop) -> None:
    await shop.telegram.say("I am Ann", chat=7)
    await shop.open(staff=[7, 8])  # 8 has never written to the bot
    own = shop.telegram.own_commands
    assert set(own) == {7}
    for language, menu in shop.telegram.commands.items():
        added = [each["command"] for each in own[7][language] if each not in menu]
        assert added == ["why"]


async def test_a_topic_is_a_conversation_and_its_answer_lands_in_it(shop: Shop) -> None:
    await shop.open()
    await shop.telegram.say("@kefu_bot red?", chat=-5, user=42, thread=11)
    await until(lambda: shop.telegram.said(-5))
    [answer] = shop.telegram.chats.of_bot(-5)
    assert answer["message_thread_id"] == 11
    [message] = shop.office.events
    assert isinstance(message, Message)
    assert (message.conversation_id, message.text) == ("-5:11", "red?")


async def test_replies_leave_after_the_intake_has_stopped(shop: Shop) -> None:
    channel = await shop.open()
    shop.telegram.chats.chat(42)
    await channel.stop_intake()
    polls = len(shop.telegram.called("getUpdates"))
    await shop.office.send("on its way")
    await until(lambda: shop.telegram.said() == ["on its way"])
    assert len(shop.telegram.called("getUpdates")) == polls


async def test_stopping_without_a_network_takes_a_moment(shop: Shop) -> None:
    shop.telegram.fail("getMe", Fault(drop="before"))
    shop.telegram.fail("getMe", Fault(seconds=8))
    channel = await shop.open(offline=True)
    await until(lambda: len(shop.telegram.called("getMe")) == 2)
    async with asyncio.timeout(4):
        await channel.stop()


async def test_stopping_takes_a_moment_and_not_a_whole_poll(shop: Shop) -> None:
    channel: TelegramChannel = await shop.open()
    async with asyncio.timeout(4):  # a poll takes 5
        await channel.stop()
    assert not channel.healthy
