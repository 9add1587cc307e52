"""Events that came in. One is answered at a time per conversation, in their order.

An event is known by its platform's key, for ever: the same key a second time changes
nothing. It leaves the inbox answered ("done") or given up ("dead"), never otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlmodel import Session, col

from storage.encoding import decode_event, encode_event
from storage.lines import ClaimLost, hold, is_free, move_up
from storage.records import Claim, Event, Standing
from storage.statements import add, run
from storage.tables import InboxRow

_UNREADABLE = "unreadable"  # the kind of an event that no adapter understood


class InboxState(StrEnum):
    """Where an event stands."""

    WAITING = "waiting"  # behind an earlier one of its conversation
    PENDING = "pending"  # first in its line
    WORKING = "working"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that was given up. `raw` is set when it could not be read at all."""

    inbox_id: int
    platform: str
    key: str
    event: Event | None
    raw: str | None
    error: str
    attempts: int
    received_at: datetime


class Inbox:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(
        self,
        *,
        platform: str,
        key: str,
        conversation_id: str,
        event: Event,
        received_at: datetime,
    ) -> bool:
        """Keep an event. False when its key is known already."""
        free = is_free(self._session, InboxRow, platform, conversation_id)
        if self._knows(platform, key):
            return False
        add(
            self._session,
            InboxRow,
            platform=platform,
            key=key,
            conversation_id=conversation_id,
            event=encode_event(event),
            state=InboxState.PENDING if free else InboxState.WAITING,
            due_at=received_at if free else None,
            received_at=received_at,
        )
        return True

    def put_dead(
        self, *, platform: str, key: str, raw: str, error: str, received_at: datetime
    ) -> None:
        """Keep what could not be read, for people to look at. Known keys pass."""
        hold(self._session, InboxRow.__name__, platform, key)
        if self._knows(platform, key):
            return
        add(
            self._session,
            InboxRow,
            platform=platform,
            key=key,
            conversation_id="",
            event={"kind": _UNREADABLE, "raw": raw},
            state=InboxState.DEAD,
            error=error,
            received_at=received_at,
            finished_at=received_at,
        )

    def claim(self, *, worker: str, now: datetime, lease: timedelta) -> Claim | None:
        """Take the event that has been due longest, or None.

        Due is the first of its conversation's line, unless it waits for a retry or a
        worker holds it; a claim older than its lease may be taken over.
        """
        due = (
            select(col(InboxRow.number))
            .where(col(InboxRow.due_at) <= now)
            .order_by(col(InboxRow.due_at), col(InboxRow.number))
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        taken = run(
            self._session,
            update(InboxRow)
            .where(col(InboxRow.number) == due)
            .values(
                state=InboxState.WORKING,
                worker=worker,
                attempts=col(InboxRow.attempts) + 1,
                due_at=now + lease,
            )
            .returning(
                col(InboxRow.number),
                col(InboxRow.key),
                col(InboxRow.event),
                col(InboxRow.attempts),
            ),
        ).first()
        if taken is None:
            return None
        number, key, event, attempts = taken
        return Claim(
            inbox_id=number,
            key=key,
            event=decode_event(event),
            attempts=attempts,
            worker=worker,
        )

    def line(self, claim: Claim, limit: int) -> list[Standing]:
        """The claimed event and those that wait behind it, in order."""
        line = col(InboxRow.platform), col(InboxRow.conversation_id)
        here = select(*line).where(col(InboxRow.number) == claim.inbox_id)
        rows = run(
            self._session,
            select(*_STANDING)
            .where(
                tuple_(*line).in_(here),
                col(InboxRow.finished_at).is_(None),
                col(InboxRow.number) >= claim.inbox_id,
            )
            .order_by(col(InboxRow.number))
            .limit(limit),
        )
        return [
            Standing(number=number, key=key, event=decode_event(event), received_at=at)
            for number, key, event, at in rows
        ]

    def postpone(self, claim: Claim, until: datetime) -> None:
        """Let the event wait for what follows it. That is no attempt at it.

        Raises:
            ClaimLost: somebody else holds it now.
        """
        self._change(
            claim,
            state=InboxState.PENDING,
            due_at=until,
            worker=None,
            attempts=claim.attempts - 1,
        )

    def finish(self, claim: Claim, now: datetime, also: Sequence[int] = ()) -> None:
        """The event is answered; the next of its line is due.

        Args:
            also: the numbers of those behind it that were answered with it.

        Raises:
            ClaimLost: somebody else holds it now. Let it roll everything back.
        """
        self._leave(claim, now, state=InboxState.DONE, also=also)

    def fail(
        self, claim: Claim, error: str, now: datetime, retry_at: datetime | None
    ) -> None:
        """Try again from `retry_at` on, or with None give the event up.

        Raises:
            ClaimLost: somebody else holds it now.
        """
        if retry_at is None:
            self._leave(claim, now, state=InboxState.DEAD, error=error)
            return
        self._change(
            claim, state=InboxState.PENDING, due_at=retry_at, worker=None, error=error
        )

    def release_all(self) -> None:
        """Free every claim. Only for the start of the only process there is."""
        run(
            self._session,
            update(InboxRow)
            .where(col(InboxRow.state) == InboxState.WORKING)
            .values(
                state=InboxState.PENDING, due_at=col(InboxRow.received_at), worker=None
            ),
        )

    def pending(self) -> int:
        """How many events are neither answered nor given up, those in work included."""
        unfinished = col(InboxRow.finished_at).is_(None)
        return self._number(select(func.count()).where(unfinished))

    def count(self, state: str) -> int:
        """How many are "waiting" in line, "pending", "working", "done" or "dead"."""
        return self._number(select(func.count()).where(col(InboxRow.state) == state))

    def dead(self, limit: int) -> list[DeadLetter]:
        """The events given up last, newest first."""
        rows = self._session.scalars(
            select(InboxRow)
            .where(col(InboxRow.state) == InboxState.DEAD)
            .order_by(col(InboxRow.number).desc())
            .limit(limit)
        )
        return [_dead_letter(row) for row in rows]

    def _knows(self, platform: str, key: str) -> bool:
        same = (col(InboxRow.platform) == platform, col(InboxRow.key) == key)
        return (
            run(self._session, select(col(InboxRow.number)).where(*same)).first()
            is not None
        )

    def _leave(
        self,
        claim: Claim,
        now: datetime,
        *,
        state: InboxState,
        error: str | None = None,
        also: Sequence[int] = (),
    ) -> None:
        left = {"state": state, "due_at": None, "finished_at": now, "error": error}
        line = self._change(claim, **left)
        behind = update(InboxRow).where(
            col(InboxRow.number).in_(also),
            col(InboxRow.state) == InboxState.WAITING,
        )
        if also and run(self._session, behind.values(**left)).rowcount != len(also):
            raise ClaimLost(f"what stood behind {claim.key} is there no more")
        move_up(self._session, InboxRow, line, InboxState.PENDING, now)

    def _change(self, claim: Claim, **values: Any) -> tuple[str, str]:
        """Change the row that the claim holds; its platform and conversation."""
        changed = run(
            self._session,
            update(InboxRow)
            .where(
                col(InboxRow.number) == claim.inbox_id,
                col(InboxRow.state) == InboxState.WORKING,
                col(InboxRow.worker) == claim.worker,
                col(InboxRow.attempts) == claim.attempts,
            )
            .values(**values)
            .returning(col(InboxRow.platform), col(InboxRow.conversation_id)),
        ).first()
        if changed is None:
            raise ClaimLost(f"{claim.worker} no longer holds event {claim.key}")
        return changed[0], changed[1]

    def _number(self, statement: Any) -> int:
        number: int = run(self._session, statement).scalar_one()
        return number


_STANDING = (
    col(InboxRow.number),
    col(InboxRow.key),
    col(InboxRow.event),
    col(InboxRow.received_at),
)


def _dead_letter(row: InboxRow) -> DeadLetter:
    unreadable = row.event["kind"] == _UNREADABLE
    return DeadLetter(
        inbox_id=row.number or 0,
        platform=row.platform,
        key=row.key,
        event=None if unreadable else decode_event(row.event),
        raw=row.event["raw"] if unreadable else None,
        error=row.error or "",
        attempts=row.attempts,
        received_at=row.received_at,
    )
