"""A database that cannot go on says why, and nothing is half written."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import event, text

from storage.database import Database
from storage.problems import BadInput, EnvironmentProblem
from storage.stores import Stores
from tests.storage.make import NOW, knowledge


@pytest.fixture
def impatient(database_url: str) -> Iterator[Database]:
    """A database that waits for locks a tenth of a second only."""
    database = Database(database_url, patience_seconds=0.1)
    yield database
    database.close()


def knows(database: Database) -> int:
    with database.reading() as stores:
        return len(stores.knowledge.all("default"))


def learn(database: Database, number: int = 1, size: int = 10) -> None:
    with database.transaction() as stores:
        stores.knowledge.put(knowledge(number, text="x" * size))


def test_a_failure_in_the_middle_takes_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as stores:
        _write_and_fail(stores)
    assert knows(database) == 0


def _write_and_fail(stores: Stores) -> None:
    stores.knowledge.put(knowledge(1))
    raise ZeroDivisionError


def test_reading_never_writes(database: Database) -> None:
    with pytest.raises(EnvironmentProblem) as caught, database.reading() as stores:
        stores.knowledge.put(knowledge(1))
    assert caught.value.code == "KF-103"
    learn(database)
    assert knows(database) == 1


def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    learn(database, 1)
    with database.reading() as stores:
        before = stores.knowledge.version("default")
        writer = Thread(target=learn, args=(database, 2))
        writer.start()
        writer.join()
        assert stores.knowledge.version("default") == before
        assert len(stores.knowledge.all("default")) == 1
    assert knows(database) == 2


def test_a_locked_database_says_so_and_goes_on_later(impatient: Database) -> None:
    lock = {
        "sqlite": "DELETE FROM leases",
        "postgresql": "LOCK TABLE knowledge IN EXCLUSIVE MODE",
    }
    other = Database(impatient.engine.url.render_as_string(hide_password=False))
    with other.engine.begin() as connection:
        connection.execute(text(lock[other.engine.dialect.name]))
        with pytest.raises(EnvironmentProblem, match="locked") as caught:
            learn(impatient)
    other.close()
    assert caught.value.code == "KF-101"
    assert caught.value.fix
    learn(impatient)
    assert knows(impatient) == 1


def test_work_of_our_own_that_takes_too_long_is_a_lock_too(sqlite_url: str) -> None:
    impatient = Database(sqlite_url, patience_seconds=0.1)
    begun, enough = Event(), Event()

    def dawdle() -> None:
        with impatient.transaction():
            begun.set()
            enough.wait(10)

    thread = Thread(target=dawdle)
    thread.start()
    begun.wait(10)
    with pytest.raises(EnvironmentProblem, match="this process") as caught:
        learn(impatient)
    enough.set()
    thread.join()
    assert caught.value.code == "KF-101"
    impatient.close()


def test_more_work_than_connections_waits_and_then_says_so(
    impatient: Database,
) -> None:
    def ask(stores: Stores) -> int:
        return stores.knowledge.version("default")

    with ExitStack() as busy:
        for _ in range(15):
            ask(busy.enter_context(impatient.reading()))
        with pytest.raises(EnvironmentProblem) as caught, impatient.reading() as stores:
            ask(stores)
    assert caught.value.code == "KF-101"
    assert knows(impatient) == 0


def test_a_full_database_says_so_and_keeps_what_it_had(
    sqlite_database: Database,
) -> None:
    pages = [60]

    def limit(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    event.listen(sqlite_database.engine, "connect", limit)
    with pytest.raises(EnvironmentProblem, match="no room") as caught:
        _learn_much(sqlite_database)
    assert caught.value.code == "KF-102"
    kept = knows(sqlite_database)
    assert kept > 0
    with pytest.raises(EnvironmentProblem, match="no room"):
        sqlite_database.check()
    pages[0] = 10_000
    sqlite_database.close()
    learn(sqlite_database, 100)
    assert knows(sqlite_database) == kept + 1


def _learn_much(database: Database) -> None:
    for number in range(99):
        learn(database, number, size=20_000)


def test_a_read_only_file_says_so_and_can_still_be_read(
    sqlite_database: Database,
) -> None:
    learn(sqlite_database)
    file = sqlite_database.engine.url.database
    read_only = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        learn(read_only, 2)
    with pytest.raises(EnvironmentProblem, match="cannot be written") as caught:
        read_only.check()
    assert caught.value.code == "KF-103"
    assert knows(read_only) == 1
    read_only.close()


def test_a_read_only_server_says_so(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    name = database.engine.url.database
    with database.engine.begin() as connection:
        setting = "SET default_transaction_read_only = on"
        connection.execute(text(f"ALTER DATABASE {name} {setting}"))
    database.close()
    with pytest.raises(EnvironmentProblem, match="cannot be written") as caught:
        database.check()
    assert caught.value.code == "KF-103"
    database.close()


@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/at/all/kefu.db", "postgresql+psycopg://kefu@/kefu?host=/no"],
)
def test_a_database_that_is_not_there_says_so(url: str) -> None:
    database = Database(url)
    with pytest.raises(EnvironmentProblem, match="cannot be reached") as caught:
        database.check()
    assert caught.value.code == "KF-104"
    with pytest.raises(EnvironmentProblem, match="KF-104"):
        database.migrate()


def test_a_password_is_never_shown() -> None:
    database = Database("postgresql+psycopg://kefu:secret@/kefu?host=/nowhere")
    with pytest.raises(EnvironmentProblem) as caught:
        database.check()
    assert "secret" not in str(caught.value)
    assert "kefu:***@" in caught.value.where


def test_a_server_that_drops_us_costs_one_transaction(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    drop = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    killer = Database(postgresql_url)

    def drop_and_go_on(stores: Stores) -> None:
        stores.knowledge.put(knowledge(1))
        with killer.engine.begin() as connection:
            connection.execute(text(drop))
        stores.knowledge.put(knowledge(2))

    with pytest.raises(EnvironmentProblem) as caught, database.transaction() as stores:
        drop_and_go_on(stores)
    assert caught.value.code == "KF-104"
    learn(database, 3)
    assert knows(database) == 1
    killer.close()
    database.close()


def test_a_file_that_is_no_database_says_so_and_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "kefu.db"
    file.write_bytes(b"not a database " * 1000)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(EnvironmentProblem, match="damaged") as caught:
        database.migrate()
    assert caught.value.code == "KF-105"
    assert file.read_bytes() == b"not a database " * 1000


def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'kefu.db'}")
    with pytest.raises(EnvironmentProblem) as caught:
        learn(database)
    assert caught.value.code == "KF-107"
    database.close()


def test_a_server_without_tables_says_what_to_do(empty_postgresql_url: str) -> None:
    database = Database(empty_postgresql_url)
    with pytest.raises(EnvironmentProblem) as caught:
        learn(database)
    assert caught.value.code == "KF-107"
    database.close()


def test_a_server_that_knows_no_such_user_says_so(postgresql_url: str) -> None:
    database = Database(postgresql_url.replace("kefu@", "stranger@"))
    with pytest.raises(EnvironmentProblem):
        database.check()
    database.close()


@pytest.mark.parametrize(
    "url", ["kefu.db", "mysql://u@h/d", "sqlite://", "sqlite:///:memory:"]
)
def test_a_url_that_cannot_work_is_refused_at_once(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        Database(url)
    assert caught.value.code == "KF-111"


def test_every_sqlite_connection_writes_through_to_the_disk(
    sqlite_database: Database,
) -> None:
    opened = [sqlite_database.engine.connect() for _ in range(3)]
    for connection in opened:
        asked = ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
        assert told == [2, "wal", 1, 5000]
        connection.close()


def test_a_disk_that_cannot_keep_a_promise_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kefu.db"
    # Like a network drive: no shared memory, so no write-ahead log.
    database = Database(f"sqlite:///file:{file}?vfs=unix-dotfile&uri=true")
    with pytest.raises(EnvironmentProblem, match="keep what it is given") as caught:
        database.migrate()
    assert caught.value.code == "KF-108"
    database.close()


def test_a_healthy_database_passes_the_check_and_is_unchanged(
    database: Database,
) -> None:
    database.check()
    with database.transaction() as stores:
        assert stores.leases.acquire("check", "me", NOW, NOW - NOW)


def test_what_was_committed_survives_a_kill(sqlite_url: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, sqlite_url], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    committed = [int(child.stdout.readline()) for _ in range(20)]
    os.kill(child.pid, signal.SIGKILL)
    committed += [int(line) for line in child.stdout.read().split()]
    child.wait()
    child.stdout.close()
    database = Database(sqlite_url)
    with database.reading() as stores:
        kept = {each.id for each in stores.turns.history("slack", "C1", 100_000)}
        pending = stores.inbox.pending()
    assert {f"t{number}" for number in committed} <= kept
    assert pending == len(kept)  # each turn with its event, or neither
    database.close()


_CHILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from storage.database import Database
from tests.storage.make import put, turn
database = Database(sys.argv[1])
for number in range(100_000):
    with database.transaction() as stores:
        stores.turns.add(turn(number))
        put(stores, number)
    print(number, flush=True)
"""
