"""An event is done with all its effects, in its order, and once."""

import threading
from dataclasses import replace

import pytest

from bot import Command
from bot.phrases import say
from storage.database import Database
from storage.records import Action, Reply, Role
from tests.bot.events import answered, correction, press, vote
from tests.bot.small import Shop, message, open_shop


@pytest.fixture
def shop(sqlite_database: Database) -> Shop:
    return open_shop(sqlite_database)


@pytest.fixture
def any_shop(database: Database) -> Shop:
    """Once on SQLite, once on PostgreSQL: where transactions are what matters."""
    return open_shop(database)


def test_a_message_becomes_a_turn_and_a_votable_reply(any_shop: Shop) -> None:
    asked = message("where is my parcel")
    any_shop.receive(asked)
    assert any_shop.work() == 1
    with any_shop.looking() as stores:
        [turn] = stores.turns.history("slack", "C1", 5)
        assert stores.inbox.pending() == 0
    [outgoing] = any_shop.outbox()
    assert outgoing.text == turn.reply.text == "Open My orders, tap Track."
    assert outgoing.turn_id == turn.id
    assert outgoing.reply_to == asked.message_id
    assert outgoing.votable
    assert outgoing.language == "en"
    assert outgoing.recipient_id is None


def test_nothing_due_is_no_work(shop: Shop) -> None:
    assert not shop.desk.work_once()


@pytest.mark.parametrize(
    ("text", "votable"),
    [("hello", False), ("some order", False), ("weather", True), ("/human", False)],
)
def test_only_answers_and_i_dont_know_carry_thumbs(
    shop: Shop, text: str, votable: bool
) -> None:
    shop.receive(message(text))
    shop.work()
    assert [each.votable for each in shop.outbox()] == [votable]


def test_choices_travel_with_the_question_and_come_back_as_an_answer(
    shop: Shop,
) -> None:
    shop.receive(message("some order"))
    shop.work()
    [question] = shop.outbox()
    assert question.choices[1] == "How can I cancel my order?"
    shop.receive(press(question.turn_id, 1))
    shop.work()
    [outgoing] = shop.outbox()
    assert outgoing.text == "In My orders."
    with shop.looking() as stores:
        turn = stores.turns.history("slack", "C1", 5)[-1]
    assert turn.message.text == "How can I cancel my order?"
    assert turn.understanding.intent == "order_cancel"


@pytest.mark.parametrize("number", [-1, 3, 99])
def test_a_choice_that_never_was_gets_a_kind_reply(shop: Shop, number: int) -> None:
    shop.receive(message("some order"))
    shop.work()
    [question] = shop.outbox()
    shop.receive(press(question.turn_id, number))
    shop.work()
    assert [each.text for each in shop.outbox()] == [say("choice_gone", "en")]


def test_a_choice_of_a_turn_that_is_gone_gets_a_kind_reply(shop: Shop) -> None:
    shop.receive(press("nowhere", 0))
    shop.work()
    assert [each.text for each in shop.outbox()] == [say("choice_gone", "en")]


def test_the_same_press_twice_is_answered_once(shop: Shop) -> None:
    shop.receive(message("some order"))
    shop.work()
    [question] = shop.outbox()
    pressed = press(question.turn_id, 1)
    shop.receive(pressed, key="one delivery")
    shop.receive(pressed, key="another delivery")
    assert shop.work() == 2
    assert len(shop.outbox()) == 1


def test_a_request_for_a_person_is_recorded_with_its_turn(shop: Shop) -> None:
    shop.receive(message("转人工"))
    shop.work()
    with shop.looking() as stores:
        [turn] = stores.turns.history("slack", "C1", 5)
        [request] = stores.hand_overs.open("default")
    assert request.turn_id == turn.id
    assert request.conversation_id == "C1"
    assert [each.text for each in shop.outbox()] == [say("hand_over", "zh")]


def test_a_vote_is_counted_and_only_its_voter_hears_of_it(shop: Shop) -> None:
    turn = answered(shop)
    shop.receive(vote(turn, good=True))
    shop.work()
    [notice] = shop.outbox()
    assert (notice.text, notice.recipient_id) == (say("vote_good", "en"), "carla")
    with shop.looking() as stores:
        [standing] = stores.feedback.of_turn(turn.id)
    assert standing.good is True
    assert standing.knowledge_ids == (turn.reply.sources[0].knowledge_id,)


def test_a_vote_on_a_turn_that_is_gone_gets_a_kind_notice(shop: Shop) -> None:
    turn = answered(shop)
    for gone in (
        replace(vote(turn), turn_id="nowhere"),
        replace(vote(turn), workspace="another shop"),
        replace(vote(turn), platform="telegram"),
    ):
        shop.receive(gone)
        shop.work()
        [notice] = shop.outbox(gone.platform)
        assert notice.text == say("vote_gone", "en")
    with shop.looking() as stores:
        assert stores.feedback.of_turn(turn.id) == []


def test_roles_come_from_configuration_not_from_the_event(shop: Shop) -> None:
    shop.receive(message("/status", sender="boss"))
    shop.receive(replace(message("/status"), role=Role.ADMIN))
    shop.work()
    texts = [each.text for each in shop.outbox()]
    assert texts == ["did status", say("not_allowed", "en")]
    assert shop.errands.done == [Command(name="status")]


def test_a_conversation_is_answered_in_its_order(any_shop: Shop) -> None:
    for text in ("some order", "2", "weather", "/human"):
        any_shop.receive(message(text))
    any_shop.work()
    with any_shop.looking() as stores:
        turns = stores.turns.history("slack", "C1", 9)
    assert [turn.action for turn in turns] == [
        Action.CLARIFY,
        Action.ANSWER,
        Action.DECLINE,
        Action.HAND_OVER,
    ]


def test_many_workers_answer_everything_once(database: Database) -> None:
    shops = [open_shop(database, worker=f"worker{n}") for n in range(3)]
    for number in range(30):
        asked = message("where is my parcel", conversation=f"C{number % 6}")
        shops[0].receive(asked)
    threads = [threading.Thread(target=shop.work) for shop in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shops[0].outbox()) == 30
    with shops[0].looking() as stores:
        assert stores.inbox.pending() == 0


def test_the_terminal_and_the_web_get_their_turn_at_once(shop: Shop) -> None:
    turn = shop.desk.answer(message("some order", platform="web"))
    chosen = shop.desk.answer(replace(press(turn.id, 0), platform="web"))
    assert chosen.reply.text == "Open My orders, tap Track."
    voted = replace(vote(chosen), platform="web")
    reply = shop.desk.learn(voted)
    assert isinstance(reply, Reply)
    assert reply.text == say("vote_good", "en")
    assert shop.outbox("web") == []
    with shop.looking() as stores:
        assert len(stores.turns.history("web", "C1", 5)) == 2


def test_a_correction_is_answered_within_the_same_transaction(any_shop: Shop) -> None:
    turn = answered(any_shop)
    any_shop.receive(correction(turn, "Look into the app.", author="ann"))
    any_shop.work()
    [notice] = any_shop.outbox()
    assert (notice.text, notice.recipient_id) == (say("correction_live", "en"), "ann")
    any_shop.receive(message("Where is my parcel?!", conversation="C9"))
    any_shop.work()
    assert [each.text for each in any_shop.outbox()] == ["Look into the app."]
