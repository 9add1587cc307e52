"""Labelled questions as a measurement needs them: every row, or why it is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.importing.columns import understand
from bot.importing.files import find, read
from bot.importing.parts import MAX_INTENT, MAX_LINE, Parts, Refused
from bot.importing.report import Kind, Rejected
from bot.importing.rows import Read, Row
from storage.problems import BadInput

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question and what it is about; "oos" is out of scope."""

    text: str
    intent: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRows:
    """What was read of some files; every row of them is in `rows` or in `refused`.

    Attributes:
        places: "file:line" of each row.
        unused: columns that mean nothing here, by name.
    """

    rows: tuple[Labelled, ...]
    places: tuple[str, ...]
    refused: tuple[Rejected, ...]
    unused: tuple[str, ...]


def labelled_rows(paths: Sequence[Path]) -> LabelledRows:
    """All rows, in order; what cannot be read is told, not dropped.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-206 if no row can be read.
    """
    found: list[tuple[str, Labelled]] = []
    refused: list[Rejected] = []
    unused: dict[str, None] = {}
    for file in find(paths):
        for each in [file] if isinstance(file, Rejected) else read(file):
            row = _labelled(each)
            if isinstance(row, Rejected):
                refused += [row] if row.lost else []
            elif isinstance(each, Row):
                found.append((f"{each.path}:{each.line}", row))
                unused |= dict.fromkeys(understand(each.cells, Kind.INTENTS).unused)
    if not found:
        raise _unreadable(refused, paths)
    return LabelledRows(
        rows=tuple(row for _, row in found),
        places=tuple(place for place, _ in found),
        refused=tuple(refused),
        unused=tuple(unused),
    )


def _labelled(row: Read) -> Labelled | Rejected:
    if isinstance(row, Rejected):
        return row
    try:
        columns = understand(row.cells, Kind.INTENTS)
        if columns.shape is None:
            raise Refused(
                "it has no text and intent", "name the columns text and intent"
            )
        parts = Parts(row.cells, columns.names)
        text = parts.line("text" if parts.has("text") else "question", MAX_LINE)
        intent = parts.line("intent", MAX_INTENT)
        return Labelled(text=text, intent=intent, language=parts.language(text))
    except Refused as refused:
        return Rejected(path=row.path, line=row.line, why=refused.why, fix=refused.fix)


def _unreadable(refused: Sequence[Rejected], paths: Sequence[Path]) -> BadInput:
    shown = [f"{each.path}:{each.line}: {each.why}" for each in refused[:_SHOWN]]
    return BadInput(
        "KF-206",
        f"{len(refused)} rows are not labelled questions"
        if refused
        else "there are no labelled questions",
        where=", ".join(map(str, paths)),
        why="; ".join(shown) or "the files hold no row",
        fix=refused[0].fix if refused else "name files with text and intent",
    )
