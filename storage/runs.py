"""Learning cycles: what runs, how far it is, and how it ended."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from storage.problems import BadInput
from storage.records import Run, RunState
from storage.tables import RunRow


class Runs:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, run: Run) -> None:
        """Note that a cycle has begun."""
        self._session.add(
            RunRow(
                id=run.id,
                trigger=run.trigger,
                requested_by=run.requested_by,
                state=run.state,
                stage=run.stage,
                progress=run.progress,
                started_at=run.started_at,
                updated_at=run.updated_at,
                pid=run.pid,
                candidate=run.candidate,
                verdict=run.verdict,
                reasons=list(run.reasons),
                stop_requested=run.stop_requested,
            )
        )

    def get(self, id: str) -> Run | None:
        """The cycle of that id."""
        row = self._find(id)
        return None if row is None else _run(row)

    def update(self, id: str, stage: str, progress: float, now: datetime) -> None:
        """Note how far it is: the stage, and how much of all is done (0 to 1).

        Raises:
            BadInput: KF-114, there is no such run.
        """
        row = self._known(id)
        row.stage, row.progress, row.updated_at = stage, progress, now
        self._session.add(row)

    def finish(
        self,
        id: str,
        state: RunState,
        now: datetime,
        candidate: str | None = None,
        verdict: str | None = None,
        reasons: Sequence[str] = (),
    ) -> None:
        """Note how it ended.

        Raises:
            BadInput: KF-114, there is no such run.
        """
        row = self._known(id)
        row.state, row.updated_at = state, now
        row.candidate, row.verdict, row.reasons = candidate, verdict, list(reasons)
        self._session.add(row)

    def current(self) -> Run | None:
        """The cycle that runs, by its own account; it may have died."""
        return self._newest(RunState.RUNNING)

    def last(self) -> Run | None:
        """The cycle that began last, in whatever state."""
        return self._newest(*RunState)

    def request_stop(self, id: str) -> None:
        """Ask it to stop; it looks at its row now and then.

        Raises:
            BadInput: KF-114, there is no such run.
        """
        row = self._known(id)
        row.stop_requested = True
        self._session.add(row)

    def _newest(self, *states: RunState) -> Run | None:
        row = self._session.exec(
            select(RunRow)
            .where(col(RunRow.state).in_(states))
            .order_by(col(RunRow.number).desc())
            .limit(1)
        ).first()
        return None if row is None else _run(row)

    def _find(self, id: str) -> RunRow | None:
        return self._session.exec(select(RunRow).where(RunRow.id == id)).first()

    def _known(self, id: str) -> RunRow:
        row = self._find(id)
        if row is None:
            raise BadInput("KF-114", f"there is no learning cycle {id}")
        return row


def _run(row: RunRow) -> Run:
    return Run(
        id=row.id,
        trigger=row.trigger,
        requested_by=row.requested_by,
        state=RunState(row.state),
        stage=row.stage,
        progress=row.progress,
        started_at=row.started_at,
        updated_at=row.updated_at,
        pid=row.pid,
        candidate=row.candidate,
        verdict=row.verdict,
        reasons=tuple(row.reasons),
        stop_requested=row.stop_requested,
    )
