"""What readers hand on: rows with their place, and refusals that say why.

A row's cells carry the file's own column names; what the columns mean is decided
later, in one place. Nothing read is dropped: it becomes a row or a refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from bot.importing.report import Rejected

MAX_CELL = 100_000
"""Characters in one cell: more is a file pasted by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row or one section of a document."""

    path: str  # as shown to people
    source: str  # names the file in the knowledge; the same wherever it lies
    line: int
    cells: Mapping[str, Any]
    form: str = ""  # what the file was recognised as: "Slack export"
    waits: bool = False  # somebody wrote it in a chat: not said before a review


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file that is being read."""

    path: str
    source: str
    form: str = ""

    def row(self, line: int, cells: Mapping[str, Any], *, waits: bool = False) -> Row:
        """A row at a line of this file."""
        return Row(
            path=self.path,
            source=self.source,
            line=line,
            cells=cells,
            form=self.form,
            waits=waits,
        )

    def refuse(self, line: int, why: str, fix: str) -> Rejected:
        """A refusal of a line of this file; line 0 is all of it."""
        return Rejected(path=self.path, line=line, why=why, fix=fix)

    def leave(self, line: int, why: str) -> Rejected:
        """What is not taken because there is nothing to take: nobody need act."""
        return Rejected(
            path=self.path, line=line, why=why, fix="nothing to do", lost=False
        )

    def as_form(self, form: str) -> "Place":
        """The same file, recognised as something."""
        return replace(self, form=form)


Read: TypeAlias = Row | Rejected
