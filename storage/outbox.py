"""Messages that go out. One is sent at a time per conversation, in their order.

A claim is the intent to send, on record before the platform hears of it. If the
process dies then, the message is stuck: it may or may not have arrived. It leaves the
outbox sent (perhaps "uncertain": it may have arrived twice) or failed.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from storage.encoding import decode, encode
from storage.lines import ClaimLost, is_free, move_up
from storage.records import Delivery, Outgoing
from storage.statements import add, run
from storage.tables import OutboxRow


class OutboxState(StrEnum):
    """Where an outgoing message stands."""

    WAITING = "waiting"  # behind an earlier one of its conversation
    DUE = "due"  # first in its line
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Outbox:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, outgoing: Outgoing, now: datetime) -> None:
        """Put a message at the end of its conversation's line. Its id must be new."""
        platform, conversation = outgoing.platform, outgoing.conversation_id
        free = is_free(self._session, OutboxRow, platform, conversation)
        add(
            self._session,
            OutboxRow,
            id=outgoing.id,
            platform=platform,
            conversation_id=conversation,
            turn_id=outgoing.turn_id,
            outgoing=encode(outgoing),
            state=OutboxState.DUE if free else OutboxState.WAITING,
            due_at=now if free else None,
            created_at=now,
        )

    def claim(
        self, *, platform: str, worker: str, now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take the message that has been due longest and note the intent to send it.

        Commit before you send. After `lease` without a word it counts as stuck.
        """
        due = (
            select(col(OutboxRow.number))
            .where(
                col(OutboxRow.platform) == platform,
                col(OutboxRow.due_at) <= now,
                col(OutboxRow.state) == OutboxState.DUE,
            )
            .order_by(col(OutboxRow.due_at), col(OutboxRow.number))
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        return self._take(
            col(OutboxRow.number) == due,
            state=OutboxState.SENDING,
            worker=worker,
            due_at=now + lease,
            started_at=now,
        )

    def sent(
        self, id: str, platform_message_id: str, now: datetime, uncertain: bool = False
    ) -> None:
        """It has arrived. `uncertain`: it may have arrived once before.

        Raises:
            ClaimLost: it is not being sent (any more).
        """
        self._leave(
            id,
            now,
            state=OutboxState.SENT,
            platform_message_id=platform_message_id,
            uncertain_at=now if uncertain else None,
        )

    def retry(self, id: str, not_before: datetime, error: str) -> None:
        """It has certainly not arrived; send it again from `not_before` on.

        Raises:
            ClaimLost: it is not being sent (any more).
        """
        self._change(
            id, state=OutboxState.DUE, due_at=not_before, worker=None, error=error
        )

    def failed(self, id: str, error: str, now: datetime) -> None:
        """It can never be sent; the next of its line is due.

        Raises:
            ClaimLost: it is not being sent (any more).
        """
        self._leave(id, now, state=OutboxState.FAILED, error=error)

    def stuck(self, platform: str, now: datetime) -> list[Delivery]:
        """The messages whose sending was begun and never reported, oldest first."""
        rows = run(
            self._session,
            select(*_DELIVERY)
            .where(
                col(OutboxRow.platform) == platform,
                col(OutboxRow.due_at) <= now,
                col(OutboxRow.state) == OutboxState.SENDING,
            )
            .order_by(col(OutboxRow.number)),
        )
        return [_delivery(*row) for row in rows]

    def take_stuck(
        self, id: str, worker: str, now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take a stuck message over. None when it is not stuck (any more).

        `started_at` stays the time of the send that is in doubt.
        """
        return self._take(
            (col(OutboxRow.id) == id)
            & (col(OutboxRow.state) == OutboxState.SENDING)
            & (col(OutboxRow.due_at) <= now),
            worker=worker,
            due_at=now + lease,
        )

    def release_all(self, platform: str) -> None:
        """Whatever is being sent is stuck from now on.

        Only for the start of the only process that sends to this platform.
        """
        run(
            self._session,
            update(OutboxRow)
            .where(
                col(OutboxRow.platform) == platform,
                col(OutboxRow.state) == OutboxState.SENDING,
            )
            .values(due_at=col(OutboxRow.started_at)),
        )

    def turn_of(
        self, platform: str, conversation_id: str, platform_message_id: str
    ) -> str | None:
        """The turn whose reply is that message on the platform."""
        turn_id: str | None = run(
            self._session,
            select(col(OutboxRow.turn_id))
            .where(
                col(OutboxRow.platform) == platform,
                col(OutboxRow.conversation_id) == conversation_id,
                col(OutboxRow.platform_message_id) == platform_message_id,
            )
            .limit(1),
        ).scalar()
        return turn_id

    def uncertain(self) -> list[Outgoing]:
        """What may have arrived twice, in order."""
        rows = run(
            self._session,
            select(col(OutboxRow.outgoing))
            .where(col(OutboxRow.uncertain_at).is_not(None))
            .order_by(col(OutboxRow.number)),
        )
        return [decode(Outgoing, row[0]) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many messages are waiting, due, sending, sent and failed."""
        state = col(OutboxRow.state)
        rows = run(
            self._session, select(state, func.count().label("size")).group_by(state)
        )
        found = {row.state: row.size for row in rows}
        return {name.value: found.get(name, 0) for name in OutboxState}

    def _take(self, which: Any, **values: Any) -> Delivery | None:
        taken = run(
            self._session,
            update(OutboxRow)
            .where(which)
            .values(attempts=col(OutboxRow.attempts) + 1, **values)
            .returning(*_DELIVERY),
        ).first()
        return None if taken is None else _delivery(*taken)

    def _leave(
        self, id: str, now: datetime, *, state: OutboxState, **values: Any
    ) -> None:
        line = self._change(id, state=state, due_at=None, finished_at=now, **values)
        move_up(self._session, OutboxRow, line, OutboxState.DUE, now)

    def _change(self, id: str, **values: Any) -> tuple[str, str]:
        """Change a row that is being sent; its platform and conversation."""
        changed = run(
            self._session,
            update(OutboxRow)
            .where(col(OutboxRow.id) == id, col(OutboxRow.state) == OutboxState.SENDING)
            .values(**values)
            .returning(col(OutboxRow.platform), col(OutboxRow.conversation_id)),
        ).first()
        if changed is None:
            raise ClaimLost(f"message {id} is not being sent")
        return changed[0], changed[1]


_DELIVERY = (
    col(OutboxRow.outgoing),
    col(OutboxRow.attempts),
    col(OutboxRow.started_at),
)


def _delivery(outgoing: Any, attempts: int, started_at: datetime) -> Delivery:
    return Delivery(
        outgoing=decode(Outgoing, outgoing), attempts=attempts, started_at=started_at
    )
