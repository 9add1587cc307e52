"""Questions with the intent that people gave them. The last word on one counts.

Two questions are the same if they differ in width, case and spaces only.
"""

import unicodedata
from typing import Any, Literal

from sqlalchemy import select, update
from sqlmodel import Session, col

from storage.identity import fingerprint
from storage.lines import hold
from storage.records import LabelledQuestion
from storage.statements import add, run
from storage.tables import QuestionRow


class Questions:
    """Every method works in the transaction of its `Stores`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: set[str] = set()  # workspaces that nobody else changes now

    def put(
        self, question: LabelledQuestion
    ) -> Literal["added", "changed", "unchanged"]:
        """Keep a labelled question; a known one takes the new intent, keeps its id."""
        self._hold(question.workspace)
        identity = fingerprint(question.language, _normalised(question.text))
        row = run(
            self._session,
            select(col(QuestionRow.number), col(QuestionRow.intent)).where(
                col(QuestionRow.workspace) == question.workspace,
                col(QuestionRow.identity) == identity,
            ),
        ).first()
        if row is None:
            values = _values(question) | {"identity": identity}
            add(self._session, QuestionRow, **values)
            return "added"
        if row.intent == question.intent:
            return "unchanged"
        run(
            self._session,
            update(QuestionRow)
            .where(col(QuestionRow.number) == row.number)
            .values(intent=question.intent, source=question.source),
        )
        return "changed"

    def all(self, workspace: str) -> list[LabelledQuestion]:
        """Every question, in the order in which they came."""
        rows = run(
            self._session,
            select(QuestionRow)
            .where(col(QuestionRow.workspace) == workspace)
            .order_by(col(QuestionRow.number)),
        )
        return [_question(row) for row in rows]

    def _hold(self, workspace: str) -> None:
        if workspace not in self._held:
            hold(self._session, QuestionRow.__name__, workspace)
            self._held.add(workspace)


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _values(question: LabelledQuestion) -> dict[str, Any]:
    return {
        "id": question.id,
        "workspace": question.workspace,
        "text": question.text,
        "intent": question.intent,
        "language": question.language,
        "source": question.source,
        "created_at": question.created_at,
    }


def _question(row: Any) -> LabelledQuestion:
    return LabelledQuestion(
        id=row.id,
        workspace=row.workspace,
        text=row.text,
        intent=row.intent,
        language=row.language,
        source=row.source,
        created_at=row.created_at,
    )
