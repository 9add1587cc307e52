"""Sending: nothing is lost, and nothing arrives twice unless it is on record."""

import asyncio
from dataclasses import replace

import pytest

from storage.database import Database
from tests.fakes.telegram import Fault
from tests.telegram.conftest import PACE, QUICK, Shop
from tests.telegram.office import until


def _counts(database: Database) -> dict[str, int]:
    with database.reading() as stores:
        return {k: n for k, n in stores.outbox.counts().items() if n}


def _uncertain(database: Database) -> list[str]:
    with database.reading() as stores:
        return [outgoing.id for outgoing in stores.outbox.uncertain()]


async def _settled(shop: Shop, **counts: int) -> None:
    async with asyncio.timeout(30):
        while await asyncio.to_thread(_counts, shop.database) != counts:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after=1),
        Fault(status=500),
        Fault(status=502, body="<html>Bad Gateway</html>"),
        Fault(status=401),
    ],
    ids=str,
)
async def test_what_was_declined_for_now_arrives_once(shop: Shop, fault: Fault) -> None:
    shop.telegram.chats.chat(42)
    shop.telegram.fail("sendMessage", fault)
    await shop.open()
    await shop.office.send("hello")
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["hello"]
    assert _uncertain(shop.database) == []


async def test_a_server_that_is_away_delays_and_loses_nothing(shop: Shop) -> None:
    shop.telegram.chats.chat(42)
    await shop.open()
    await shop.telegram.stop()
    await shop.office.send("hello")
    await asyncio.sleep(0.3)
    await shop.telegram.start()
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["hello"]
    assert _uncertain(shop.database) == []


async def test_a_lost_answer_is_sent_once_more_and_recorded(shop: Shop) -> None:
    shop.telegram.chats.chat(42)
    shop.telegram.fail("sendMessage", Fault(drop="after"))
    await shop.open()
    key = await shop.office.send("hello")
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["hello", "hello"]
    assert _uncertain(shop.database) == [key]


async def test_an_answer_lost_again_and_again_is_sent_twice_at_most(
    shop: Shop,
) -> None:
    shop.telegram.chats.chat(42)
    shop.telegram.fail("sendMessage", Fault(drop="after"), times=20)
    await shop.open()
    key = await shop.office.send("hello")
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["hello", "hello"]
    assert _uncertain(shop.database) == [key]


async def test_a_send_cut_off_by_a_crash_is_sent_once_more_and_recorded(
    shop: Shop,
) -> None:
    shop.telegram.chats.chat(42)
    shop.telegram.fail("sendMessage", Fault(seconds=1.0))
    first = await shop.open(pace=replace(PACE, stop=0.05))
    key = await shop.office.send("hello")
    await until(lambda: shop.telegram.called("sendMessage"))
    await first.stop()
    assert _counts(shop.database) == {"sending": 1}
    await shop.open()
    await _settled(shop, sent=1)
    await until(lambda: shop.telegram.said() == ["hello", "hello"])
    assert _uncertain(shop.database) == [key]


async def test_one_chat_that_has_to_wait_holds_up_no_other(shop: Shop) -> None:
    for chat in (41, 42):
        shop.telegram.chats.chat(chat)
    shop.telegram.fail("sendMessage", Fault(status=429, retry_after=2))
    await shop.open()
    await shop.office.send("slow", chat="41")
    await until(lambda: shop.telegram.called("sendMessage"))
    await shop.office.send("quick", chat="42")
    await _settled(shop, sent=2)
    chats = [call["chat_id"] for call in shop.telegram.called("sendMessage")]
    assert chats == ["41", "42", "41"]


async def test_somebody_who_blocked_the_bot_is_left_alone(shop: Shop) -> None:
    shop.telegram.chats.chat(42).gone = "bot was blocked by the user"
    shop.telegram.chats.chat(43)
    await shop.open()
    await shop.office.send("hello")
    await shop.office.send("never", chat="44")
    await shop.office.send("nonsense", chat="not a chat")
    await shop.office.send("hello you", chat="43")
    await _settled(shop, sent=1, failed=3)
    assert len(shop.telegram.called("sendMessage")) == 3


async def test_a_long_answer_comes_in_parts_with_the_thumbs_below_the_last(
    shop: Shop,
) -> None:
    shop.telegram.chats.chat(42)
    await shop.open()
    paragraphs = [f"{n}. " + "很长的回答🙂。" * 150 for n in range(12)]
    await shop.office.send("\n\n".join(paragraphs), turn_id="a" * 32, votable=True)
    await _settled(shop, sent=1)
    said = shop.telegram.said()
    assert "\n\n".join(said) == "\n\n".join(paragraphs)
    marked = [m.get("reply_markup") for m in shop.telegram.chats.of_bot(42)]
    assert len(marked) > 1
    assert marked[:-1] == [None] * (len(marked) - 1)
    assert marked[-1] is not None


async def test_a_part_that_has_to_wait_does_not_repeat_those_before(
    shop: Shop,
) -> None:
    shop.telegram.chats.chat(42)
    await shop.open(timing=replace(QUICK, part_rest=0.1))
    await shop.office.send("\n\n".join(letter * 3000 for letter in "abc"))
    await until(lambda: shop.telegram.said())
    shop.telegram.fail("sendMessage", Fault(status=429, retry_after=1))
    await _settled(shop, sent=1)
    assert [text[0] for text in shop.telegram.said()] == ["a", "b", "c"]


async def test_text_that_looks_like_markup_arrives_as_it_is(shop: Shop) -> None:
    shop.telegram.chats.chat(42)
    await shop.open()
    await shop.office.send("if a < b & c > d, write **<b>** & &lt;")
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["if a < b & c > d, write <b> & &lt;"]


async def test_markup_that_telegram_cannot_read_arrives_plain(shop: Shop) -> None:
    shop.telegram.chats.chat(42)
    no = '{"ok": false, "description": "Bad Request: can\'t parse entities"}'
    shop.telegram.fail("sendMessage", Fault(status=400, body=no))
    await shop.open()
    await shop.office.send("**bold**")
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["**bold**"]


async def test_what_telegram_never_takes_is_given_up_with_its_reason(
    shop: Shop,
) -> None:
    shop.telegram.chats.chat(42)
    no = '{"ok": false, "description": "Bad Request: can\'t parse entities"}'
    shop.telegram.fail("sendMessage", Fault(status=400, body=no), times=2)
    await shop.open()
    await shop.office.send("**bold**")
    await _settled(shop, failed=1)


async def test_a_topic_that_is_gone_does_not_swallow_the_answer(shop: Shop) -> None:
    shop.telegram.chats.chat(-5)
    await shop.open()
    await shop.office.send("hello", chat="-5:99")
    await _settled(shop, sent=1)
    assert shop.telegram.said(-5) == ["hello"]


async def test_a_question_that_was_deleted_is_still_answered(shop: Shop) -> None:
    shop.telegram.chats.chat(42)
    await shop.open()
    await shop.office.send("hello", reply_to="777")
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["hello"]


async def test_a_group_that_moved_gets_its_answer(shop: Shop) -> None:
    shop.telegram.chats.chat(-1005)
    moved = (
        '{"ok": false, "description": "Bad Request: group chat was upgraded",'
        ' "parameters": {"migrate_to_chat_id": -1005}}'
    )
    shop.telegram.fail("sendMessage", Fault(status=400, body=moved))
    await shop.open()
    await shop.office.send("hello", chat="-5")
    await _settled(shop, sent=1)
    assert shop.telegram.said(-1005) == ["hello"]


async def test_what_one_person_should_see_is_not_said_in_the_group(
    shop: Shop,
) -> None:
    shop.telegram.chats.chat(-5)
    shop.telegram.chats.chat(42)
    await shop.open()
    await shop.office.send("between us", chat="-5", recipient_id="42")
    await _settled(shop, sent=1)
    assert (shop.telegram.said(-5), shop.telegram.said(42)) == ([], ["between us"])


async def test_halves_of_letters_do_not_stop_a_message(shop: Shop) -> None:
    shop.telegram.chats.chat(42)
    await shop.open()
    await shop.office.send("half \ud83d letter\x00")
    await _settled(shop, sent=1)
    assert shop.telegram.said() == ["half \ufffd letter"]
