"""The inbox: every event is answered once, in its conversation's order."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock

import pytest

from storage.database import Database
from storage.lines import ClaimLost
from storage.records import Claim
from storage.stores import Stores
from tests.storage.make import LEASE, NOW, later, message, outgoing, put, turn

SOON = later(1000)


def claim(database: Database, worker: str = "w", now: datetime = SOON) -> Claim | None:
    with database.transaction() as stores:
        return stores.inbox.claim(worker=worker, now=now, lease=LEASE)


def claimed(database: Database, worker: str = "w", now: datetime = SOON) -> Claim:
    found = claim(database, worker, now)
    assert found is not None
    return found


def finish(database: Database, held: Claim) -> None:
    with database.transaction() as stores:
        stores.inbox.finish(held, SOON)


def test_an_event_comes_out_as_it_went_in(database: Database) -> None:
    with database.transaction() as stores:
        put(stores, 1)
    held = claimed(database)
    assert held.event == message(1)
    assert (held.key, held.attempts, held.worker) == ("message:1", 1, "w")


def test_the_same_event_delivered_again_changes_nothing(database: Database) -> None:
    with database.transaction() as stores:
        assert put(stores, 1)
        assert not put(stores, 1)
    finish(database, claimed(database))
    with database.transaction() as stores:
        assert not put(stores, 1)
        assert stores.inbox.pending() == 0


def test_the_same_key_of_another_platform_is_another_event(database: Database) -> None:
    with database.transaction() as stores:
        for platform in ("slack", "telegram"):
            assert stores.inbox.put(
                platform=platform,
                key="1",
                conversation_id="C1",
                event=message(platform=platform),
                received_at=NOW,
            )
    assert {claimed(database).event.platform for _ in range(2)} == {
        "slack",
        "telegram",
    }


def test_an_event_waits_for_the_earlier_one_of_its_conversation(
    database: Database,
) -> None:
    with database.transaction() as stores:
        for number, conversation in enumerate(["C1", "C1", "C2", "C1"]):
            put(stores, number, conversation)
    first, other = claimed(database), claimed(database)
    assert (first.event, other.event) == (message(0, "C1"), message(2, "C2"))
    assert claim(database) is None
    finish(database, first)
    second = claimed(database)
    assert second.event == message(1, "C1")
    assert claim(database) is None
    finish(database, second)
    assert claimed(database).event == message(3, "C1")


def test_a_flood_in_one_conversation_does_not_hold_up_the_others(
    database: Database,
) -> None:
    with database.transaction() as stores:
        for number in range(20):
            put(stores, number, "flood")
        put(stores, 99, "C2")
    finish(database, claimed(database))
    assert claimed(database).event == message(99, "C2")


def test_a_claim_whose_lease_ran_out_is_taken_over_and_the_old_one_is_lost(
    database: Database,
) -> None:
    with database.transaction() as stores:
        put(stores, 1)
    old = claimed(database, "old")
    assert claim(database, "new", SOON + LEASE / 2) is None
    new = claimed(database, "new", SOON + LEASE)
    assert new.attempts == 2
    with pytest.raises(ClaimLost), database.transaction() as stores:
        stores.inbox.finish(old, SOON)
    finish(database, new)


def test_the_same_worker_cannot_finish_with_the_claim_it_lost_to_itself(
    database: Database,
) -> None:
    with database.transaction() as stores:
        put(stores, 1)
    old = claimed(database)
    new = claimed(database, now=SOON + LEASE)
    with pytest.raises(ClaimLost), database.transaction() as stores:
        stores.inbox.finish(old, SOON)
    finish(database, new)
    with pytest.raises(ClaimLost), database.transaction() as stores:
        stores.inbox.finish(new, SOON)


def test_a_lost_claim_takes_back_the_turn_and_the_reply_written_with_it(
    database: Database,
) -> None:
    with database.transaction() as stores:
        put(stores, 1)
    old = claimed(database, "old")
    claimed(database, "new", SOON + LEASE)

    def answer(stores: Stores) -> None:
        stores.turns.add(turn(1))
        stores.outbox.add(outgoing(1), SOON)
        stores.inbox.finish(old, SOON)

    with pytest.raises(ClaimLost), database.transaction() as stores:
        answer(stores)
    with database.reading() as stores:
        assert stores.turns.get("t1") is None
        assert sum(stores.outbox.counts().values()) == 0


def test_a_failed_event_is_retried_at_its_time_before_the_ones_behind_it(
    database: Database,
) -> None:
    with database.transaction() as stores:
        put(stores, 1)
        put(stores, 2)
    with database.transaction() as stores:
        held = stores.inbox.claim(worker="w", now=SOON, lease=LEASE)
        assert held is not None
        stores.inbox.fail(held, "no luck", SOON, retry_at=later(2000))
    assert claim(database, now=later(1999)) is None
    again = claimed(database, now=later(2000))
    assert (again.event, again.attempts) == (message(1), 2)


def test_an_event_given_up_lets_the_next_one_pass_and_is_kept(
    database: Database,
) -> None:
    with database.transaction() as stores:
        put(stores, 1)
        put(stores, 2)
    held = claimed(database)
    with database.transaction() as stores:
        stores.inbox.fail(held, "it always fails", SOON, retry_at=None)
    assert claimed(database).event == message(2)
    with database.reading() as stores:
        [dead] = stores.inbox.dead(limit=10)
        assert (dead.event, dead.error) == (message(1), "it always fails")
        assert stores.inbox.count("dead") == 1
        assert stores.inbox.pending() == 1


def test_an_event_that_no_adapter_could_read_is_kept_once(database: Database) -> None:
    for error in ("no channel", "again"):
        with database.transaction() as stores:
            stores.inbox.put_dead(
                platform="slack", key="?", raw="{\x00", error=error, received_at=NOW
            )
    assert claim(database) is None
    with database.reading() as stores:
        [dead] = stores.inbox.dead(limit=10)
        assert (dead.event, dead.raw, dead.error) == (None, "{\x00", "no channel")


def test_after_a_restart_nothing_is_in_work(database: Database) -> None:
    with database.transaction() as stores:
        put(stores, 1)
        put(stores, 2)
    claimed(database, "dead process")
    with database.transaction() as stores:
        stores.inbox.release_all()
    again = claimed(database, "new process")
    assert (again.event, again.attempts) == (message(1), 2)


def test_many_workers_answer_every_event_once_and_in_order(database: Database) -> None:
    events, conversations, workers = 120, 7, 6
    with database.transaction() as stores:
        for number in range(events // 2):
            put(stores, number, f"C{number % conversations}")
    order: dict[str, list[str]] = defaultdict(list)
    in_work: set[str] = set()
    guard = Lock()

    def work(worker: str) -> None:
        while True:
            held = claim(database, worker)
            if held is None:
                with database.reading() as stores:
                    if stores.inbox.count("done") == events:
                        return
                continue
            conversation = held.event.conversation_id
            with guard:
                assert conversation not in in_work
                in_work.add(conversation)
                order[conversation].append(held.key)
            with guard:
                in_work.remove(conversation)
            finish(database, held)

    def intake(first: int) -> None:
        for number in range(first, events, 2):
            with database.transaction() as stores:
                put(stores, number, f"C{number % conversations}")

    with ThreadPoolExecutor(workers + 2) as pool:
        begun = [pool.submit(intake, events // 2 + part) for part in range(2)]
        begun += [pool.submit(work, f"w{number}") for number in range(workers)]
        for each in begun:
            each.result(timeout=60)
    keys = [key for line in order.values() for key in line]
    assert len(keys) == len(set(keys)) == events
    before = [f"message:{number}" for number in range(events // 2)]
    for line in order.values():
        assert [key for key in line if key in before] == [
            key for key in before if key in line
        ]
