"""One line per conversation: events and messages keep their order in it.

The first of a line has a `due_at`; the others wait until it is finished. On
PostgreSQL whoever joins or leaves a line holds the line's lock until the commit, so
that rows become visible in the order of their numbers; on SQLite there is one
writer at a time anyway.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from storage.statements import on_postgresql, run
from storage.tables import InboxRow, OutboxRow

Queue = type[InboxRow] | type[OutboxRow]


class ClaimLost(Exception):
    """The claim is held no longer: its lease ran out and another worker took it."""


def hold(session: Session, *name: str) -> None:
    """Wait for the lock of that name and keep it until the transaction ends."""
    if on_postgresql(session):
        key = func.hashtextextended(repr(name), 0)
        run(session, select(func.pg_advisory_xact_lock(key)))


def is_free(session: Session, queue: Queue, platform: str, conversation: str) -> bool:
    """Whether nobody stands in that line. Holds the line's lock."""
    hold(session, queue.__name__, platform, conversation)
    first = (
        select(col(queue.number)).where(*_line(queue, platform, conversation)).limit(1)
    )
    return run(session, first).first() is None


def move_up(
    session: Session, queue: Queue, line: tuple[str, str], state: str, now: datetime
) -> None:
    """The first has left the line (platform, conversation): the next one is due.

    It is due from now on, behind those that became due before: a person who writes
    a hundred messages does not keep the others waiting.
    """
    hold(session, queue.__name__, *line)
    following = (
        select(col(queue.number))
        .where(*_line(queue, *line), col(queue.due_at).is_(None))
        .order_by(col(queue.number))
        .limit(1)
        .scalar_subquery()
    )
    run(
        session,
        update(queue)
        .where(col(queue.number) == following)
        .values(state=state, due_at=now),
    )


def _line(queue: Queue, platform: str, conversation: str) -> list[ColumnElement[Any]]:
    return [
        col(queue.platform) == platform,
        col(queue.conversation_id) == conversation,
        col(queue.finished_at).is_(None),
    ]
