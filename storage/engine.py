"""The engine: every connection keeps what it has promised, or there is none.

SQLite: write-ahead log, an fsync before a commit returns, foreign keys, five seconds
of patience, and transactions that we begin ourselves (the driver's own would read
before they lock). PostgreSQL: the same patience.
"""

import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from storage.encoding import to_text
from storage.problems import BadInput, EnvironmentProblem

PATIENCE_SECONDS = 5.0  # how long to wait for a lock
READING = "kefu_reading"  # the execution option of a transaction that only reads

_FULL_SYNCHRONOUS = 2
_NAP = 0.02  # seconds between two tries to switch a file that another is writing


def open_engine(
    url: str, *, migrating: bool = False, patience_seconds: float = PATIENCE_SECONDS
) -> Engine:
    """An engine for a database URL; it connects when it is used first.

    Args:
        url: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME.
        migrating: keep no connections, and let tables be rebuilt (no foreign keys).
        patience_seconds: how long to wait for a lock that somebody else holds.

    Raises:
        BadInput: KF-111, the URL is none of these.
    """
    address = _checked(url)
    pooling: dict[str, Any] = {"pool_timeout": patience_seconds}
    if migrating:
        pooling = {"poolclass": NullPool}
    if address.get_backend_name() == "sqlite":
        engine = create_engine(
            address,
            json_serializer=to_text,
            connect_args={"timeout": patience_seconds, "isolation_level": None},
            **pooling,
        )
        event.listen(engine, "connect", _Preparation(not migrating, patience_seconds))
        event.listen(engine, "begin", _begin_on_sqlite)
    else:
        engine = create_engine(
            address,
            json_serializer=to_text,
            connect_args=_postgresql_arguments(patience_seconds),
            pool_pre_ping=True,
            **pooling,
        )
        event.listen(engine, "begin", _begin_on_postgresql)
    return engine


def _postgresql_arguments(patience_seconds: float) -> dict[str, Any]:
    lock_timeout = round(patience_seconds * 1000)
    return {
        "connect_timeout": 5,
        "application_name": "kefu",
        "options": f"-c lock_timeout={lock_timeout} -c timezone=UTC",
    }


def _checked(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise _unusable("it is no database URL") from None
    if address.drivername in ("sqlite", "sqlite+pysqlite"):
        if address.database in (None, "", ":memory:"):
            raise _unusable("a database in memory would forget everything")
    elif address.drivername != "postgresql+psycopg":
        raise _unusable(f"kefu does not know {address.drivername}")
    return address


def _unusable(why: str) -> BadInput:
    return BadInput(
        "KF-111",
        "the database URL cannot be used",
        where="KEFU_DATABASE_URL",
        why=why,
        fix="use sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
    )


class _Preparation:
    """Makes a fresh SQLite connection keep its promises, or refuses it."""

    def __init__(self, foreign_keys: bool, patience_seconds: float) -> None:
        self._foreign_keys, self._patience = foreign_keys, patience_seconds

    def __call__(self, connection: sqlite3.Connection, _record: object) -> None:
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise

    def _prepare(self, connection: sqlite3.Connection) -> None:
        self._write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {self._foreign_keys:d}")
        mode = _ask(connection, "PRAGMA journal_mode")
        synchronous = _ask(connection, "PRAGMA synchronous")
        if (mode, synchronous) != ("wal", _FULL_SYNCHRONOUS):
            raise EnvironmentProblem(
                "KF-108",
                "the database cannot promise to keep what it is given",
                why=f"journal_mode is {mode}, synchronous is {synchronous}",
                fix="put it on a local disk; network drives cannot do this",
            )

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch the file to WAL. SQLite itself does not wait for others here."""
        given_up = time.monotonic() + self._patience
        while _ask(connection, "PRAGMA journal_mode") != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > given_up:
                    raise
                time.sleep(_NAP)
            else:
                return  # what came of it is looked at afterwards


def _ask(connection: sqlite3.Connection, pragma: str) -> Any:
    return connection.execute(pragma).fetchone()[0]


def _begin_on_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {reading:d}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_on_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(READING, False):
        connection.exec_driver_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        )
