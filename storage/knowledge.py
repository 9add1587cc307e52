"""What may be said. A piece of knowledge is known by where it comes from.

Whoever holds a copy needs to look at one number: `version` grows with every change.
Every row remembers in which version it changed, so that a copy reads changes alone.
"""

from typing import Any, Literal

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from storage.identity import fingerprint
from storage.lines import hold
from storage.records import Knowledge, KnowledgeKind
from storage.statements import add, insert_or, run
from storage.tables import KnowledgeRow, KnowledgeVersionRow

_CONTENT = ("kind", "question", "text", "language", "intent", "title")


class KnowledgeStore:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: set[str] = set()  # workspaces that nobody else changes now
        self._versions: dict[str, int] = {}  # of workspaces changed by us, as grown

    def put(self, knowledge: Knowledge) -> Literal["added", "changed", "unchanged"]:
        """Keep a piece of knowledge.

        One with the same workspace, source and source key takes the new content and
        keeps its id; a retired one comes back.
        """
        self._hold(knowledge.workspace)
        content = {name: getattr(knowledge, name) for name in _CONTENT}
        row = self._find(
            col(KnowledgeRow.workspace) == knowledge.workspace,
            col(KnowledgeRow.identity) == _fingerprint(knowledge),
        )
        if row is None:
            values = _identity(knowledge) | content
            version = self._grown(knowledge.workspace)
            add(self._session, KnowledgeRow, **values, version=version)
            return "added"
        if not row.retired and content == {n: getattr(row, n) for n in _CONTENT}:
            return "unchanged"
        version = self._grown(knowledge.workspace)
        changes = content | {"updated_at": knowledge.updated_at, "version": version}
        run(
            self._session,
            update(KnowledgeRow)
            .where(col(KnowledgeRow.number) == row.number)
            .values(**changes, retired=False),
        )
        return "changed"

    def all(self, workspace: str) -> list[Knowledge]:
        """All that may be said, in the order in which it came."""
        rows = run(
            self._session,
            select(KnowledgeRow)
            .where(
                col(KnowledgeRow.workspace) == workspace,
                col(KnowledgeRow.retired).is_(False),
            )
            .order_by(col(KnowledgeRow.number)),
        )
        return [_knowledge(row) for row in rows]

    def changes(self, workspace: str, since: int) -> tuple[list[Knowledge], list[str]]:
        """What may be said and is new or changed since a version, and what is retired.

        The first is in the order in which it came; the second are ids.
        """
        rows = run(
            self._session,
            select(KnowledgeRow)
            .where(
                col(KnowledgeRow.workspace) == workspace,
                col(KnowledgeRow.version) > since,
            )
            .order_by(col(KnowledgeRow.number)),
        ).all()
        said = [_knowledge(row) for row in rows if not row.retired]
        return said, [row.id for row in rows if row.retired]

    def get(self, id: str) -> Knowledge | None:
        """The piece of that id, even when it is retired."""
        row = self._find(col(KnowledgeRow.id) == id)
        return None if row is None else _knowledge(row)

    def version(self, workspace: str) -> int:
        """Grows with every transaction that changed the knowledge; 0 at first."""
        versions = select(col(KnowledgeVersionRow.version))
        mine = versions.where(col(KnowledgeVersionRow.workspace) == workspace)
        return run(self._session, mine).scalar() or 0

    def retire(self, id: str) -> None:
        """Say it no more. An unknown id, or a retired one, changes nothing."""
        row = self._find(col(KnowledgeRow.id) == id)
        if row is None:
            return
        self._hold(row.workspace)
        said = self._find(
            col(KnowledgeRow.id) == id, col(KnowledgeRow.retired).is_(False)
        )
        if said is None:
            return
        run(
            self._session,
            update(KnowledgeRow)
            .where(col(KnowledgeRow.id) == id)
            .values(retired=True, version=self._grown(row.workspace)),
        )

    def _find(self, *which: ColumnElement[bool]) -> Any:
        return run(self._session, select(KnowledgeRow).where(*which)).first()

    def _hold(self, workspace: str) -> None:
        if workspace not in self._held:
            hold(self._session, KnowledgeRow.__name__, workspace)
            self._held.add(workspace)

    def _grown(self, workspace: str) -> int:
        """The version that this transaction makes; it grows once."""
        if workspace not in self._versions:
            statement = (
                insert_or(self._session, KnowledgeVersionRow)
                .values(workspace=workspace, version=1)
                .on_conflict_do_update(
                    index_elements=["workspace"],
                    set_={"version": col(KnowledgeVersionRow.version) + 1},
                )
                .returning(col(KnowledgeVersionRow.version))
            )
            self._versions[workspace] = run(self._session, statement).scalar_one()
        return self._versions[workspace]


def _identity(knowledge: Knowledge) -> dict[str, Any]:
    return {
        "id": knowledge.id,
        "workspace": knowledge.workspace,
        "source": knowledge.source,
        "source_key": knowledge.source_key,
        "identity": _fingerprint(knowledge),
        "updated_at": knowledge.updated_at,
    }


def _fingerprint(knowledge: Knowledge) -> str:
    return fingerprint(knowledge.source, knowledge.source_key)


def _knowledge(row: Any) -> Knowledge:
    return Knowledge(
        id=row.id,
        workspace=row.workspace,
        kind=KnowledgeKind(row.kind),
        question=row.question,
        text=row.text,
        language=row.language,
        intent=row.intent,
        title=row.title,
        source=row.source,
        source_key=row.source_key,
        updated_at=row.updated_at,
    )
