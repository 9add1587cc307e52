"""Related questions are buttons on Telegram; once one is taken, the thumbs stay."""

import asyncio
from typing import Any

from tests.offering import ANSWER, HOURS, NEXT, offering_desk, work
from tests.telegram.conftest import Shop
from tests.telegram.office import until


def labels(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


async def test_a_related_question_is_pressed_and_answered(shop: Shop) -> None:
    await shop.office.stop()  # the real desk answers here
    counter, desk = await asyncio.to_thread(offering_desk, shop.database)
    await shop.open()
    await shop.telegram.say("my parcel?")
    await _worked(shop, counter, desk, 1)
    [answer] = shop.telegram.chats.of_bot(42)
    assert answer["text"] == ANSWER
    assert labels(answer)[0] == HOURS
    assert labels(answer)[-2:] == ["👍", "👎"]

    keyboard = answer["reply_markup"]["inline_keyboard"]
    data = keyboard[0][0]["callback_data"]
    thumb = keyboard[-1][0]["callback_data"]
    await shop.telegram.press(data, message_id=answer["message_id"])
    await until(lambda: labels(answer) == ["👍", "👎"])
    await _worked(shop, counter, desk, 2)
    assert shop.telegram.chats.of_bot(42)[-1]["text"] == NEXT

    await shop.telegram.press(thumb, message_id=answer["message_id"])
    await until(lambda: labels(answer) == ["👍 ✓", "👎"])
    await asyncio.to_thread(work, counter, desk)
    with shop.database.reading() as stores:
        first, second = stores.turns.history("telegram", "42", 5)
        assert [vote.good for vote in stores.feedback.of_turn(first.id)] == [True]
        assert second.why["route"] == "related"


async def _worked(shop: Shop, counter: Any, desk: Any, answers: int) -> None:
    """Work until the chat shows so many answers."""
    async with asyncio.timeout(30):
        while len(shop.telegram.said()) < answers:
            await asyncio.to_thread(work, counter, desk)
            await asyncio.sleep(0.02)
