"""Several short messages, one turn: nothing is lost, nothing is answered twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.burst import MOST, goes_on
from storage.database import Database
from storage.lines import ClaimLost
from storage.problems import EnvironmentProblem
from storage.records import Turn, Vote
from tests.bot.small import MORNING, Shop, message, open_shop


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database, debounce=1.0)


def send(shop: Shop, *texts: str, every: float = 0.4, sender: str = "carla") -> None:
    for text in texts:
        shop.receive(message(text, sender=sender))
        shop.clock.wait(every)


def turns(shop: Shop, conversation: str = "C1") -> list[Turn]:
    with shop.looking() as stores:
        return stores.turns.history("slack", conversation, 50)


def left(shop: Shop) -> dict[str, int]:
    with shop.looking() as stores:
        states = ("waiting", "pending", "working", "done", "dead")
        return {name: n for name in states if (n := stores.inbox.count(name))}


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("hi", True),
        ("hello there", True),
        ("where is", True),
        ("你好", True),
        ("我的订单", True),
        ("订单 A-1001", True),
        ("hi!", False),
        ("where is my order", False),
        ("my order?", False),
        ("在吗", False),
        ("怎么退货", False),
        ("我想换一个大一点的", False),
        ("2", False),
        ("yes", False),
        ("好的", False),
        ("thanks", False),
        ("/human", False),
        ("转人工", False),
        ("", False),
        ("👍", False),
    ],
)
def test_a_message_goes_on_while_it_is_no_question_yet(text: str, more: bool) -> None:
    assert goes_on(text) is more


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert goes_on(text) in (True, False)


def test_a_burst_gets_one_reply_and_each_of_its_rows_is_done(shop: Shop) -> None:
    shop.receive(message("hi"), "k1")
    assert shop.work() == 1  # it was looked at, and put back
    assert turns(shop) == []
    shop.clock.wait(0.5)
    shop.receive(message("where is"), "k2")
    shop.clock.wait(0.5)
    shop.receive(message("my parcel"), "k3")
    shop.clock.wait(1.0)
    shop.work()
    (turn,) = turns(shop)
    assert turn.message.text == "hi where is my parcel"
    assert turn.understanding.intent == "order_status"
    assert turn.why["merged"]["keys"] == ["k1", "k2", "k3"]
    assert turn.why["merged"]["messages"][-1] == turn.message.message_id
    assert len(shop.outbox()) == 1
    assert left(shop) == {"done": 3}


def test_a_message_alone_is_answered_after_the_window(shop: Shop) -> None:
    send(shop, "hello", every=0)
    shop.work()
    assert turns(shop) == []
    shop.clock.wait(1.0)
    shop.work()
    (turn,) = turns(shop)
    assert turn.message.text == "hello"
    assert "merged" not in turn.why


def test_a_question_never_waits(shop: Shop) -> None:
    send(shop, "where is my parcel?", every=0)
    shop.work()
    assert len(turns(shop)) == 1


def test_two_questions_are_two_turns(shop: Shop) -> None:
    send(shop, "where is my parcel?", "do you ship to japan?", every=0.1)
    shop.work()
    assert [turn.message.text for turn in turns(shop)] == [
        "where is my parcel?",
        "do you ship to japan?",
    ]


def test_what_comes_later_is_a_turn_of_its_own(shop: Shop) -> None:
    send(shop, "hello", "parcel", every=5)
    shop.work()
    assert [turn.message.text for turn in turns(shop)] == ["hello", "parcel"]


def test_who_writes_on_and_on_is_answered_all_the_same(shop: Shop) -> None:
    for number in range(MOST + 3):
        shop.receive(message(f"and {number}"))
        shop.clock.wait(0.5)
        shop.work()
    assert turns(shop)  # at three windows at the latest
    shop.clock.wait(9)
    shop.work()
    said = " ".join(turn.message.text for turn in turns(shop))
    assert said == " ".join(f"and {number}" for number in range(MOST + 3))
    assert left(shop) == {"done": MOST + 3}


def test_other_people_commands_and_votes_stay_apart(shop: Shop) -> None:
    send(shop, "hello", every=0.1)
    send(shop, "parcel", every=0.1, sender="ben")
    send(shop, "hello", "/help", every=0.1)
    shop.clock.wait(9)
    shop.work()
    texts = [turn.message.text for turn in turns(shop)]
    assert texts == ["hello", "parcel", "hello", "/help"]
    shop.receive(message("hello"))
    shop.receive(
        Vote(
            platform="slack",
            conversation_id="C1",
            voter_id="carla",
            turn_id=turns(shop)[0].id,
            good=True,
            voted_at=MORNING,
        )
    )
    shop.receive(message("parcel"))
    shop.clock.wait(9)
    shop.work()
    assert [t.message.text for t in turns(shop)][-2:] == ["hello", "parcel"]
    assert left(shop) == {"done": 7}


def test_the_same_message_under_two_keys_is_said_once(shop: Shop) -> None:
    asked = message("hello")
    shop.receive(asked, "a")
    shop.receive(asked, "b")
    shop.clock.wait(0.2)
    shop.receive(message("parcel"), "c")
    shop.clock.wait(2)
    shop.work()
    # A key that comes late, after the turn, is the same message still.
    shop.receive(asked, "late")
    shop.clock.wait(2)
    shop.work()
    assert [turn.message.text for turn in turns(shop)] == ["hello parcel"]
    assert len(shop.outbox()) == 1
    assert left(shop) == {"done": 4}


def test_a_crash_in_the_middle_changes_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop, "hello", "parcel", every=0.3)
    shop.clock.wait(2)

    def die(*_: object, **__: object) -> None:
        raise EnvironmentProblem("KF-102", "the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("storage.outbox.Outbox.add", die)
        with pytest.raises(EnvironmentProblem):
            shop.desk.work_once()
    assert turns(shop) == []
    assert left(shop) == {"waiting": 1, "pending": 1}
    shop.clock.wait(5)
    shop.work()
    assert [turn.message.text for turn in turns(shop)] == ["hello parcel"]
    assert left(shop) == {"done": 2}


def test_a_worker_that_lost_its_claim_joins_nothing(shop: Shop) -> None:
    send(shop, "hello", "parcel", every=0.3)
    lease = timedelta(seconds=10)
    with shop.database.transaction() as stores:
        slow = stores.inbox.claim(worker="slow", now=shop.clock(), lease=lease)
        assert slow is not None
        line = stores.inbox.line(slow, 9)
    shop.clock.wait(30)
    shop.work()  # another one takes the claim over and answers both
    with pytest.raises(ClaimLost), shop.database.transaction() as stores:
        stores.inbox.finish(slow, shop.clock(), [line[1].number])
    assert len(turns(shop)) == 1
    assert left(shop) == {"done": 2}


def test_what_always_fails_is_given_up_one_by_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop, "hello", "parcel", every=0.3)

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(shop.bot, "reply_to", broken)
    for _ in range(12):
        shop.clock.wait(70)
        shop.work()
    assert left(shop) == {"dead": 2}


def test_waiting_is_no_attempt(shop: Shop) -> None:
    send(shop, "hello", every=0)
    for _ in range(3):
        shop.work()
    shop.clock.wait(1)
    with shop.database.transaction() as stores:
        claim = stores.inbox.claim(
            worker="w", now=shop.clock(), lease=timedelta(seconds=1)
        )
    assert claim is not None
    assert claim.attempts == 1


def test_without_a_window_every_message_is_a_turn(database: Database) -> None:
    shop = open_shop(database)
    send(shop, "hello", "parcel", every=0)
    shop.work()
    assert len(turns(shop)) == 2


def test_a_reply_goes_to_the_last_message(shop: Shop) -> None:
    first, last = message("hello"), replace(message("parcel"), reply_to="m0")
    shop.receive(first)
    shop.receive(last)
    shop.clock.wait(2)
    shop.work()
    (sent,) = shop.outbox()
    assert sent.reply_to == last.message_id
