"""What a customer said before: used with care, passed on, and erased when asked."""

from dataclasses import replace

import pytest

from bot import Bot, Desk
from bot.memory import REMEMBERED
from bot.phrases import say
from storage.database import Database
from storage.records import Action, Choice, Message, Turn
from tests.bot.events import arguments_of, desk_with
from tests.bot.small import Shop, message, open_shop


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    def last_of(event: Message | Choice) -> Turn | None:
        with shop.looking() as stores:
            return stores.turns.last_of(
                event.workspace,
                event.platform,
                event.sender_id,
                shop.clock() - REMEMBERED,
            )

    return desk_with(shop, Bot(**arguments_of(shop.bot) | {"remember": last_of}))


def ask(desk: Desk, text: str, conversation: str = "C1", sender: str = "carla") -> Turn:
    return desk.answer(message(text, conversation=conversation, sender=sender))


ORDER = "my parcel, order number KF20261104, is late"


def test_a_language_is_remembered_where_a_message_shows_none(
    shop: Shop, desk: Desk
) -> None:
    ask(desk, "我的包裹呢")
    assert ask(desk, "12345", "C2").understanding.language == "zh"
    assert ask(desk, "12345", "C3", "dora").understanding.language == "en"
    assert ask(desk, "where is my order", "C4").understanding.language == "en"
    shop.clock.wait(REMEMBERED.total_seconds() + 60)
    assert ask(desk, "12345", "C5").understanding.language == "en"


def test_who_takes_over_learns_the_order_of_an_earlier_conversation(
    desk: Desk,
) -> None:
    ask(desk, ORDER)
    turn = ask(desk, "/human", "C2")
    assert turn.action is Action.HAND_OVER
    assert turn.why["passed_on"] == [["order_number", "KF20261104"]]
    # It is not said aloud: others may read along in this conversation.
    assert turn.reply.text == say("hand_over", "en")
    assert "passed_on" not in ask(desk, "/human", "C3", "dora").why


def test_what_is_said_now_counts_more_than_before(desk: Desk) -> None:
    ask(desk, ORDER)
    ask(desk, "it is about order number KF20269999", "C2")
    turn = ask(desk, "转人工", "C2")
    assert turn.why["passed_on"] == [["order_number", "KF20269999"]]


@pytest.mark.parametrize("words", ["forget me", "忘记我", "/forget", "Forget me!"])
def test_forget_me_erases_what_was_remembered_everywhere(
    shop: Shop, desk: Desk, words: str
) -> None:
    ask(desk, ORDER)
    assert "passed_on" in ask(desk, "/human", "C0").why
    ask(desk, "我的包裹呢")
    ask(desk, ORDER, "D1", "dora")
    forgotten = ask(desk, words, "C2")
    language = "zh" if words == "忘记我" else forgotten.understanding.language
    assert forgotten.reply.text == say("forgotten", language)
    with shop.looking() as stores:
        for conversation in ("C1", "C2"):
            for turn in stores.turns.history("slack", conversation, 9):
                assert turn.understanding.slots == ()
                assert turn.understanding.entities == ()
        [other] = stores.turns.history("slack", "D1", 9)
        assert other.understanding.slots
        [asked_before] = stores.turns.history("slack", "C0", 9)
        assert "passed_on" not in asked_before.why
    # In a new conversation, and in the old one that goes on.
    assert "passed_on" not in ask(desk, "/human", "C9").why
    assert "passed_on" not in ask(desk, "/human", "C1").why


def test_after_forget_me_a_follow_up_follows_nothing(desk: Desk) -> None:
    ask(desk, "my parcel")
    assert ask(desk, "and to japan?").reply.text == "Yes, from ¥68."
    ask(desk, "forget me")
    assert ask(desk, "12345").understanding.language == "en"
    turn = ask(desk, "and the colour?")
    assert "alone" not in turn.why
    assert turn.action is Action.DECLINE


def test_the_bot_alone_forgets_nothing(shop: Shop, desk: Desk) -> None:
    """It reads and never writes: the erasing is the desk's, with the turn."""
    ask(desk, ORDER)
    shop.bot.reply_to(replace(message("forget me"), conversation_id="C2"))
    with shop.looking() as stores:
        assert stores.turns.history("slack", "C1", 1)[0].understanding.slots
