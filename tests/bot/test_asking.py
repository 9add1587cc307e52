"""A vote is asked for only where it teaches most, and of nobody twice in a day."""

from datetime import timedelta
from itertools import count

import pytest

from adapters.slack import render as slack
from adapters.telegram import render as telegram
from adapters.web.shown import shown
from bot import Bot, Desk, asked_for_vote
from bot.asking import ASKED, Asking
from bot.phrases import say
from storage.database import Database
from storage.records import Action, Turn
from tests.bot.events import arguments_of, desk_with
from tests.bot.small import Shop, message, open_shop

_numbers = count(1)
# How sure tests/bot/small.py makes of these: 0.93, 0.95; each is answered.
SURE, UNSURE = "where is my order", "my parcel"


def asking_desk(shop: Shop, *, above: float = 0.2, a_day: int = 1) -> Desk:
    def asked_since(platform: str, sender: str, since: object) -> int:
        with shop.looking() as stores:
            return stores.turns.counted(platform, sender, since, ASKED)  # type: ignore[arg-type]  # the clock's

    asking = Asking(asked_since=asked_since, above=above, a_day=a_day)
    return desk_with(shop, Bot(**arguments_of(shop.bot) | {"asking": asking}))


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database)


def say_to(desk: Desk, text: str, who: str = "carla", platform: str = "slack") -> Turn:
    place = f"C{next(_numbers)}"
    asked = message(text, sender=who, conversation=place, platform=platform)
    return desk.answer(asked)


def test_a_vote_is_asked_for_where_it_is_uncertain_only(shop: Shop) -> None:
    desk = asking_desk(shop)
    sure, unsure = say_to(desk, SURE), say_to(desk, UNSURE)
    assert (sure.action, unsure.action) == (Action.ANSWER, Action.ANSWER)
    assert sure.why["uncertainty"] == 0.0
    assert unsure.why["uncertainty"] == pytest.approx(4 * 0.93 * 0.07, abs=1e-4)
    assert not asked_for_vote(sure)
    assert asked_for_vote(unsure) == say("ask_vote", "en")
    assert not asked_for_vote(say_to(asking_desk(shop, above=0.3), UNSURE, "dora"))


def test_nobody_is_asked_twice_a_day_wherever_she_writes(shop: Shop) -> None:
    desk = asking_desk(shop)
    asked = []
    for hours in range(0, 72, 4):
        turns = [say_to(desk, UNSURE) for _ in range(3)]
        asked += [hours for turn in turns if asked_for_vote(turn)]
        shop.clock.wait(4 * 3600)
    assert asked == [0, 28, 56]  # 24 hours to the second still count
    assert asked_for_vote(say_to(desk, UNSURE, "dora"))
    assert asked_for_vote(say_to(desk, UNSURE, platform="telegram"))


@pytest.mark.parametrize(("a_day", "times"), [(0, 0), (1, 1), (2, 2)])
def test_how_often_is_the_admins_choice(shop: Shop, a_day: int, times: int) -> None:
    desk = asking_desk(shop, a_day=a_day)
    asked = [bool(asked_for_vote(say_to(desk, UNSURE))) for _ in range(4)]
    assert sum(asked) == times


@pytest.mark.parametrize(
    "text", ["something about an order", "the weather", "/help", "hello", "?!"]
)
def test_only_answers_are_asked_about(shop: Shop, text: str) -> None:
    assert not asked_for_vote(say_to(asking_desk(shop, above=0.0), text))


def test_the_reply_stays_word_for_word_and_each_platform_asks_beside_it(
    sqlite_database: Database,
) -> None:
    shop = open_shop(sqlite_database)
    desk = asking_desk(shop)
    shop.receive(message("我的包裹呢", conversation="C1"))
    while desk.work_once():
        pass
    [outgoing] = shop.outbox()
    assert outgoing.text == "打开“我的订单”查看物流。"
    [post] = slack.posts(outgoing)
    assert post["text"] == outgoing.text
    asides = [block for block in post["blocks"] if block["type"] == "context"]
    assert asides[0]["elements"][0]["text"] == say("ask_vote", "zh")
    [thumbs] = telegram.buttons(outgoing)
    assert [label for label, _ in thumbs] == ["👍 有帮助？", "👎 没帮助？"]
    up = telegram.after_press((thumbs,), thumbs[0][1])
    assert telegram.is_chosen(up, thumbs[0][1])
    assert telegram.after_press(up, thumbs[0][1]) == (thumbs,)
    with shop.looking() as stores:
        [turn] = stores.turns.history("slack", "C1", 1)
    assert shown(turn)["ask"] == say("ask_vote", "zh")


def test_uncertainty_is_highest_at_even_odds_and_none_for_a_choice(shop: Shop) -> None:
    desk = asking_desk(shop)
    clarified = say_to(desk, "something about an order")
    assert clarified.why["uncertainty"] == pytest.approx(4 * 0.45 * 0.55, abs=1e-4)
    assert say_to(desk, "the weather").why["uncertainty"] < 0.3
    shop.clock.time += timedelta(days=2)
    turns = [say_to(desk, text) for text in (SURE, UNSURE, "zzz", "the weather")]
    assert all(0.0 <= turn.why["uncertainty"] <= 1.0 for turn in turns)
