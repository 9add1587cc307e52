"""Tagged sentences and texts with a mood, as a measurement needs them: every row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.importing.files import find, read
from bot.importing.parts import Parts, Refused
from bot.importing.report import Rejected
from bot.importing.rows import MAX_CELL, Row
from storage.problems import BadInput

MOODS = ("angry", "negative", "neutral", "positive")
_SHOWN = 3
_Sample = TypeVar("_Sample")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A sentence in tokens, each with its tag: "B-DATE", "I-DATE" or "O"."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mooded:
    """A text and its mood."""

    text: str
    label: str


def tagged_sentences(paths: Sequence[Path]) -> list[Tagged]:
    """All of {"tokens": [...], "tags": [...]}, in order.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-207 if a row cannot be read,
            because a measurement that leaves rows out measures something else.
    """
    return _samples(paths, tagged_of, "KF-207", "tagged sentences")


def mooded_texts(paths: Sequence[Path]) -> list[Mooded]:
    """All of {"text", "label": positive, neutral, negative or angry}, in order.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-208 if a row cannot be read.
    """
    return _samples(paths, _mooded, "KF-208", "texts with their sentiment")


def _samples(
    paths: Sequence[Path], made_of: Callable[[Row], _Sample], code: str, what: str
) -> list[_Sample]:
    found: list[_Sample] = []
    refused: list[Rejected] = []
    for file in find(paths):
        for row in [file] if isinstance(file, Rejected) else read(file):
            if isinstance(row, Rejected):
                refused += [row] if row.lost else []
                continue
            try:
                found.append(made_of(row))
            except Refused as why:
                refused.append(
                    Rejected(path=row.path, line=row.line, why=why.why, fix=why.fix)
                )
    if refused or not found:
        shown = [f"{each.path}:{each.line}: {each.why}" for each in refused[:_SHOWN]]
        raise BadInput(
            code,
            f"{len(refused)} rows are not {what}"
            if refused
            else f"there are no {what}",
            where=", ".join(map(str, paths)),
            why="; ".join(shown) or "the files hold no row",
            fix=refused[0].fix if refused else f"name files with {what}",
        )
    return found


def tagged_of(row: Row) -> Tagged:
    """The tokens and tags of a row. Raises Refused."""
    tokens, tags = _texts(row.cells.get("tokens")), _texts(row.cells.get("tags"))
    fix = 'write {"tokens": ["order", "A1"], "tags": ["O", "B-ID"]}'
    if tokens is None or tags is None:
        raise Refused("it has no lists of tokens and tags", fix)
    if len(tokens) != len(tags):
        raise Refused(f"it has {len(tokens)} tokens and {len(tags)} tags", fix)
    odd = [
        tag for tag in tags if tag != "O" and not (tag[:2] in ("B-", "I-") and tag[2:])
    ]
    if odd:
        raise Refused(f"{odd[0][:40]!r} is no BIO tag", fix)
    return Tagged(tokens=tokens, tags=tags)


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    return tuple(value)


def _mooded(row: Row) -> Mooded:
    parts = Parts(row.cells, {})
    text, label = parts.text("text", MAX_CELL), parts.line("label", 20).lower()
    if label not in MOODS:
        raise Refused(
            f"the label {label!r} is no sentiment", f"write {', '.join(MOODS)}"
        )
    return Mooded(text=text, label=label)
