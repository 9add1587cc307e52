"""How the stores talk to the database when whole rows would be too slow or too late."""

from typing import Any, TypeAlias

from sqlalchemy import CursorResult, Executable, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from storage.tables import Row

Rows: TypeAlias = CursorResult[*tuple[Any, ...]]
Insert: TypeAlias = sqlite.Insert | postgresql.Insert


def run(session: Session, statement: Executable) -> Rows:
    """Execute a statement now, past the session's own book-keeping."""
    return session.connection().execute(statement)


def add(session: Session, row: type[Row], **values: Any) -> None:
    """Insert a row now. Values given apart let the statement be compiled once."""
    session.connection().execute(insert(row), values)


def on_postgresql(session: Session) -> bool:
    """Whether the database is PostgreSQL; else it is SQLite."""
    return session.get_bind().dialect.name == "postgresql"


def insert_or(session: Session, row: type[Row]) -> Insert:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`.

    Both databases share the words; SQLAlchemy has them once for each.
    """
    return postgresql.insert(row) if on_postgresql(session) else sqlite.insert(row)
