"""What votes and corrections change, and for whom."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.answer import fixed
from bot.phrases import say
from storage.database import Database
from storage.records import (
    Action,
    Correction,
    Reply,
    ReviewState,
    Role,
    StoredCorrection,
    Turn,
    Vote,
)
from tests.bot.small import MORNING, Shop, message, open_shop


@pytest.fixture
def shop(sqlite_database: Database) -> Shop:
    return open_shop(sqlite_database)


def ask(shop: Shop, text: str, conversation: str = "C1") -> Turn:
    return shop.desk.answer(message(text, conversation=conversation))


def correct(shop: Shop, turn: Turn, text: str, role: Role = Role.AGENT) -> str:
    reply = shop.desk.learn(
        Correction(
            platform="slack",
            conversation_id=turn.message.conversation_id,
            author_id="ann",
            turn_id=turn.id,
            text=text,
            written_at=shop.clock(),
            role=role,
        )
    )
    assert isinstance(reply, Reply)
    return reply.text


def corrections(shop: Shop) -> list[StoredCorrection]:
    with shop.looking() as stores:
        return stores.feedback.corrections()


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
def test_a_correction_by_staff_is_the_answer_from_the_next_message_on(
    shop: Shop, role: Role
) -> None:
    turn = ask(shop, "Do you sell umbrellas with a wooden handle?")
    assert turn.action is Action.DECLINE
    said = correct(shop, turn, "Yes, in oak and beech.", role)
    assert said == say("correction_live", "en")
    for wording in (
        "Do you sell umbrellas with a wooden handle?",
        "do you sell UMBRELLAS with a wooden handle",
        "Do you sell umbrellas with wooden handle?",
    ):
        again = ask(shop, wording, conversation="C2")
        assert again.reply.text == "Yes, in oak and beech."
        assert again.reply.sources[0].title == turn.message.text
    [stored] = corrections(shop)
    assert stored.state is ReviewState.APPROVED
    assert stored.knowledge_id == again.reply.sources[0].knowledge_id
    assert stored.question == turn.message.text


def test_a_chinese_correction_answers_the_question_and_its_like(shop: Shop) -> None:
    turn = ask(shop, "你们卖木柄雨伞吗？")
    assert correct(shop, turn, "有橡木和榉木两种。") == say("correction_live", "zh")
    assert ask(shop, "你们卖木柄雨伞吗", "C2").reply.text == "有橡木和榉木两种。"
    assert ask(shop, "你们卖木柄的雨伞吗", "C3").reply.text == "有橡木和榉木两种。"


def test_a_correction_by_a_customer_waits_for_review(shop: Shop) -> None:
    turn = ask(shop, "Do you sell umbrellas?")
    said = correct(shop, turn, "Everything is free!", Role.CUSTOMER)
    assert said == say("correction_pending", "en")
    assert ask(shop, "Do you sell umbrellas?", "C2").action is Action.DECLINE
    [stored] = corrections(shop)
    assert (stored.state, stored.knowledge_id) == (ReviewState.PENDING, None)


def test_a_corrected_question_wins_over_its_intent_and_its_imported_answer(
    shop: Shop,
) -> None:
    turn = ask(shop, "Where is my order?")
    assert turn.reply.text == "Open My orders, tap Track."
    correct(shop, turn, "Look into the app.")
    assert ask(shop, "where is my order", "C2").reply.text == "Look into the app."
    # Other ways to ask keep the approved answer: one correction is not a rule.
    assert ask(shop, "my parcel!", "C3").reply.text == "Open My orders, tap Track."


def test_the_last_correction_of_a_question_stands(shop: Shop) -> None:
    turn = ask(shop, "Do you sell umbrellas?")
    correct(shop, turn, "No.")
    shop.clock.wait(60)
    correct(shop, ask(shop, "do you sell umbrellas", "C2"), "Yes, in oak.")
    assert ask(shop, "Do you sell umbrellas?", "C3").reply.text == "Yes, in oak."
    with shop.looking() as stores:
        own = [k for k in stores.knowledge.all("default") if k.source == "correction"]
    assert [each.text for each in own] == ["Yes, in oak."]
    assert {each.knowledge_id for each in corrections(shop)} == {own[0].id}


def test_the_corrected_question_is_the_one_that_was_asked_before_the_choice(
    shop: Shop,
) -> None:
    ask(shop, "some order thing")
    turn = ask(shop, "1")
    correct(shop, turn, "Which thing do you mean?")
    again = ask(shop, "Some order thing", "C2")
    assert again.reply.text == "Which thing do you mean?"


def test_personal_data_does_not_get_into_knowledge(shop: Shop) -> None:
    turn = ask(shop, "Do you know 13812345678 by name?")
    correct(shop, turn, "We do not look up numbers.")
    with shop.looking() as stores:
        [own] = [k for k in stores.knowledge.all("default") if k.source == "correction"]
    assert own.question == "Do you know [phone] by name?"
    same = ask(shop, "do you know 13998765432 by name", "C2")
    assert same.reply.text == "We do not look up numbers."


@pytest.mark.parametrize(
    ("text", "name"),
    [("", "correction_empty"), ("  ?!", "correction_empty"), ("x" * 4001, "long")],
)
def test_a_correction_without_use_changes_nothing(
    shop: Shop, text: str, name: str
) -> None:
    turn = ask(shop, "Do you sell umbrellas?")
    wanted = "correction_long" if name == "long" else name
    assert correct(shop, turn, text) == say(wanted, "en", limit=4000)
    assert corrections(shop) == []


def test_a_correction_of_a_turn_that_is_gone_gets_a_kind_notice(shop: Shop) -> None:
    turn = replace(ask(shop, "Do you sell umbrellas?"), id="nowhere")
    assert correct(shop, turn, "No.") == say("correction_gone", "en")


def test_a_correction_of_a_turn_that_asked_nothing_only_waits(shop: Shop) -> None:
    for text in ("🙂", "/help"):
        said = correct(shop, ask(shop, text), "Hello!")
        assert said == say("correction_pending", "en")
    assert {each.state for each in corrections(shop)} == {ReviewState.PENDING}


def test_a_thumb_can_be_changed_and_withdrawn(shop: Shop) -> None:
    turn = ask(shop, "my parcel")
    steps = [
        (True, "vote_good", True),
        (False, "vote_bad", False),
        (False, "vote_withdrawn", None),
        (True, "vote_good", True),
        (True, "vote_withdrawn", None),
    ]
    for number, (good, name, standing) in enumerate(steps):
        vote = Vote(
            platform="slack",
            conversation_id="C1",
            voter_id="carla",
            turn_id=turn.id,
            good=good,
            voted_at=MORNING + timedelta(minutes=number),
        )
        reply = shop.desk.learn(vote)
        assert reply is not None
        assert reply.text == say(name, "en")
        with shop.looking() as stores:
            [kept] = stores.feedback.of_turn(turn.id)
        assert kept.good is standing


def test_a_turn_of_another_conversation_cannot_be_judged_or_corrected(
    shop: Shop,
) -> None:
    turn = ask(shop, "do you sell umbrellas", "C2")
    there: dict[str, Any] = {
        "platform": "slack",
        "conversation_id": "C1",
        "turn_id": turn.id,
    }
    vote = Vote(**there, voter_id="eve", good=True, voted_at=shop.clock())
    correction = Correction(
        **there,
        author_id="eve",
        text="Never.",
        written_at=shop.clock(),
        role=Role.AGENT,
    )
    assert shop.desk.learn(vote) == fixed("vote_gone", "en")
    assert shop.desk.learn(correction) == fixed("correction_gone", "en")
    assert corrections(shop) == []
    with shop.looking() as stores:
        assert stores.feedback.of_turn(turn.id) == []
