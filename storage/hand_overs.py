"""Customers' requests for a person. One is open until somebody closes it."""

from datetime import datetime

from sqlmodel import Session, col, select

from storage.records import HandOver
from storage.tables import HandOverRow


class HandOvers:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, hand_over: HandOver) -> None:
        """Note that a customer wants a person."""
        self._session.add(
            HandOverRow(
                id=hand_over.id,
                workspace=hand_over.workspace,
                platform=hand_over.platform,
                conversation_id=hand_over.conversation_id,
                turn_id=hand_over.turn_id,
                customer_id=hand_over.customer_id,
                reason=hand_over.reason,
                requested_at=hand_over.requested_at,
            )
        )

    def open(self, workspace: str) -> list[HandOver]:
        """The requests that nobody has taken yet, oldest first."""
        rows = self._session.exec(
            select(HandOverRow)
            .where(
                HandOverRow.workspace == workspace,
                col(HandOverRow.closed_at).is_(None),
            )
            .order_by(col(HandOverRow.number))
        )
        return [_hand_over(row) for row in rows]

    def take(self, platform: str, conversation_id: str, now: datetime) -> int:
        """Somebody takes a conversation: closes its requests, and says how many."""
        rows = self._session.exec(
            select(HandOverRow).where(
                HandOverRow.platform == platform,
                HandOverRow.conversation_id == conversation_id,
                col(HandOverRow.closed_at).is_(None),
            )
        ).all()
        for row in rows:
            row.closed_at = now
            self._session.add(row)
        return len(rows)

    def close(self, id: str, now: datetime) -> None:
        """Somebody took it. An unknown id, or a closed one, changes nothing."""
        row = self._session.exec(
            select(HandOverRow).where(
                HandOverRow.id == id, col(HandOverRow.closed_at).is_(None)
            )
        ).first()
        if row is not None:
            row.closed_at = now
            self._session.add(row)


def _hand_over(row: HandOverRow) -> HandOver:
    return HandOver(
        id=row.id,
        workspace=row.workspace,
        platform=row.platform,
        conversation_id=row.conversation_id,
        turn_id=row.turn_id,
        customer_id=row.customer_id,
        reason=row.reason,
        requested_at=row.requested_at,
    )
