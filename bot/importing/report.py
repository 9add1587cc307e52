"""What an import did: each row is added, changed, unchanged or rejected with a reason.

Together they account for every row of every file; a long section of a document is
counted once for each passage that it makes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from storage.problems import BadInput
from storage.records import Knowledge

SHOWN_REJECTED = 20
WAITING = (
    "{count} answers come from old chats and wait: nobody is told them before a person "
    'approved them ("kefu review", or import again with --approved)'
)
CONSENT = (
    "chats are personal data: bring them in only if you may. Telephone numbers, e-mail "
    "addresses, identity and card numbers and the writers' names were masked first"
)


class Kind(StrEnum):
    """What a file holds. Guessed from its columns unless it is said."""

    KNOWLEDGE = "knowledge"  # approved answers and passages of documents
    INTENTS = "intents"  # questions with the intent that people gave them
    DIALOGUES = "dialogues"  # what people once wrote to each other: to be reviewed


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
        why="it takes knowledge, intents or dialogues",
        fix="leave --kind out and kefu guesses it from the columns",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row, or with line 0 a whole file, that was not taken."""

    path: str
    line: int  # counted from 1 as an editor does; the row's number in Excel
    why: str
    fix: str
    lost: bool = True  # False: there was nothing in it for kefu

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.why}" + (f" ({self.fix})" if self.lost else "")


def _listed(what: str, rows: Sequence[Rejected]) -> Iterator[str]:
    """The first ones by their place, the others by their reason."""
    yield from (f"{what} {row}" for row in rows[:SHOWN_REJECTED])
    rest = Counter(row.why for row in rows[SHOWN_REJECTED:])
    yield from (f"{what} {count} more: {why}" for why, count in rest.most_common(5))
    if rest:
        yield f"--json lists everything that was {what}"


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
    left_out: tuple[Rejected, ...] = ()  # nothing was lost: thanks, greetings, notes
    waiting: int = 0  # answers of old chats that nobody has reviewed yet
    forms: Mapping[str, str] = field(default_factory=dict)  # path -> what it is
    fresh: tuple[Knowledge, ...] = ()  # what was added or changed
    overlaps: tuple[Mapping[str, str], ...] = ()  # kind, why, first, second

    def to_json(self) -> dict[str, Any]:
        """The command's JSON object."""
        return {
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "retired": self.retired,
            "waiting": self.waiting,
            "formats": dict(self.forms),
            "rejected": [
                {"path": r.path, "line": r.line, "why": r.why, "fix": r.fix}
                for r in self.rejected
            ],
            "left_out": [
                {"path": r.path, "line": r.line, "why": r.why} for r in self.left_out
            ],
            "preview": [dict(row) for row in self.preview],
            "notes": list(self.notes),
            "overlaps": [dict(each) for each in self.overlaps],
        }

    def lines(self) -> list[str]:
        """The report for people; long lists of rejected rows are summed up."""
        lines = [*self._read_as(), *self.notes]
        for row in self.preview:
            shown = "  ".join(f"{name}: {text}" for name, text in row.items() if text)
            lines.append(f"  | {shown}")
        lines += _listed("rejected", self.rejected)
        lines += _listed("left out", self.left_out)
        if self.waiting:
            lines += [WAITING.format(count=self.waiting), CONSENT]
        for each in self.overlaps[:SHOWN_REJECTED]:
            word = each["kind"].replace("_", "-")
            lines.append(f"{word}: {each['first']} | {each['second']} ({each['why']})")
        if len(self.overlaps) > SHOWN_REJECTED:
            lines.append(f"--json lists all {len(self.overlaps)} of them")
        counts = f"added {self.added}, changed {self.changed}, "
        counts += f"unchanged {self.unchanged}, rejected {len(self.rejected)}"
        return [*lines, counts + (f", retired {self.retired}" if self.retired else "")]

    def _read_as(self) -> list[str]:
        """ "read as Markdown: 12 files", so that a wrong guess is seen."""
        paths: dict[str, list[str]] = {}
        for path, form in self.forms.items():
            paths.setdefault(form, []).append(path)
        return [
            f"read as {form}: {each[0] if len(each) == 1 else f'{len(each)} files'}"
            for form, each in paths.items()
        ]
