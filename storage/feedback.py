"""What people think of turns. Per turn and voter one vote stands, or none.

A correction is kept for ever; only its state and the knowledge it became change.
"""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from storage.lines import hold
from storage.problems import BadInput
from storage.records import Feedback, ReviewState, Role, StoredCorrection, Turn, Vote
from storage.tables import CorrectionRow, FeedbackRow


class FeedbackStore:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def vote(self, vote: Vote, turn: Turn) -> Feedback:
        """Count a thumb on a turn, and give what stands then.

        The thumb that is up already is withdrawn (`good` is None); the other one
        takes its place.
        """
        hold(self._session, FeedbackRow.__name__, turn.id, vote.voter_id)
        key = (turn.id, vote.platform, vote.voter_id)
        row = self._session.get(FeedbackRow, key)
        if row is None:
            row = FeedbackRow(
                turn_id=turn.id,
                platform=vote.platform,
                voter_id=vote.voter_id,
                role=vote.role,
                model_version=turn.model_version,
                knowledge_ids=[source.knowledge_id for source in turn.reply.sources],
                created_at=vote.voted_at,
                updated_at=vote.voted_at,
            )
        row.good = None if row.good is vote.good else vote.good
        row.role = vote.role
        row.updated_at = vote.voted_at
        self._session.add(row)
        return feedback_from(row)

    def of_turn(self, turn_id: str) -> list[Feedback]:
        """Every voter's vote on a turn, withdrawn ones too, oldest first."""
        rows = self._session.exec(
            select(FeedbackRow)
            .where(FeedbackRow.turn_id == turn_id)
            .order_by(col(FeedbackRow.created_at), col(FeedbackRow.voter_id))
        )
        return [feedback_from(row) for row in rows]

    def add_correction(self, correction: StoredCorrection) -> None:
        """Keep a correction."""
        self._session.add(
            CorrectionRow(
                id=correction.id,
                turn_id=correction.turn_id,
                workspace=correction.workspace,
                platform=correction.platform,
                author_id=correction.author_id,
                role=correction.role,
                question=correction.question,
                text=correction.text,
                state=correction.state,
                knowledge_id=correction.knowledge_id,
                created_at=correction.created_at,
            )
        )

    def corrections(self, state: ReviewState | None = None) -> list[StoredCorrection]:
        """The corrections in that state, or all of them, oldest first."""
        which: list[Any] = [] if state is None else [CorrectionRow.state == state]
        rows = self._session.exec(
            select(CorrectionRow).where(*which).order_by(col(CorrectionRow.number))
        )
        return [correction_from(row) for row in rows]

    def count_since(self, moment: datetime | None) -> int:
        """How many votes stand and corrections are kept since then (None: ever)."""
        since = moment or datetime.min.replace(tzinfo=UTC)
        votes = select(func.count()).where(
            col(FeedbackRow.good).is_not(None), col(FeedbackRow.updated_at) >= since
        )
        corrections = select(func.count()).where(CorrectionRow.created_at >= since)
        return sum(self._session.exec(each).one() for each in (votes, corrections))

    def review(
        self, correction_id: str, state: ReviewState, knowledge_id: str | None = None
    ) -> None:
        """Note what became of a correction.

        Raises:
            BadInput: KF-113, there is no such correction.
        """
        row = self._session.exec(
            select(CorrectionRow).where(CorrectionRow.id == correction_id)
        ).first()
        if row is None:
            raise BadInput("KF-113", f"there is no correction {correction_id}")
        row.state, row.knowledge_id = state, knowledge_id
        self._session.add(row)


def feedback_from(row: FeedbackRow) -> Feedback:
    """The record of a row."""
    return Feedback(
        turn_id=row.turn_id,
        voter_id=row.voter_id,
        platform=row.platform,
        role=Role(row.role),
        good=row.good,
        model_version=row.model_version,
        knowledge_ids=tuple(row.knowledge_ids),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def correction_from(row: CorrectionRow) -> StoredCorrection:
    """The record of a row."""
    return StoredCorrection(
        id=row.id,
        turn_id=row.turn_id,
        workspace=row.workspace,
        platform=row.platform,
        author_id=row.author_id,
        role=Role(row.role),
        question=row.question,
        text=row.text,
        state=ReviewState(row.state),
        knowledge_id=row.knowledge_id,
        created_at=row.created_at,
    )
