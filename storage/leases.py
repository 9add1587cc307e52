"""Who may do what only one may do. A lease ends by itself, so a crash blocks nobody."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Executable, delete, or_, update
from sqlmodel import Session, col

from storage.statements import insert_or, run
from storage.tables import LeaseRow, TickRow


class Leases:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def acquire(self, name: str, holder: str, now: datetime, ttl: timedelta) -> bool:
        """Hold a name for `ttl`. False while somebody else holds it."""
        free = or_(col(LeaseRow.until) <= now, col(LeaseRow.holder) == holder)
        return self._found(
            insert_or(self._session, LeaseRow)
            .values(name=name, holder=holder, until=now + ttl)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": holder, "until": now + ttl},
                where=free,
            )
            .returning(col(LeaseRow.name))
        )

    def renew(self, name: str, holder: str, now: datetime, ttl: timedelta) -> bool:
        """Hold it for another `ttl`. False when it has been lost: stop at once."""
        return self._found(
            update(LeaseRow)
            .where(*_held(name, holder))
            .values(until=now + ttl)
            .returning(col(LeaseRow.name))
        )

    def release(self, name: str, holder: str) -> None:
        """Give it back. Changes nothing for anybody but its holder."""
        run(self._session, delete(LeaseRow).where(*_held(name, holder)))

    def tick(self, name: str, slot: str, now: datetime) -> bool:
        """Whether this is the first to see that slot of a schedule. True only once."""
        return self._found(
            insert_or(self._session, TickRow)
            .values(name=name, slot=slot, fired_at=now)
            .on_conflict_do_nothing()
            .returning(col(TickRow.name))
        )

    def _found(self, statement: Executable) -> bool:
        """Whether a statement that returns what it changed has changed anything."""
        return run(self._session, statement).first() is not None


def _held(name: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return col(LeaseRow.name) == name, col(LeaseRow.holder) == holder
