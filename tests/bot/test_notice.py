"""What a conversation holds beside its questions: slots, mood, and anger in time."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import Policy
from bot.model.cues import cues
from bot.model.encoder import Encoder
from bot.model.sentiment import SentimentModel, feel_by_words
from bot.notice import Senses, notice
from storage.database import Database
from storage.records import Action, Turn
from tests.bot.small import Shop, message, open_shop
from tests.model.conftest import encoder

__all__ = ["encoder"]

FURIOUS = "你们这些骗子，气死我了，我要投诉！"


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database)


def said(shop: Shop, text: str, conversation: str = "C1") -> Turn:
    """A turn that is answered and logged, as the desk does it."""
    return shop.desk.answer(message(text, conversation=conversation))


def slots(turn: Turn) -> dict[str, str]:
    return {each.type: each.text for each in turn.understanding.slots}


def test_slots_are_filled_over_several_turns_from_the_database(shop: Shop) -> None:
    said(shop, "我的订单号是 A-1001")
    said(shop, "电话13812345678")
    turn = said(shop, "改成明天送，订单是 A-1002")
    assert [each.text for each in turn.understanding.entities] == ["明天", "A-1002"]
    assert slots(turn) == {
        "order_number": "A-1002",
        "phone": "13812345678",
        "date": "明天",
    }
    with shop.looking() as stores:
        stored = stores.turns.get(turn.id)
    assert stored is not None
    assert stored.understanding == turn.understanding


def test_slots_outlive_commands_silence_and_the_looked_at_history(shop: Shop) -> None:
    said(shop, "my order is A-1001")
    said(shop, "/help")
    for _ in range(8):
        said(shop, "?!")
    assert slots(said(shop, "where is my parcel")) == {"order_number": "A-1001"}


def test_conversations_share_no_slots(shop: Shop) -> None:
    said(shop, "my order is A-1001", "C1")
    assert slots(said(shop, "where is my parcel", "C2")) == {}


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Shanghai", "2026-11-25"), ("UTC", "2026-11-24")]
)
def test_tomorrow_is_counted_where_the_shop_is(zone: str, day: str) -> None:
    late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # already the 24th in Shanghai
    asked = replace(message("明天送"), sent_at=late)
    noticed = notice(asked, (), Senses(zone=ZoneInfo(zone)))
    assert noticed.entities[0].value == {"date": day}


def test_a_question_without_answer_in_anger_gets_a_person_at_once(shop: Shop) -> None:
    turn = said(shop, FURIOUS)
    assert turn.action is Action.HAND_OVER
    assert turn.understanding.sentiment == "negative"
    assert turn.why["reason"] == "angry"
    with shop.looking() as stores:
        reasons = [each.reason for each in stores.hand_overs.open("default")]
    assert reasons == ["angry"]


def test_the_same_question_in_calm_gets_no_person(shop: Shop) -> None:
    assert said(shop, "有没有别的办法").action is not Action.HAND_OVER


def test_an_answer_is_given_in_anger_once_and_then_a_person(shop: Shop) -> None:
    assert said(shop, f"我的包裹呢？{FURIOUS}").action is Action.ANSWER
    second = said(shop, f"我的包裹呢？{FURIOUS}")
    assert second.action is Action.HAND_OVER
    assert second.why["instead_of"] == "answer"
    # A person is asked for once, not with every message that follows.
    assert said(shop, f"我的包裹呢？{FURIOUS}").action is Action.ANSWER


def test_anger_fades_when_the_customer_calms_down(shop: Shop) -> None:
    angry = said(shop, f"我的包裹呢？{FURIOUS}").understanding.temper
    tempers = [said(shop, "我的包裹在哪").understanding.temper for _ in range(3)]
    assert tempers == sorted(tempers, reverse=True)
    assert tempers[-1] < 0.2 * angry
    assert said(shop, f"我的包裹呢？{FURIOUS}").action is Action.ANSWER


def test_an_admin_can_switch_it_off(database: Database) -> None:
    shop = open_shop(database, policy=Policy(anger_limit=0))
    actions = {said(shop, FURIOUS).action for _ in range(3)}
    assert Action.HAND_OVER not in actions


def test_a_command_is_never_taken_for_anger(shop: Shop) -> None:
    turn = said(shop, "/help")
    assert turn.understanding.sentiment is None
    assert turn.understanding.entities == ()


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("谢谢，很满意", "positive"),
        ("not good at all", "negative"),
        ("没问题", "positive"),
        ("不麻烦", "neutral"),
        ("我想下单", "neutral"),
        ("This is ridiculous, you are scammers!", "negative"),
    ],
)
def test_words_alone_tell_a_mood(text: str, sentiment: str) -> None:
    assert feel_by_words(text).sentiment == sentiment


@given(st.text())
def test_any_text_has_a_mood(text: str) -> None:
    feeling = feel_by_words(text)
    assert 0 <= feeling.anger <= 1
    assert all(count >= 0 for count in cues(text).values())


def test_a_very_long_text_has_one_too() -> None:
    assert feel_by_words("不" * 100_000).sentiment == "neutral"
    assert feel_by_words("not " * 25_000).sentiment == "neutral"


@pytest.fixture(scope="session")
def mood(encoder: Encoder) -> SentimentModel:
    model = SentimentModel.load(encoder.encode, encoder.sha256)
    assert model is not None
    return model


# None of these is among the sentences that the weights were fitted on.
UNREAD = (
    ("这个灯真漂亮，我妈可喜欢了", "positive"),
    ("安装很简单，光线也柔和，挺满意", "positive"),
    ("多亏你提醒，省了不少钱", "positive"),
    ("灯罩碎了，有点难过", "negative"),
    ("灯一闪一闪的，看书眼睛疼", "negative"),
    ("等了三天快递才揽收", "negative"),
    ("请问这个灯多少瓦", "neutral"),
    ("我想把订单里的台灯换成落地灯", "neutral"),
    ("晚上八点以后在家", "neutral"),
    ("你们这群骗子，再不退钱我就报警！", "angry"),
    ("又是这套说辞，我真的忍够了，叫人来！", "angry"),
    ("My new lamp is gorgeous, many thanks", "positive"),
    ("Setup took two minutes, brilliant little thing", "positive"),
    ("The lamp flickers and the shade is dented", "negative"),
    ("The switch is stiff and the light is too dim to read by", "negative"),
    ("Sadly the bulb died within a month", "negative"),
    ("Which bulb fits this lamp?", "neutral"),
    ("I will pick it up at the store on Friday", "neutral"),
    ("You crooks! Give me my money back or I'll sue!", "angry"),
    ("Nobody answers, nobody cares, it makes my blood boil!", "angry"),
)


def test_the_packaged_model_tells_moods_it_never_read(mood: SentimentModel) -> None:
    feelings = [(mood.feel(text), label) for text, label in UNREAD]
    right = [
        feeling.sentiment == ("negative" if label == "angry" else label)
        for feeling, label in feelings
    ]
    assert sum(right) >= 0.85 * len(right)
    angry = [feeling.anger for feeling, label in feelings if label == "angry"]
    others = [feeling.anger for feeling, label in feelings if label != "angry"]
    assert min(angry) > 0.6 > max(others)


@pytest.mark.parametrize("text", ["", "\ud800", "😡", "مرحبا", "怒" * 100_000])
def test_the_packaged_model_reads_any_text(mood: SentimentModel, text: str) -> None:
    assert 0 <= mood.feel(text).anger <= 1


def test_another_encoder_gets_no_packaged_weights(encoder: Encoder) -> None:
    assert SentimentModel.load(encoder.encode, "0" * 64) is None
