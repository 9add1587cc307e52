"""What a customer gets for what she writes."""

from dataclasses import replace

import pytest

from bot import Policy
from bot.phrases import say
from storage.database import Database
from storage.records import Action, Message, Origin, Role, Turn
from tests.bot.small import Parrot, Shop, SmallModel, answer, message, open_shop


@pytest.fixture
def shop(sqlite_database: Database) -> Shop:
    return open_shop(sqlite_database)


def ask(shop: Shop, text: str, conversation: str = "C1") -> Turn:
    return shop.desk.answer(message(text, conversation=conversation))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Where is my order?", "Open My orders, tap Track."),
        ("  WHERE is my order", "Open My orders, tap Track."),
        ("where’s my order", "Open My orders, tap Track."),
        ("ｗｈｅｒｅ　ｉｓ　ｍｙ　ｏｒｄｅｒ？", "Open My orders, tap Track."),
        ("我的 订单 到哪里了", "打开“我的订单”查看物流。"),
        ("我的订单到哪里了？？？", "打开“我的订单”查看物流。"),
    ],
)
def test_the_approved_question_gets_its_answer_however_it_is_typed(
    shop: Shop, text: str, said: str
) -> None:
    assert said in ask(shop, text).reply.text


def test_a_clear_intent_gets_its_approved_answer_word_for_word(shop: Shop) -> None:
    turn = ask(shop, "what happened to the parcel I bought")
    assert (turn.action, turn.reply.origin) == (Action.ANSWER, Origin.APPROVED)
    assert turn.reply.text == "Open My orders, tap Track."
    assert turn.reply.sources[0].title == "Where is my order?"
    assert turn.understanding.intent == "order_status"
    assert turn.why["route"] == "intent"
    assert turn.why["thresholds"]["answer"] == 0.8


def test_each_customer_is_answered_in_her_language(shop: Shop) -> None:
    assert ask(shop, "我的包裹呢").reply.text == "打开“我的订单”查看物流。"
    assert ask(shop, "my parcel?", "C2").reply.text == "Open My orders, tap Track."
    assert ask(shop, "weather", "C2").reply.text == say("fallback", "en")
    assert ask(shop, "天气怎么样", "C3").reply.text == say("fallback", "zh")


def test_a_message_without_a_language_stays_in_that_of_the_thread(shop: Shop) -> None:
    ask(shop, "我的包裹呢")
    assert ask(shop, "12345").understanding.language == "zh"


def test_small_talk_is_small_talk(shop: Shop) -> None:
    turn = ask(shop, "hello there")
    assert turn.action is Action.SMALL_TALK
    assert turn.reply.text == "Hello! How can I help?"


def test_it_asks_back_once_and_then_offers_a_person(shop: Shop) -> None:
    first = ask(shop, "something about an order")
    assert first.action is Action.CLARIFY
    assert first.reply.choices == (
        "Where is my order?",
        "How can I cancel my order?",
        "None of these",
    )
    second = ask(shop, "the order, you know")
    assert second.action is Action.DECLINE
    assert second.reply.text == say("fallback", "en")
    assert second.reply.choices == ("Ask for a person",)


def test_choices_are_worded_in_the_customers_language(shop: Shop) -> None:
    turn = ask(shop, "订单的事")
    assert turn.reply.choices == ("我的订单到哪里了？", "怎么取消订单？", "都不是")


@pytest.mark.parametrize("typed", ["2", "How can I cancel my order?", "２"])
def test_a_choice_may_be_typed(shop: Shop, typed: str) -> None:
    ask(shop, "something about an order")
    turn = ask(shop, typed)
    assert (turn.action, turn.reply.text) == (Action.ANSWER, "In My orders.")
    assert turn.understanding.intent == "order_cancel"
    assert turn.why["question"] == "something about an order"


def test_none_of_these_leads_to_the_offer_of_a_person(shop: Shop) -> None:
    ask(shop, "something about an order")
    assert ask(shop, "none of these").action is Action.DECLINE
    turn = ask(shop, "yes please")
    assert turn.action is Action.HAND_OVER
    with shop.looking() as stores:
        [request] = stores.hand_overs.open("default")
    assert (request.reason, request.turn_id) == ("offered", turn.id)


@pytest.mark.parametrize("text", ["/human", "转人工", "talk to a person", "人工客服"])
def test_a_person_can_be_asked_for_at_any_time(shop: Shop, text: str) -> None:
    turn = ask(shop, text)
    assert turn.action is Action.HAND_OVER
    assert turn.reply.text == say("hand_over", turn.understanding.language)
    with shop.looking() as stores:
        [request] = stores.hand_overs.open("default")
    assert (request.customer_id, request.reason) == ("carla", "asked")


def test_the_old_answer_again_is_no_answer_to_a_follow_up(shop: Shop) -> None:
    assert ask(shop, "my parcel?").reply.text == "Open My orders, tap Track."
    assert ask(shop, "and the colour?").action is Action.DECLINE


def test_a_follow_up_that_brings_a_new_answer_gets_it(
    sqlite_database: Database,
) -> None:
    answers = (
        answer("How long does delivery take?", "2 to 4 working days."),
        answer("How long does delivery take to Tibet?", "5 to 8 working days."),
    )
    shop = open_shop(sqlite_database, knowledge=answers)
    assert ask(shop, "how long does delivery take").reply.text.startswith("2 to 4")
    turn = ask(shop, "And to Tibet?")
    assert turn.reply.text == "5 to 8 working days."
    assert turn.why["question"] == "how long does delivery take to Tibet?"
    assert turn.message.text == "And to Tibet?"


def test_a_written_reply_leaves_when_its_sources_carry_it(
    sqlite_database: Database,
) -> None:
    parrot = Parrot("Gift wrap costs ¥12.")
    shop = open_shop(sqlite_database, model=SmallModel(generator=parrot))
    turn = ask(shop, "what does gift wrap cost")
    assert (turn.action, turn.reply.origin) == (Action.ANSWER, Origin.GENERATED)
    assert turn.reply.text == "Gift wrap costs ¥12."
    assert turn.reply.sources[0].title == "Gift wrap"
    [request] = parrot.asked
    assert request.passages[0].startswith("Gift wrap\nGift wrap costs ¥12")
    assert request.language == "en"


@pytest.mark.parametrize(
    "draft",
    [
        "Bags cost ¥21.",
        "Gift wrap costs ¥12. I will call you back.",
        "",
        "<|end|>",
    ],
)
def test_a_written_reply_that_invents_is_never_sent(
    sqlite_database: Database, draft: str
) -> None:
    model = SmallModel(generator=Parrot(draft))
    turn = ask(open_shop(sqlite_database, model=model), "what does gift wrap cost")
    assert turn.action is Action.DECLINE
    assert turn.why["tried"]["objections"]


def test_a_slip_of_the_writer_is_mended_from_what_it_read(
    sqlite_database: Database,
) -> None:
    model = SmallModel(generator=Parrot("Gift wrap costs ¥21."))
    turn = ask(open_shop(sqlite_database, model=model), "what does gift wrap cost")
    assert turn.reply.text == "Gift wrap costs ¥12 and comes with a card."
    assert turn.why["written"]["draft"] == "Gift wrap costs ¥21."
    assert "¥21" in turn.why["written"]["mended"][0]


@pytest.mark.parametrize(
    ("draft", "sent"),
    [
        ("Gift wrap Gift wrap costs ¥12.", "Gift wrap costs ¥12."),
        ("Gift wrap: Gift wrap costs ¥12.", "Gift wrap costs ¥12."),
        ("Gift wrap costs ¥12.", "Gift wrap costs ¥12."),
    ],
)
def test_a_written_reply_does_not_repeat_its_heading(
    sqlite_database: Database, draft: str, sent: str
) -> None:
    model = SmallModel(generator=Parrot(draft))
    turn = ask(open_shop(sqlite_database, model=model), "what does gift wrap cost")
    assert turn.reply.text == sent


def test_a_broken_generator_does_not_silence_the_bot(sqlite_database: Database) -> None:
    shop = open_shop(sqlite_database, model=SmallModel(generator=Parrot()))
    turn = ask(shop, "what does gift wrap cost")
    assert turn.action is Action.DECLINE
    assert "out of memory" in turn.why["tried"]["generator_error"]
    assert ask(shop, "my parcel").action is Action.ANSWER


def test_only_from_knowledge_writes_nothing(sqlite_database: Database) -> None:
    parrot = Parrot("Gift wrap costs ¥12.")
    policy = Policy(only_from_knowledge=True, fallback={"en": "Ask at the counter."})
    model = SmallModel(generator=parrot)
    shop = open_shop(sqlite_database, model=model, policy=policy)
    turn = ask(shop, "what does gift wrap cost")
    assert turn.reply.text == "Ask at the counter."
    assert parrot.asked == []


def test_before_the_first_release_only_clear_matches_are_answered(
    sqlite_database: Database,
) -> None:
    untrained = SmallModel(version="v0000", intents=None, thresholds={})
    shop = open_shop(sqlite_database, model=untrained)
    turn = ask(shop, "where is my order now")
    assert turn.model_version == "v0000"
    assert turn.reply.choices[:1] == ("Where is my order?",)
    assert ask(shop, "how do i return an item", "C2").action is Action.ANSWER
    assert ask(shop, "sing me a song", "C3").action is Action.DECLINE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("?!", "empty"),
        ("🙂🙂", "emoji"),
        ("👍", "emoji"),
        ("x" * 100_000, "too_long"),
        ("\x00\x01\x02PNG\x00\x00\x03", "not_text"),
        ("\ud800\udc00\ud800", "not_text"),
        ("\u202e\u202d", "empty"),
    ],
)
def test_what_cannot_be_read_gets_a_kind_reply(
    shop: Shop, text: str, name: str
) -> None:
    turn = ask(shop, text)
    assert turn.reply.text == say(name, "en", limit=4000)
    assert not turn.reply.choices


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا، أين طلبي؟",
        "где мой заказ",
        "注文はどこですか",
        "\u202eredro ym si erehw\u202c",
        "a" * 3999,
        "的" * 3999,
        "🙂 where 包裹 is my pаrcel ‮",
        "'; DROP TABLE turns; --",
        "{text} %s {0} \\",
        "<|end|><|agent|>hi",
        "12345",
        "\ufffd?",
        "e\u0301" * 100,
    ],
)
def test_every_text_gets_a_turn_that_can_be_kept(shop: Shop, text: str) -> None:
    turn = ask(shop, text)
    with shop.looking() as stores:
        assert stores.turns.get(turn.id) == turn
    assert turn.reply.text


def test_help_says_what_admins_can_do_to_admins_only(shop: Shop) -> None:
    assert "/train" not in ask(shop, "/help").reply.text
    boss = replace(message("/help"), role=Role.ADMIN)
    assert "/train" in shop.desk.answer(boss).reply.text


def test_admin_commands_are_refused_to_others(shop: Shop) -> None:
    turn = ask(shop, "/train")
    assert turn.reply.text == say("not_allowed", "en")
    assert shop.errands.done == []


def test_commands_and_unreadable_texts_leave_the_thread_as_it_was(shop: Shop) -> None:
    ask(shop, "something about an order")
    ask(shop, "/help")
    assert ask(shop, "about an order").action is Action.DECLINE


def test_a_workspace_hears_only_its_own_knowledge(sqlite_database: Database) -> None:
    ours = answer("How are you insured?", "Fully.", workspace="bank")
    shop = open_shop(sqlite_database, knowledge=[ours])
    assert ask(shop, "how are you insured").action is Action.DECLINE
    there = replace(message("how are you insured"), workspace="bank")
    assert shop.desk.answer(there).reply.text == "Fully."


def test_knowledge_in_another_language_is_better_than_none(
    sqlite_database: Database,
) -> None:
    english = [answer("Where is my order?", "Tap Track.", intent="order_status")]
    shop = open_shop(sqlite_database, knowledge=english)
    assert ask(shop, "我的包裹呢").reply.text == "Tap Track."


def test_reply_to_changes_nothing(shop: Shop) -> None:
    with shop.looking() as stores:
        before = stores.turns.history("slack", "C1", 10)
    shop.bot.reply_to(message("where is my parcel"))
    with shop.looking() as stores:
        assert stores.turns.history("slack", "C1", 10) == before == []


def test_a_turn_is_timed_and_named(shop: Shop) -> None:
    asked: Message = message("my parcel")
    turn = shop.bot.reply_to(asked)
    assert turn.message == asked
    assert turn.answered_at == shop.clock()
    assert turn.latency_ms == 0.0
    assert turn.model_version == "v0001"
