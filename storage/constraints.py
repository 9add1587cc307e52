"""What the database itself sees to, and the indexes that it finds rows by."""

from sqlalchemy import ForeignKeyConstraint, Index, text


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of some rows only: it stays small while the table grows."""
    return Index(
        name,
        *columns,
        unique=unique,
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


def lines(table: str) -> tuple[Index, Index]:
    """Every conversation is a line: one is first in it, and all have their place."""
    line = ("platform", "conversation_id")
    first = partial(f"{table}_first", *line, unique=True, where="due_at IS NOT NULL")
    places = (*line, "number")
    return first, partial(f"{table}_line", *places, where="finished_at IS NULL")


def of_a_turn(name: str) -> ForeignKeyConstraint:
    """Deferred, so that what belongs together may be written in any order."""
    return ForeignKeyConstraint(
        ["turn_id"], ["turns.id"], name=name, deferrable=True, initially="DEFERRED"
    )
