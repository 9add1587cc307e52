"""What an import did: each row is added, changed, unchanged or rejected with a reason.

Together they account for every row of every file; a long section of a document is
counted once for each passage that it makes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from storage.problems import BadInput
from storage.records import Knowledge

SHOWN_REJECTED = 20


class Kind(StrEnum):
    """What a file holds. Guessed from its columns unless it is said."""

    KNOWLEDGE = "knowledge"  # approved answers and passages of documents
    INTENTS = "intents"  # questions with the intent that people gave them


def kind_named(name: str) -> Kind | None:
    """The kind of that name; None for "", which means: guess.

    Raises:
        BadInput: KF-203 for any other name.
    """
    if name in {"", *Kind}:
        return Kind(name) if name else None
    raise BadInput(
        "KF-203",
        f"kefu cannot import the kind {name!r}",
        where="--kind",
        why="it takes knowledge or intents",
        fix="leave --kind out and kefu guesses it from the columns",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row, or with line 0 a whole file, that was not taken."""

    path: str
    line: int  # counted from 1 as an editor does; the row's number in Excel
    why: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.why} ({self.fix})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of every row, and what the first ones look like."""

    added: int
    changed: int
    unchanged: int
    rejected: tuple[Rejected, ...]
    retired: int = 0  # passages that their document no longer has
    preview: tuple[Mapping[str, str], ...] = ()  # the first rows, as understood
    notes: tuple[str, ...] = ()  # what was guessed or not used, for people
    fresh: tuple[Knowledge, ...] = ()  # what was added or changed
    overlaps: tuple[Mapping[str, str], ...] = ()  # kind, why, first, second

    def to_json(self) -> dict[str, Any]:
        """The command's JSON object."""
        return {
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "retired": self.retired,
            "rejected": [
                {"path": r.path, "line": r.line, "why": r.why, "fix": r.fix}
                for r in self.rejected
            ],
            "preview": [dict(row) for row in self.preview],
            "notes": list(self.notes),
            "overlaps": [dict(each) for each in self.overlaps],
        }

    def lines(self) -> list[str]:
        """The report for people; long lists of rejected rows are summed up."""
        lines = [*self.notes]
        for row in self.preview:
            shown = "  ".join(f"{name}: {text}" for name, text in row.items() if text)
            lines.append(f"  | {shown}")
        lines += [f"rejected {row}" for row in self.rejected[:SHOWN_REJECTED]]
        rest = Counter(row.why for row in self.rejected[SHOWN_REJECTED:])
        lines += [f"rejected {count} more: {why}" for why, count in rest.most_common(5)]
        if len(self.rejected) > SHOWN_REJECTED:
            lines.append("--json lists every rejected row")
        for each in self.overlaps[:SHOWN_REJECTED]:
            word = each["kind"].replace("_", "-")
            lines.append(f"{word}: {each['first']} | {each['second']} ({each['why']})")
        if len(self.overlaps) > SHOWN_REJECTED:
            lines.append(f"--json lists all {len(self.overlaps)} of them")
        counts = f"added {self.added}, changed {self.changed}, "
        counts += f"unchanged {self.unchanged}, rejected {len(self.rejected)}"
        return [*lines, counts + (f", retired {self.retired}" if self.retired else "")]
