"""Turns, in the order they happened. A turn is written once and never changed.

One thing is taken out of it later: what a person asked to have forgotten.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from storage.encoding import decode, encode
from storage.feedback import correction_from, feedback_from
from storage.records import (
    Action,
    Answered,
    Feedback,
    Message,
    Reply,
    Role,
    StoredCorrection,
    Turn,
    Understanding,
)
from storage.tables import CorrectionRow, FeedbackRow, TurnRow

_PAGE = 500  # rows in memory at a time

Reviewed = tuple[Turn, list[Feedback], list[StoredCorrection]]
Judged = tuple[Turn, list[Feedback]]


class Turns:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, turn: Turn) -> None:
        """Log a turn. A message is answered by one turn only."""
        self._session.add(_row(turn))

    def get(self, turn_id: str) -> Turn | None:
        """The turn of that id."""
        row = self._session.exec(select(TurnRow).where(TurnRow.id == turn_id)).first()
        return None if row is None else _turn(row)

    def history(self, platform: str, conversation_id: str, limit: int) -> list[Turn]:
        """The last `limit` turns of a conversation, oldest first."""
        newest = self._session.exec(
            select(TurnRow)
            .where(
                TurnRow.platform == platform,
                TurnRow.conversation_id == conversation_id,
            )
            .order_by(col(TurnRow.number).desc())
            .limit(limit)
        )
        return [_turn(row) for row in reversed(newest.all())]

    def since(self, when: datetime) -> Iterator[Turn]:
        """The turns answered at `when` or later, in order, few in memory at a time."""
        for rows in self._pages(col(TurnRow.answered_at) >= when):
            yield from map(_turn, rows)

    def judged(self, workspace: str, since: datetime) -> Iterator[Judged]:
        """A workspace's turns answered at `since` or later, in order.

        With each, the votes that stand. Few are in memory at a time.
        """
        which = and_(
            col(TurnRow.workspace) == workspace, col(TurnRow.answered_at) >= since
        )
        for rows in self._pages(which):
            votes = self._votes([row.id for row in rows])
            for row in rows:
                yield _turn(row), votes.get(row.id, [])

    def answered(self, workspace: str, newest: int) -> list[Answered]:
        """The newest answers of a workspace that rest on knowledge, in order."""
        columns = (
            TurnRow.platform,
            TurnRow.conversation_id,
            TurnRow.sender_id,
            TurnRow.answered_at,
            TurnRow.reply,
            TurnRow.why,
        )
        rows = self._session.execute(
            select(*map(col, columns))
            .where(TurnRow.workspace == workspace, TurnRow.action == Action.ANSWER)
            .order_by(col(TurnRow.number).desc())
            .limit(newest)
        ).all()
        return [
            Answered(
                platform=row.platform,
                conversation_id=row.conversation_id,
                sender_id=row.sender_id,
                knowledge_id=row.reply["sources"][0]["knowledge_id"],
                answered_at=row.answered_at,
                was_offered=row.why.get("route") == "related",
            )
            for row in reversed(rows)
            if row.reply.get("sources")
        ]

    def last_of(
        self, workspace: str, platform: str, sender_id: str, since: datetime
    ) -> Turn | None:
        """A person's last turn since then, in any conversation."""
        row = self._session.exec(
            select(TurnRow)
            .where(
                TurnRow.workspace == workspace,
                TurnRow.platform == platform,
                TurnRow.sender_id == sender_id,
                col(TurnRow.answered_at) >= since,
            )
            .order_by(col(TurnRow.number).desc())
            .limit(1)
        ).first()
        return None if row is None else _turn(row)

    def forget(self, workspace: str, platform: str, sender_id: str) -> int:
        """Take the entities out of a person's turns, and the slots that hold them out
        of all turns of the conversations she took part in. Gives how many changed.
        """
        mine = select(TurnRow.conversation_id).where(
            TurnRow.workspace == workspace,
            TurnRow.platform == platform,
            TurnRow.sender_id == sender_id,
        )
        rows = self._session.exec(
            select(TurnRow).where(
                TurnRow.platform == platform,
                col(TurnRow.conversation_id).in_(mine),
            )
        )
        changed = 0
        for row in rows:
            emptied, why = {**row.understanding, "slots": []}, row.why
            if row.sender_id == sender_id:
                emptied["entities"] = []
                why = {k: v for k, v in why.items() if k != "passed_on"}
            if (emptied, why) != (row.understanding, row.why):
                row.understanding, row.why = emptied, why
                self._session.add(row)
                changed += 1
        return changed

    def counted(self, platform: str, sender_id: str, since: datetime, name: str) -> int:
        """How many turns of a person since then have `name` in their `why`."""
        found = self._session.exec(
            select(TurnRow.why).where(
                TurnRow.platform == platform,
                TurnRow.sender_id == sender_id,
                col(TurnRow.answered_at) >= since,
            )
        )
        return sum(1 for why in found if why.get(name))

    def reviewed(self) -> Iterator[Reviewed]:
        """The turns that people voted on or corrected, in order.

        With each, the votes that stand and its corrections in any state.
        """
        for rows in self._pages(_has_been_reviewed()):
            ids = [row.id for row in rows]
            votes, corrections = self._votes(ids), self._corrections(ids)
            for row in rows:
                yield _turn(row), votes.get(row.id, []), corrections.get(row.id, [])

    def _pages(self, which: ColumnElement[bool]) -> Iterator[Sequence[TurnRow]]:
        last = 0
        number = col(TurnRow.number)
        while True:
            rows = self._session.exec(
                select(TurnRow)
                .where(which, number > last)
                .order_by(number)
                .limit(_PAGE)
            ).all()
            if not rows:
                return
            last = rows[-1].number or 0
            yield rows
            self._session.expunge_all()

    def _votes(self, turn_ids: Sequence[str]) -> dict[str, list[Feedback]]:
        of_turn: dict[str, list[Feedback]] = {}
        for row in self._session.exec(
            select(FeedbackRow)
            .where(
                col(FeedbackRow.turn_id).in_(turn_ids),
                col(FeedbackRow.good).is_not(None),
            )
            .order_by(col(FeedbackRow.created_at), col(FeedbackRow.voter_id))
        ):
            of_turn.setdefault(row.turn_id, []).append(feedback_from(row))
        return of_turn

    def _corrections(
        self, turn_ids: Sequence[str]
    ) -> dict[str, list[StoredCorrection]]:
        of_turn: dict[str, list[StoredCorrection]] = {}
        for row in self._session.exec(
            select(CorrectionRow)
            .where(col(CorrectionRow.turn_id).in_(turn_ids))
            .order_by(col(CorrectionRow.number))
        ):
            of_turn.setdefault(row.turn_id, []).append(correction_from(row))
        return of_turn


def _has_been_reviewed() -> ColumnElement[bool]:
    voted: Any = (
        select(FeedbackRow.turn_id)
        .where(
            FeedbackRow.turn_id == TurnRow.id,
            col(FeedbackRow.good).is_not(None),
        )
        .exists()
    )
    corrected: Any = (
        select(CorrectionRow.turn_id)
        .where(CorrectionRow.turn_id == TurnRow.id)
        .exists()
    )
    return or_(voted, corrected)


def _row(turn: Turn) -> TurnRow:
    message = turn.message
    return TurnRow(
        id=turn.id,
        workspace=message.workspace,
        platform=message.platform,
        conversation_id=message.conversation_id,
        message_id=message.message_id,
        sender_id=message.sender_id,
        role=message.role,
        text=message.text,
        sent_at=message.sent_at,
        reply_to=message.reply_to,
        understanding=encode(turn.understanding),
        action=turn.action,
        reply=encode(turn.reply),
        model_version=turn.model_version,
        answered_at=turn.answered_at,
        latency_ms=turn.latency_ms,
        why=dict(turn.why),
    )


def _turn(row: TurnRow) -> Turn:
    return Turn(
        id=row.id,
        message=Message(
            platform=row.platform,
            conversation_id=row.conversation_id,
            message_id=row.message_id,
            sender_id=row.sender_id,
            text=row.text,
            sent_at=row.sent_at,
            workspace=row.workspace,
            role=Role(row.role),
            reply_to=row.reply_to,
        ),
        understanding=decode(Understanding, row.understanding),
        action=Action(row.action),
        reply=decode(Reply, row.reply),
        model_version=row.model_version,
        answered_at=row.answered_at,
        latency_ms=row.latency_ms,
        why=row.why,
    )
