"""An event is done with all its effects, or not at all, and none stands in the way."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import Bot, Command, Desk, Roles
from bot.phrases import say
from storage.database import Database
from storage.problems import EnvironmentProblem
from storage.records import (
    Action,
    Choice,
    Correction,
    Message,
    Reply,
    Role,
    Turn,
    Vote,
)
from tests.bot.small import MORNING, Shop, message, open_shop


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database)


def test_a_message_becomes_a_turn_and_a_votable_reply(shop: Shop) -> None:
    asked = message("where is my parcel")
    shop.receive(asked)
    assert shop.work() == 1
    with shop.looking() as stores:
        [turn] = stores.turns.history("slack", "C1", 5)
        assert stores.inbox.pending() == 0
    [outgoing] = shop.outbox()
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


def test_a_conversation_is_answered_in_its_order(shop: Shop) -> None:
    for text in ("some order", "2", "weather", "/human"):
        shop.receive(message(text))
    shop.work()
    with shop.looking() as stores:
        turns = stores.turns.history("slack", "C1", 9)
    assert [turn.action for turn in turns] == [
        Action.CLARIFY,
        Action.ANSWER,
        Action.DECLINE,
        Action.HAND_OVER,
    ]


class Poisoned(Bot):
    """Breaks on one word, as a bug would."""

    failures = 0

    def reply_to(self, message: Message) -> Turn:
        if "poison" in message.text:
            self.failures += 1
            raise RuntimeError("a bug \x00 \ud800")
        return super().reply_to(message)


def poisoned(shop: Shop) -> tuple[Poisoned, Desk]:
    bot = Poisoned(**arguments_of(shop.bot))
    return bot, desk_with(shop, bot)


def test_a_poison_event_is_given_up_with_an_apology_and_blocks_nobody(
    shop: Shop,
) -> None:
    bot, shop.desk = poisoned(shop)
    shop.receive(message("poison"))
    shop.receive(message("where is my parcel", conversation="C2"))
    shop.work()
    assert [each.conversation_id for each in shop.outbox()] == ["C2"]
    for seconds in (2, 10, 100):
        shop.clock.wait(seconds)
        shop.work()
    assert bot.failures == 3
    [apology] = shop.outbox()
    assert (apology.text, apology.turn_id) == (say("apology", "en"), None)
    assert not apology.votable
    with shop.looking() as stores:
        [letter] = stores.inbox.dead(5)
        assert letter.error.startswith("RuntimeError: a bug")
        assert stores.turns.history("slack", "C1", 5) == []


def test_after_a_poison_event_its_conversation_goes_on(shop: Shop) -> None:
    _, shop.desk = poisoned(shop)
    shop.receive(message("poison 包裹"))
    shop.receive(message("我的包裹呢"))
    for seconds in (1, 10, 100, 100):
        shop.work()
        shop.clock.wait(seconds)
    texts = [each.text for each in shop.outbox()]
    assert texts == [say("apology", "zh"), "打开“我的订单”查看物流。"]


class Dying(Bot):
    """The process dies (or loses the database) in the middle of an event."""

    dies: Exception | None = KeyError("killed")

    def reply_to(self, message: Message) -> Turn:
        turn = super().reply_to(message)
        if self.dies is not None:
            # The turn is made and nothing is kept yet.
            raise self.dies
        return turn


def test_a_machine_in_trouble_loses_nothing_and_says_so(shop: Shop) -> None:
    bot = Dying(**arguments_of(shop.bot))
    bot.dies = EnvironmentProblem("KF-102", "the database has no room left")
    shop.desk = desk_with(shop, bot)
    shop.receive(message("where is my parcel"))
    for _ in range(5):
        with pytest.raises(EnvironmentProblem, match="no room left"):
            shop.desk.work_once()
        assert not shop.desk.work_once()  # it waits a little
        shop.clock.wait(100)
    bot.dies = None
    assert shop.work() == 1
    assert [each.text for each in shop.outbox()] == ["Open My orders, tap Track."]


def test_what_another_worker_took_over_is_kept_once(shop: Shop) -> None:
    """The first worker is so slow that its claim runs out while it answers."""

    class Slow(Bot):
        def reply_to(self, message: Message) -> Turn:
            turn = super().reply_to(message)
            shop.clock.wait(1000)
            other = desk_with(shop, shop.bot, worker="other")
            assert other.work_once()
            return turn

    shop.desk = desk_with(shop, Slow(**arguments_of(shop.bot)))
    shop.receive(message("where is my parcel"))
    assert shop.desk.work_once()
    assert not shop.desk.work_once()
    assert len(shop.outbox()) == 1
    with shop.looking() as stores:
        assert len(stores.turns.history("slack", "C1", 5)) == 1


def test_the_effects_of_an_event_are_kept_together_or_not_at_all(shop: Shop) -> None:
    """A second reply of the same id cannot be kept: then nothing of the event is."""
    shop.receive(message("/human"))
    same_id = Desk(
        database=shop.database,
        bot=shop.bot,
        commands=shop.errands,
        roles=Roles(),
        now=shop.clock,
        new_id=lambda: "0" * 32,
        worker="worker",
    )
    assert same_id.work_once()
    shop.receive(message("/human"))
    assert same_id.work_once()
    with shop.looking() as stores:
        assert len(stores.turns.history("slack", "C1", 5)) == 1
        assert len(stores.hand_overs.open("default")) == 1
        assert stores.inbox.pending() == 1
    assert len(shop.outbox()) == 1


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


def test_a_correction_is_answered_within_the_same_transaction(shop: Shop) -> None:
    turn = answered(shop)
    shop.receive(correction(turn, "Look into the app.", author="ann"))
    shop.work()
    [notice] = shop.outbox()
    assert (notice.text, notice.recipient_id) == (say("correction_live", "en"), "ann")
    shop.receive(message("Where is my parcel?!", conversation="C9"))
    shop.work()
    assert [each.text for each in shop.outbox()] == ["Look into the app."]


def answered(shop: Shop) -> Turn:
    """A turn whose reply has been delivered."""
    shop.receive(message("where is my parcel"))
    shop.work()
    shop.outbox()
    with shop.looking() as stores:
        return stores.turns.history("slack", "C1", 1)[0]


def press(turn_id: str | None, number: int) -> Choice:
    return Choice(
        platform="slack",
        conversation_id="C1",
        message_id=f"press {turn_id} {number}",
        sender_id="carla",
        turn_id=turn_id or "",
        number=number,
        chosen_at=MORNING,
    )


def vote(turn: Turn, *, good: bool = True) -> Vote:
    return Vote(
        platform="slack",
        conversation_id="C1",
        voter_id="carla",
        turn_id=turn.id,
        good=good,
        voted_at=MORNING + timedelta(minutes=1),
    )


def correction(turn: Turn, text: str, *, author: str) -> Correction:
    return Correction(
        platform="slack",
        conversation_id="C1",
        author_id=author,
        turn_id=turn.id,
        text=text,
        written_at=MORNING + timedelta(minutes=1),
    )


def arguments_of(bot: Bot) -> dict[str, Any]:
    """What the bot was made of."""
    return {name.lstrip("_"): value for name, value in vars(bot).items()}


def desk_with(shop: Shop, bot: Bot, worker: str = "worker") -> Desk:
    return Desk(
        database=shop.database,
        bot=bot,
        commands=shop.errands,
        roles=Roles(),
        now=shop.clock,
        new_id=shop.new_id,
        worker=worker,
    )
