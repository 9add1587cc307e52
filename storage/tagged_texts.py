"""Texts in which people marked the entities. The last word on a text counts."""

from typing import Literal

from sqlalchemy import select, update
from sqlmodel import Session, col

from storage.encoding import decode, encode
from storage.identity import fingerprint
from storage.lines import hold
from storage.records import TaggedText
from storage.statements import add, run
from storage.tables import TaggedTextRow


class TaggedTexts:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: set[str] = set()  # workspaces that nobody else changes now

    def put(self, tagged: TaggedText) -> Literal["added", "changed", "unchanged"]:
        """Keep a text; a known one takes the new marks and keeps its id."""
        self._hold(tagged.workspace)
        identity = fingerprint(tagged.text)
        row = run(
            self._session,
            select(col(TaggedTextRow.number), col(TaggedTextRow.tagged)).where(
                col(TaggedTextRow.workspace) == tagged.workspace,
                col(TaggedTextRow.identity) == identity,
            ),
        ).first()
        if row is None:
            add(
                self._session,
                TaggedTextRow,
                id=tagged.id,
                workspace=tagged.workspace,
                tagged=encode(tagged),
                identity=identity,
                created_at=tagged.created_at,
            )
            return "added"
        before = decode(TaggedText, row.tagged)
        if before.entities == tagged.entities:
            return "unchanged"
        changed = encode(tagged) | {"id": before.id}
        run(
            self._session,
            update(TaggedTextRow)
            .where(col(TaggedTextRow.number) == row.number)
            .values(tagged=changed),
        )
        return "changed"

    def all(self, workspace: str) -> list[TaggedText]:
        """Every text, in the order in which they came."""
        rows = run(
            self._session,
            select(col(TaggedTextRow.tagged))
            .where(col(TaggedTextRow.workspace) == workspace)
            .order_by(col(TaggedTextRow.number)),
        )
        return [decode(TaggedText, row.tagged) for row in rows]

    def _hold(self, workspace: str) -> None:
        if workspace not in self._held:
            hold(self._session, TaggedTextRow.__name__, workspace)
            self._held.add(workspace)
