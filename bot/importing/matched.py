"""Questions with the entries that answer them, as a measurement needs them: every row.

A test row names the entries by id, or by the answer's text, or by an intent. Entries
that say the very same are all right.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from bot.importing.columns import understand
from bot.importing.files import find, read
from bot.importing.parts import MAX_INTENT, MAX_LINE, Parts, Refused
from bot.importing.report import Kind, Rejected
from bot.importing.rows import Row
from bot.importing.take import MAX_ANSWER, Taker
from bot.text import question_key
from storage.problems import BadInput
from storage.records import Knowledge

OUT_OF_SCOPE = "oos"
_SHOWN = 3
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # nothing here depends on the time
_FIX = 'write {"query": "...", "relevant": ["id"]} or {"question", "answer"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What answers may be found in.

    Attributes:
        knowledge: as an import makes it; a long text is several pieces.
        row_of: the row of the files that each piece came from, by the piece's id.
        named: the rows of each id that the files give.
        repeated: rows that say again what an earlier one said.
        refused: rows that were left out, with the reason.
    """

    knowledge: tuple[Knowledge, ...]
    row_of: Mapping[str, str]
    named: Mapping[str, tuple[str, ...]]
    repeated: int
    refused: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, and the rows that answer it.

    Attributes:
        relevant: none where it is out of scope.
        known: False where its answer is not among the entries at all.
    """

    text: str
    relevant: frozenset[str]
    known: bool = True


@dataclass
class _Reading:
    knowledge: list[Knowledge] = field(default_factory=list)
    row_of: dict[str, str] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)
    refused: list[Rejected] = field(default_factory=list)
    repeated: int = 0


def entries(paths: Sequence[Path], *, answers_only: bool = False) -> Entries:
    """Answers and passages of files, as an import takes them.

    Args:
        answers_only: hide the questions of the answers, so that only what they say
            can be found.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-220 if there is no answer
            and no passage in the files.
    """
    numbers = count(1)
    taker = Taker(
        kind=Kind.KNOWLEDGE,
        workspace="evaluation",
        now=lambda: _BEGINNING,
        new_id=lambda: f"k{next(numbers)}",
        approved=True,
    )
    done = _Reading()
    for number, row in enumerate(_rows(paths, done.refused), start=1):
        name = f"row {number}"
        for each in taker.take(row):
            if isinstance(each, Rejected):
                _left_out(each, done)
            if not isinstance(each, Knowledge):
                continue
            hidden = replace(each, question="") if answers_only else each
            done.knowledge.append(hidden)
            done.row_of[each.id] = name
        for given in _ids(row):
            done.named.setdefault(given, []).append(name)
    if not done.knowledge:
        raise BadInput(
            "KF-220",
            "there is no answer and no passage to search",
            where=", ".join(map(str, paths)),
            why="; ".join(map(str, done.refused[:_SHOWN])) or "the files hold no row",
            fix="name files with question and answer, or with id, title and text",
        )
    return Entries(
        knowledge=tuple(done.knowledge),
        row_of=done.row_of,
        named={name: tuple(rows) for name, rows in done.named.items()},
        repeated=done.repeated,
        refused=tuple(done.refused),
    )


def questions(
    paths: Sequence[Path], among: Entries
) -> tuple[list[Asked], list[Rejected]]:
    """The questions of files, each with the rows among the entries that answer it.

    Beside them the rows whose question is empty: those cannot be asked.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-221 if a row cannot be read,
            KF-222 if it names an entry that is not there, because a measurement that
            leaves rows out measures something else; KF-223 if no question at all has
            its answer among the entries.
    """
    finder = _Finder(among)
    refused: list[Rejected] = []
    lost: list[Rejected] = []
    empty: list[Rejected] = []
    found: list[Asked] = []
    for row in _rows(paths, refused):
        try:
            found.append(finder.asked(row))
        except _Empty as why:
            empty.append(_refusal(row, why))
        except _Unknown as why:
            lost.append(_refusal(row, why))
        except Refused as why:
            refused.append(_refusal(row, why))
    if refused or not found and not lost:
        bad = refused or empty
        raise _unreadable("KF-221", "questions with their answers", bad, paths)
    if lost:
        raise _unreadable("KF-222", "about entries that are there", lost, paths)
    if not any(each.relevant for each in found):
        raise BadInput(
            "KF-223",
            "none of the questions has its answer in the knowledge",
            where=", ".join(map(str, paths)),
            fix="name the knowledge that holds the answers with --knowledge",
        )
    return found, empty


class _Empty(Refused):
    """The row has no question in it."""


class _Unknown(Refused):
    """The row names an entry that is not there."""


class _Finder:
    """Finds the rows that answer a test row."""

    def __init__(self, among: Entries) -> None:
        self._named = among.named
        self._saying: dict[str, set[str]] = {}
        self._about: dict[tuple[str, str], set[str]] = {}
        for each in among.knowledge:
            row = among.row_of[each.id]
            self._saying.setdefault(question_key(each.text), set()).add(row)
            if each.intent is not None:
                self._about.setdefault((each.intent, each.language), set()).add(row)

    def asked(self, row: Row) -> Asked:
        """The question of a row. Raises Refused."""
        columns = understand(row.cells, None)
        parts = Parts(row.cells, columns.names)
        name = next((n for n in ("question", "text") if parts.has(n)), "")
        if not name:
            raise Refused("it has no question", _FIX)
        text = parts.line(name, MAX_LINE, needed=False)
        if not text:
            raise _Empty("the question is empty", _FIX)
        if "relevant" in row.cells:
            return Asked(text=text, relevant=self._by_id(row.cells["relevant"]))
        if parts.has("answer"):
            rows = self._saying.get(question_key(parts.text("answer", MAX_ANSWER)))
            return Asked(text=text, relevant=frozenset(rows or ()), known=bool(rows))
        if not parts.has("intent"):
            raise Refused("it says neither what is relevant nor the answer", _FIX)
        intent = parts.line("intent", MAX_INTENT)
        if intent == OUT_OF_SCOPE:
            return Asked(text=text, relevant=frozenset())
        rows = self._about.get((intent, parts.language(text)))
        return Asked(text=text, relevant=frozenset(rows or ()), known=bool(rows))

    def _by_id(self, ids: Any) -> frozenset[str]:
        if not isinstance(ids, list):
            raise Refused("what is relevant is not a list of ids", _FIX)
        unknown = [each for each in ids if str(each) not in self._named]
        if unknown:
            raise _Unknown(
                f"there is no entry {unknown[0]!r}", "name ids of the knowledge"
            )
        return frozenset(row for each in ids for row in self._named[str(each)])


def _rows(paths: Sequence[Path], refused: list[Rejected]) -> Iterator[Row]:
    for file in find(paths):
        for row in [file] if isinstance(file, Rejected) else read(file):
            if isinstance(row, Rejected):
                refused.append(row)
            else:
                yield row


def _ids(row: Row) -> list[str]:
    names = understand(row.cells, Kind.KNOWLEDGE).names
    value = row.cells.get(names["id"]) if "id" in names else None
    return [] if value is None else [str(value)]


def _left_out(taken: Rejected, done: _Reading) -> None:
    if taken.why.startswith("it repeats"):
        done.repeated += 1
    else:
        done.refused.append(taken)


def _refusal(row: Row, why: Refused) -> Rejected:
    return Rejected(path=row.path, line=row.line, why=why.why, fix=why.fix)


def _unreadable(
    code: str, what: str, refused: Sequence[Rejected], paths: Sequence[Path]
) -> BadInput:
    shown = [f"{each.path}:{each.line}: {each.why}" for each in refused[:_SHOWN]]
    return BadInput(
        code,
        f"{len(refused)} rows are not {what}" if refused else f"there are no {what}",
        where=", ".join(map(str, paths)),
        why="; ".join(shown) or "the files hold no row",
        fix=refused[0].fix if refused else _FIX,
    )
