"""What a database says when it cannot go on, told so that a person can mend it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.problems import EnvironmentProblem

_Told = tuple[str, str, str]  # code, what, fix

_LOCKED = (
    "KF-101",
    "the database is locked",
    "end the import, backup or database tool that holds it, then try again",
)
_FULL = (
    "KF-102",
    "the database has no room left",
    "free some space on its disk; nothing was half written",
)
_READ_ONLY = (
    "KF-103",
    "the database cannot be written",
    "make the file, its folder and its disk writable for this user",
)
_GONE = (
    "KF-104",
    "the database cannot be reached",
    "check KEFU_DATABASE_URL, and that the folder or the server is there",
)
_DAMAGED = (
    "KF-105",
    "the database file is damaged or is no database",
    "put it aside and restore the last backup",
)
_NOT_MIGRATED = (
    "KF-107",
    "the database lacks a table",
    'start kefu once with "kefu serve" so that it sets the database up',
)
_REFUSED = (
    "KF-109",
    "the database refused this user",
    "check the user, the password and the rights in KEFU_DATABASE_URL",
)
_OTHER = (
    "KF-110",
    "the database failed",
    "check its disk or its server, then report what it said",
)

# By SQLite's primary result codes.
_SQLITE: dict[int, _Told] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _GONE,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
# By the start of PostgreSQL's SQLSTATE, the longest first.
_POSTGRESQL: dict[str, _Told] = {
    "25006": _READ_ONLY,
    "40P01": _LOCKED,
    "42501": _REFUSED,
    "42P01": _NOT_MIGRATED,
    "55P03": _LOCKED,
    "57014": _LOCKED,
    "3D": _GONE,
    "08": _GONE,
    "28": _REFUSED,
    "53": _FULL,
    "57": _GONE,
    "XX": _DAMAGED,
}


@contextmanager
def told(where: str) -> Iterator[None]:
    """Failures of the database at `where` become problems; our own bugs stay bugs.

    Raises:
        EnvironmentProblem: KF-101 locked, KF-102 full, KF-103 read-only, KF-104
            gone, KF-105 damaged, KF-107 not set up, KF-109 refused, KF-110 other.
    """
    try:
        yield
    except PoolTimeout as error:
        raise locked(where, "every connection to it is in use") from error
    except DBAPIError as error:
        problem = _problem(error.orig, where)
        if problem is None:
            raise
        raise problem from error


def locked(where: str, why: str) -> EnvironmentProblem:
    """KF-101, for a lock of our own."""
    return _raised(_LOCKED, where, why)


def full(where: str, why: str) -> EnvironmentProblem:
    """KF-102, seen before it happens."""
    return _raised(_FULL, where, why)


def _raised(told: _Told, where: str, why: str) -> EnvironmentProblem:
    code, what, fix = told
    return EnvironmentProblem(code, what, where=where, why=why, fix=fix)


def _problem(error: BaseException | None, where: str) -> EnvironmentProblem | None:
    kind: _Told | None = None
    if isinstance(error, sqlite3.Error):
        kind = _of_sqlite(error)
    elif isinstance(error, psycopg.Error):
        kind = _of_postgresql(error)
    return None if kind is None else _raised(kind, where, str(error).strip())


def _of_sqlite(error: sqlite3.Error) -> _Told | None:
    if str(error).startswith("no such table"):
        return _NOT_MIGRATED
    code = getattr(error, "sqlite_errorcode", None)
    known = None if code is None else _SQLITE.get(code & 0xFF)
    if known is None and type(error) is sqlite3.OperationalError:
        return _OTHER
    return known


def _of_postgresql(error: psycopg.Error) -> _Told | None:
    state = error.sqlstate
    if state is None:  # there was no server to give one
        return _GONE if isinstance(error, psycopg.OperationalError) else None
    for start, kind in _POSTGRESQL.items():
        if state.startswith(start):
            return kind
    return _OTHER if isinstance(error, psycopg.OperationalError) else None
