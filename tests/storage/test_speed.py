"""No step of answering a message looks through a whole table."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
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


def remember(stores: Stores) -> None:
    asked = stores.turns.get("t1")
    assert asked is not None
    person = asked.message.platform, asked.message.sender_id
    assert stores.turns.last_of("default", *person, NOW - timedelta(days=9)) == asked
    stores.turns.counted(*person, NOW - timedelta(days=9), "asked_for_vote")
    stores.turns.forget("default", *person)


@pytest.mark.parametrize(
    "work", [intake, answer, retry, deliver, listen, learn, remember]
)
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


PEOPLE, EACH = 400, 5


def people(stores: Stores) -> None:
    """Enough turns of enough people that looking through them all is dear."""
    for number in range(PEOPLE * EACH):
        made = turn(number)
        who, where = f"person {number % PEOPLE}", f"C{number % PEOPLE}"
        said = replace(made.message, sender_id=who, conversation_id=where)
        stores.turns.add(replace(made, message=said))


def test_a_persons_turns_are_found_by_the_index_of_people(database: Database) -> None:
    """On both databases, after each has counted what is in its tables."""
    with database.transaction() as stores:
        people(stores)
    asked: list[Statement] = []

    def see(_c: Any, _u: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    event.listen(database.engine, "before_cursor_execute", see)
    with database.transaction() as stores:
        since = NOW - timedelta(days=9)
        last = stores.turns.last_of("default", "slack", "person 7", since)
        assert last is not None
        assert last.message.sender_id == "person 7"
        assert stores.turns.counted("slack", "person 7", since, "nothing") == 0
        stores.turns.forget("default", "slack", "person 7")
    event.remove(database.engine, "before_cursor_execute", see)
    looked_up = [(s, v) for s, v in asked if "sender_id =" in s and "SELECT" in s]
    assert len(looked_up) == 3
    explain = {"postgresql": "EXPLAIN "}.get(
        database.engine.dialect.name, "EXPLAIN QUERY PLAN "
    )
    with database.engine.connect() as connection:
        for statement, values in looked_up:
            rows = connection.exec_driver_sql(explain + statement, values).fetchall()
            plan = "\n".join(str(row[-1]) for row in rows)
            assert "turns_person" in plan, plan
            assert "SCAN turns" not in plan, plan
            assert "Seq Scan" not in plan, plan


def _plan(database: Database, statement: str, values: Any) -> list[str]:
    assert database.engine.url.database
    connection = sqlite3.connect(database.engine.url.database)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    connection.close()
    return [row[-1] for row in rows]
