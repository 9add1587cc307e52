"""Thumbs, choices and corrections: pressed or written on Telegram, kept once."""

import asyncio

from storage.records import Choice, Correction, Vote
from tests.telegram.conftest import Shop
from tests.telegram.office import PROMPT, until


async def test_a_thumb_is_acknowledged_marked_and_taken_back(shop: Shop) -> None:
    await shop.open()
    await shop.telegram.say("q")
    await until(lambda: shop.telegram.said())
    [answer] = shop.telegram.chats.of_bot(42)
    good = answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    for note, label in (("收到，谢谢！", "👍 ✓"), ("已撤回", "👍")):
        query = await shop.telegram.press(
            good, message_id=answer["message_id"], language="zh-hans"
        )
        await _see(shop, query["id"], note)
        async with asyncio.timeout(30):
            while _labels(answer)[0] != label:
                await asyncio.sleep(0.01)
    await until(lambda: len(_votes(shop)) == 2)
    assert [vote.good for vote in _votes(shop)] == [True, True]


async def test_a_choice_is_offered_once(shop: Shop) -> None:
    shop.office.choices = ("Refund?", "Exchange?", "None of these")
    await shop.open()
    await shop.telegram.say("money")
    await until(lambda: shop.telegram.said())
    [asked] = shop.telegram.chats.of_bot(42)
    assert _labels(asked) == ["Refund?", "Exchange?", "None of these"]
    data = asked["reply_markup"]["inline_keyboard"][1][0]["callback_data"]
    await shop.telegram.press(data, message_id=asked["message_id"])
    await until(lambda: "reply_markup" not in asked)
    await until(lambda: isinstance(shop.office.events[-1], Choice))
    choice = shop.office.events[-1]
    assert isinstance(choice, Choice)
    assert choice.number == 1


async def test_a_button_of_nobody_is_acknowledged_all_the_same(shop: Shop) -> None:
    await shop.open()
    message = await shop.telegram.say("q")
    query = await shop.telegram.press("gibberish", message_id=message["message_id"])
    await until(lambda: shop.telegram.chats.queries[query["id"]])
    assert shop.telegram.chats.queries[query["id"]] == "This button no longer works."


async def test_after_a_thumb_down_a_reply_to_the_question_corrects(shop: Shop) -> None:
    await shop.open()
    await shop.telegram.say("When do you open?")
    await until(lambda: shop.telegram.said())
    [answer] = shop.telegram.chats.of_bot(42)
    bad = answer["reply_markup"]["inline_keyboard"][0][1]["callback_data"]
    await shop.telegram.press(bad, message_id=answer["message_id"])
    await until(lambda: PROMPT in shop.telegram.said())
    prompt = shop.telegram.chats.of_bot(42)[-1]
    await asyncio.sleep(0.1)  # its id is on record a moment after it is in the chat

    await shop.telegram.say("And on Sundays?", reply_to=answer["message_id"])
    await shop.telegram.say("At nine.", reply_to=prompt["message_id"])
    await until(lambda: isinstance(shop.office.events[-1], Correction))
    correction = shop.office.events[-1]
    assert isinstance(correction, Correction)
    assert (correction.text, correction.turn_id) == ("At nine.", bad[2:])
    assert shop.office.messages() == ["When do you open?", "And on Sundays?"]


async def test_an_agent_corrects_any_answer_by_saying_so(shop: Shop) -> None:
    await shop.open()
    await shop.telegram.say("@kefu_bot When do you open?", chat=-5, user=42)
    await until(lambda: shop.telegram.said(-5))
    [answer] = shop.telegram.chats.of_bot(-5)
    await shop.telegram.say(
        "更正：九点。", chat=-5, user=7, reply_to=answer["message_id"]
    )
    await until(lambda: isinstance(shop.office.events[-1], Correction))
    correction = shop.office.events[-1]
    assert isinstance(correction, Correction)
    assert (correction.text, correction.author_id) == ("九点。", "7")


def _labels(message: dict[str, object]) -> list[str]:
    markup = message.get("reply_markup")
    assert isinstance(markup, dict)
    return [button["text"] for row in markup["inline_keyboard"] for button in row]


async def _see(shop: Shop, query_id: str, note: str) -> None:
    await until(lambda: shop.telegram.chats.queries[query_id] == note)


def _votes(shop: Shop) -> list[Vote]:
    return [event for event in shop.office.events if isinstance(event, Vote)]
