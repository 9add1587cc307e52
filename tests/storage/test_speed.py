"""No step of answering a message looks through a whole table."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from storage.database import Database
from storage.records import Claim
from storage.stores import Stores
from tests.storage.make import (
    LEASE,
    NOW,
    knowledge,
    later,
    outgoing,
    put,
    question,
    turn,
    vote,
)

Statement = tuple[str, Any]


@pytest.fixture
def statements(sqlite_database: Database) -> Iterator[list[Statement]]:
    """The statements that have been executed, with their values."""
    seen: list[Statement] = []

    def see(_c: Any, _u: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.split()[0] in ("SELECT", "UPDATE", "INSERT", "DELETE"):
            seen.append((statement, values))

    event.listen(sqlite_database.engine, "before_cursor_execute", see)
    yield seen
    event.remove(sqlite_database.engine, "before_cursor_execute", see)


def take(stores: Stores) -> Claim:
    claim = stores.inbox.claim(worker="w", now=later(100), lease=LEASE)
    assert claim is not None
    return claim


def intake(stores: Stores) -> None:
    put(stores, 2)
    assert stores.inbox.pending() == 2


def answer(stores: Stores) -> None:
    claim = take(stores)
    stores.turns.history("slack", "C1", 5)
    stores.turns.add(turn(5))
    stores.outbox.add(outgoing(5), NOW)
    stores.inbox.finish(claim, NOW)


def retry(stores: Stores) -> None:
    stores.inbox.fail(take(stores), "no luck", NOW, retry_at=NOW)


def deliver(stores: Stores) -> None:
    stores.outbox.claim(platform="slack", worker="w", now=later(9), lease=LEASE)
    stores.outbox.retry("o1", NOW, "429")
    stores.outbox.claim(platform="slack", worker="w", now=later(9), lease=LEASE)
    stores.outbox.stuck("slack", later(999))
    stores.outbox.take_stuck("o1", "w", later(999), LEASE)
    stores.outbox.sent("o1", "ts1", NOW, uncertain=True)
    stores.outbox.turn_of("slack", "C1", "ts1")
    stores.outbox.uncertain()


def listen(stores: Stores) -> None:
    asked = stores.turns.get("t1")
    assert asked is not None
    stores.feedback.vote(vote(True), asked)
    stores.feedback.of_turn("t1")


def learn(stores: Stores) -> None:
    stores.knowledge.put(knowledge(1, text="changed"))
    stores.knowledge.version("default")
    stores.knowledge.get("k1")
    stores.knowledge.retire("k1")
    stores.questions.put(question(1))
    stores.releases.live()
    stores.leases.acquire("train", "me", NOW, LEASE)
    stores.leases.tick("train", "today", NOW)
    list(stores.turns.since(later(1)))


@pytest.mark.parametrize("work", [intake, answer, retry, deliver, listen, learn])
def test_work_on_a_message_finds_its_rows_by_an_index(
    work: Callable[[Stores], None],
    sqlite_database: Database,
    statements: list[Statement],
) -> None:
    with sqlite_database.transaction() as stores:
        put(stores, 1)
        stores.turns.add(turn(1))
        stores.outbox.add(outgoing(1), NOW)
        stores.knowledge.put(knowledge(1))
    statements.clear()
    with sqlite_database.transaction() as stores:
        work(stores)
    assert statements
    for statement, values in statements:
        for step in _plan(sqlite_database, statement, values):
            assert "USING" in step or "SCAN" not in step, (statement, step)


def _plan(database: Database, statement: str, values: Any) -> list[str]:
    assert database.engine.url.database
    connection = sqlite3.connect(database.engine.url.database)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    connection.close()
    return [row[-1] for row in rows]
