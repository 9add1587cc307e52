"""The outbox: every message is sent once, in order, and doubt is on record."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from storage.database import Database
from storage.lines import ClaimLost
from storage.records import Delivery
from tests.storage.make import LEASE, NOW, later, outgoing


def add(database: Database, *numbers: int, conversation: str = "C1") -> None:
    with database.transaction() as stores:
        for number in numbers:
            stores.outbox.add(outgoing(number, conversation), NOW)


def claim(database: Database, now: datetime = NOW) -> Delivery | None:
    with database.transaction() as stores:
        return stores.outbox.claim(platform="slack", worker="w", now=now, lease=LEASE)


def test_a_claim_is_the_intent_to_send_and_comes_with_the_whole_message(
    database: Database,
) -> None:
    sent = outgoing(1, choices=("a", "b"), votable=True, recipient_id="U1")
    with database.transaction() as stores:
        stores.outbox.add(sent, NOW)
    assert claim(database) == Delivery(outgoing=sent, attempts=1, started_at=NOW)
    with database.reading() as stores:
        assert stores.outbox.counts()["sending"] == 1


def test_a_platform_gets_only_its_own_messages(database: Database) -> None:
    with database.transaction() as stores:
        stores.outbox.add(outgoing(1, platform="telegram"), NOW)
    assert claim(database) is None


def test_messages_of_a_conversation_leave_one_after_the_other(
    database: Database,
) -> None:
    add(database, 1, 2)
    add(database, 3, conversation="C2")
    first, other = claim(database), claim(database)
    assert first is not None
    assert other is not None
    assert (first.outgoing.id, other.outgoing.id) == ("o1", "o3")
    assert claim(database) is None
    with database.transaction() as stores:
        stores.outbox.sent("o1", "ts1", NOW)
    second = claim(database)
    assert second is not None
    assert second.outgoing.id == "o2"


def test_a_message_turned_away_is_sent_again_at_its_time(database: Database) -> None:
    add(database, 1, 2)
    claim(database)
    with database.transaction() as stores:
        stores.outbox.retry("o1", later(30), "429")
    assert claim(database, later(29)) is None
    again = claim(database, later(30))
    assert again is not None
    assert (again.outgoing.id, again.attempts) == ("o1", 2)


def test_a_message_that_can_never_be_sent_lets_the_next_one_pass(
    database: Database,
) -> None:
    add(database, 1, 2)
    claim(database)
    with database.transaction() as stores:
        stores.outbox.failed("o1", "channel_not_found", NOW)
    following = claim(database)
    assert following is not None
    assert following.outgoing.id == "o2"
    with database.reading() as stores:
        counts = stores.outbox.counts()
    assert counts == {"waiting": 0, "due": 0, "sending": 1, "sent": 0, "failed": 1}


def test_a_send_without_a_word_is_stuck_and_is_never_simply_sent_again(
    database: Database,
) -> None:
    add(database, 1, 2)
    claim(database)
    after = NOW + LEASE
    assert claim(database, after) is None
    with database.transaction() as stores:
        assert stores.outbox.stuck("slack", NOW) == []
        [found] = stores.outbox.stuck("slack", after)
        assert found.outgoing.id == "o1"
        taken = stores.outbox.take_stuck("o1", "w2", after, LEASE)
        assert taken is not None
        assert (taken.attempts, taken.started_at) == (2, NOW)
        assert stores.outbox.take_stuck("o1", "w3", after, LEASE) is None
        assert stores.outbox.stuck("slack", after) == []
        assert stores.outbox.stuck("telegram", after) == []
    with database.transaction() as stores:
        stores.outbox.sent("o1", "ts1", after, uncertain=True)
    with database.reading() as stores:
        assert stores.outbox.uncertain() == [outgoing(1)]
        assert stores.outbox.counts()["sent"] == 1


def test_after_a_restart_whatever_was_being_sent_is_stuck(database: Database) -> None:
    add(database, 1)
    claim(database)
    with database.transaction() as stores:
        assert stores.outbox.stuck("slack", NOW) == []
        stores.outbox.release_all("telegram")
        assert stores.outbox.stuck("slack", NOW) == []
        stores.outbox.release_all("slack")
        assert [d.outgoing.id for d in stores.outbox.stuck("slack", NOW)] == ["o1"]


def test_what_is_not_being_sent_cannot_be_reported_sent(database: Database) -> None:
    add(database, 1)
    for number in range(2):
        with pytest.raises(ClaimLost), database.transaction() as stores:
            stores.outbox.sent("o1", "ts1", NOW)
        with pytest.raises(ClaimLost), database.transaction() as stores:
            stores.outbox.retry("o1", NOW, "?")
        if number == 0:
            claim(database)
            with database.transaction() as stores:
                stores.outbox.sent("o1", "ts1", NOW)


def test_a_platform_message_leads_back_to_its_turn(database: Database) -> None:
    add(database, 1)
    claim(database)
    with database.transaction() as stores:
        stores.outbox.sent("o1", "ts1", NOW)
    with database.reading() as stores:
        assert stores.outbox.turn_of("slack", "C1", "ts1") == "t1"
        assert stores.outbox.turn_of("slack", "C2", "ts1") is None
        assert stores.outbox.turn_of("telegram", "C1", "ts1") is None


def test_many_couriers_send_every_message_once_and_in_order(database: Database) -> None:
    conversations, each = 6, 10
    for conversation in range(conversations):
        numbers = [conversation * each + number for number in range(each)]
        add(database, *numbers, conversation=f"C{conversation}")

    def deliver(worker: str) -> list[tuple[str, str]]:
        sent: list[tuple[str, str]] = []
        while True:
            with database.transaction() as stores:
                delivery = stores.outbox.claim(
                    platform="slack", worker=worker, now=NOW, lease=LEASE
                )
            if delivery is None:
                with database.reading() as stores:
                    counts = stores.outbox.counts()
                    if counts["sent"] == conversations * each:
                        return sent
                continue
            out = delivery.outgoing
            with database.transaction() as stores:
                stores.outbox.sent(out.id, f"ts-{out.id}", NOW)
            sent.append((out.conversation_id, out.id))

    with ThreadPoolExecutor(4) as pool:
        begun = [pool.submit(deliver, f"w{number}") for number in range(4)]
        sent = [pair for part in begun for pair in part.result(timeout=60)]
    assert len(sent) == len(set(sent)) == conversations * each
    with database.reading() as stores:
        assert stores.outbox.uncertain() == []
