"""Whatever breaks, an event is done or untouched, and none stands in the way."""

import pytest

from bot import Bot, Desk, Roles
from bot.phrases import say
from storage.database import Database
from storage.problems import EnvironmentProblem
from storage.records import Message, Turn
from tests.bot.events import arguments_of, desk_with
from tests.bot.small import Shop, message, open_shop


@pytest.fixture
def shop(sqlite_database: Database) -> Shop:
    return open_shop(sqlite_database)


@pytest.fixture
def any_shop(database: Database) -> Shop:
    """Once on SQLite, once on PostgreSQL: where transactions are what matters."""
    return open_shop(database)


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
    any_shop: Shop,
) -> None:
    bot, any_shop.desk = poisoned(any_shop)
    any_shop.receive(message("poison"))
    any_shop.receive(message("where is my parcel", conversation="C2"))
    any_shop.work()
    assert [each.conversation_id for each in any_shop.outbox()] == ["C2"]
    for seconds in (2, 10, 100):
        any_shop.clock.wait(seconds)
        any_shop.work()
    assert bot.failures == 3
    [apology] = any_shop.outbox()
    assert (apology.text, apology.turn_id) == (say("apology", "en"), None)
    assert not apology.votable
    with any_shop.looking() as stores:
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


def test_what_another_worker_took_over_is_kept_once(any_shop: Shop) -> None:
    """The first worker is so slow that its claim runs out while it answers."""

    class Slow(Bot):
        def reply_to(self, message: Message) -> Turn:
            turn = super().reply_to(message)
            any_shop.clock.wait(1000)
            other = desk_with(any_shop, any_shop.bot, worker="other")
            assert other.work_once()
            return turn

    any_shop.desk = desk_with(any_shop, Slow(**arguments_of(any_shop.bot)))
    any_shop.receive(message("where is my parcel"))
    assert any_shop.desk.work_once()
    assert not any_shop.desk.work_once()
    assert len(any_shop.outbox()) == 1
    with any_shop.looking() as stores:
        assert len(stores.turns.history("slack", "C1", 5)) == 1


def test_the_effects_of_an_event_are_kept_together_or_not_at_all(
    any_shop: Shop,
) -> None:
    """A second reply of the same id cannot be kept: then nothing of the event is."""
    any_shop.receive(message("/human"))
    same_id = Desk(
        database=any_shop.database,
        bot=any_shop.bot,
        commands=any_shop.errands,
        roles=Roles(),
        now=any_shop.clock,
        new_id=lambda: "0" * 32,
        worker="worker",
    )
    assert same_id.work_once()
    any_shop.receive(message("/human"))
    assert same_id.work_once()
    with any_shop.looking() as stores:
        assert len(stores.turns.history("slack", "C1", 5)) == 1
        assert len(stores.hand_overs.open("default")) == 1
        assert stores.inbox.pending() == 1
    assert len(any_shop.outbox()) == 1
