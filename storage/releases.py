"""The registry of releases. At most one is live, whatever happens."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from storage.lines import hold
from storage.problems import BadInput
from storage.records import Release, Stage
from storage.tables import ReleaseRow


class Releases:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, release: Release) -> None:
        """Register a release. Its version must be new."""
        self._session.add(
            ReleaseRow(
                version=release.version,
                stage=release.stage,
                manifest=dict(release.manifest),
                reasons=list(release.reasons),
                created_at=release.created_at,
                promoted_at=release.promoted_at,
                promoted_by=release.promoted_by,
            )
        )

    def get(self, version: str) -> Release | None:
        """The release of that version."""
        row = self._find(version)
        return None if row is None else _release(row)

    def all(self) -> list[Release]:
        """Every release, oldest first."""
        rows = self._session.exec(select(ReleaseRow).order_by(col(ReleaseRow.number)))
        return [_release(row) for row in rows]

    def live(self, workspace: str | None = None) -> Release | None:
        """The release that answers, if there is one.

        Args:
            workspace: whose customers are answered. Where another workspace's release
                went live since, its own last one goes on answering it.
        """
        row = self._live()
        if row is None or workspace is None or _serves(row, workspace):
            return None if row is None else _release(row)
        retired = select(ReleaseRow).where(
            ReleaseRow.stage == Stage.RETIRED, col(ReleaseRow.promoted_at).is_not(None)
        )
        newest = retired.order_by(col(ReleaseRow.promoted_at).desc())
        own = (row for row in self._session.exec(newest) if _is_of(row, workspace))
        return next(map(_release, own), None)

    def promote(self, version: str, by: str, now: datetime) -> None:
        """Make a release live and retire the one that was. By hand, any may be.

        Raises:
            BadInput: KF-112, there is no such release.
        """
        row = self._known(version)
        self.retire_live()
        row.stage, row.promoted_at, row.promoted_by = Stage.LIVE, now, by
        self._save(row)

    def retire_live(self) -> None:
        """Have no release live: back to v0000."""
        hold(self._session, ReleaseRow.__name__)
        row = self._live()
        if row is not None:
            row.stage = Stage.RETIRED
            self._save(row)

    def reject(self, version: str, reasons: Sequence[str]) -> None:
        """Keep a candidate, with the reasons why it must not go live.

        Raises:
            BadInput: KF-112, there is no such release.
        """
        row = self._known(version)
        row.stage, row.reasons = Stage.REJECTED, list(reasons)
        self._save(row)

    def next_version(self) -> str:
        """The version after the last one ever registered: "v0001" at first."""
        versions = self._session.exec(select(ReleaseRow.version)).all()
        return f"v{max((int(each[1:]) for each in versions), default=0) + 1:04d}"

    def _live(self) -> ReleaseRow | None:
        live = select(ReleaseRow).where(ReleaseRow.stage == Stage.LIVE)
        return self._session.exec(live).first()

    def _find(self, version: str) -> ReleaseRow | None:
        same = select(ReleaseRow).where(ReleaseRow.version == version)
        return self._session.exec(same).first()

    def _known(self, version: str) -> ReleaseRow:
        row = self._find(version)
        if row is None:
            raise BadInput(
                "KF-112",
                f"there is no release {version}",
                fix='"kefu releases" lists them',
            )
        return row

    def _save(self, row: ReleaseRow) -> None:
        self._session.add(row)
        self._session.flush()  # in this order: never two live ones


def _is_of(row: ReleaseRow, workspace: str) -> bool:
    return bool(row.manifest.get("workspace") == workspace)


def _serves(row: ReleaseRow, workspace: str) -> bool:
    """One from before releases knew their workspace serves any."""
    return not row.manifest.get("workspace") or _is_of(row, workspace)


def _release(row: ReleaseRow) -> Release:
    return Release(
        version=row.version,
        stage=Stage(row.stage),
        manifest=row.manifest,
        reasons=tuple(row.reasons),
        created_at=row.created_at,
        promoted_at=row.promoted_at,
        promoted_by=row.promoted_by,
    )
