"""XML exports, read piece by piece: tickets, articles, or rows of a table.

A document that declares a type or an entity is refused where it does so, before
anything of it could unfold, and nothing outside of the file is ever opened.
"""

from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from bot.importing.decode import is_broken
from bot.importing.rows import Place, Read
from bot.importing.shapes import rows_of

MAX_RECORDS = 200_000
_MOST_NESTED = 30
_MOST_PARTS = 100_000  # elements of one record
_PIECE = 65_536  # characters given to the parser at once
_RENAMED = {"value": "body", "is_public": "public"}


class _Unsafe(Exception):
    """A document type, an entity, or nesting beyond reason."""


def read_xml(place: Place, text: str) -> Iterator[Read]:
    """The records of a document: the elements right below its root."""
    place = place.as_form("XML")
    if is_broken(text):
        why = "there are bytes that are no text in the file's encoding"
        yield place.refuse(0, why, "save the file as UTF-8")
        return
    records = _Records()
    found = 0
    try:
        for start in range(0, len(text), _PIECE):
            last = start + _PIECE >= len(text)
            for line, record in records.feed(text[start : start + _PIECE], last):
                found += 1
                if found > MAX_RECORDS:
                    why = f"it goes on after {MAX_RECORDS:,} records"
                    yield place.refuse(line, why, "split it")
                    return
                yield from rows_of(place, line, record)
    except _Unsafe as error:
        yield place.refuse(records.line, str(error), "export it again without that")
        return
    except expat.ExpatError as error:
        why = f"it is not XML: {expat.errors.messages[error.code]}"
        yield place.refuse(error.lineno, why, "export it again")
        return
    if not found:
        yield place.refuse(0, "there is no record in it", "export it again")


class _Records:
    """Elements below the root, as dictionaries of their children."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._declared
        self._parser.EntityDeclHandler = self._declared
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._words
        self._open: list[tuple[str, dict[str, list[Any]], list[str]]] = []
        self._done: list[tuple[int, dict[str, Any]]] = []
        self._line = self._parts = 0

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def feed(self, piece: str, last: bool) -> list[tuple[int, dict[str, Any]]]:
        self._parser.Parse(piece, last)
        done, self._done = self._done, []
        return done

    def _declared(self, *_: object) -> None:
        raise _Unsafe("it declares a document type or an entity, which may unfold")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        if len(self._open) >= _MOST_NESTED:
            raise _Unsafe("it is nested too deep")
        self._parts += 1
        if len(self._open) == 1:
            self._line, self._parts = self.line, 0
        if self._parts > _MOST_PARTS:
            raise _Unsafe(f"a record has more than {_MOST_PARTS:,} parts")
        name = name.replace("-", "_")
        self._open.append((_RENAMED.get(name, name), {}, []))

    def _words(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def _end(self, name: str) -> None:
        del name
        own, children, words = self._open.pop()
        parts = {each: _one_or_all(each, values) for each, values in children.items()}
        value: Any = parts or "".join(words).strip()
        if len(self._open) > 1:
            self._open[-1][1].setdefault(own, []).append(value)
        elif self._open:
            self._done.append((self._line, parts or {own: value}))


def _one_or_all(name: str, values: list[Any]) -> Any:
    """<comments><comment/></comments> is a list, be it of one."""
    if len(values) > 1:
        return values
    value = values[0]
    if isinstance(value, dict) and len(value) == 1 and f"{next(iter(value))}s" == name:
        inside = next(iter(value.values()))
        return inside if isinstance(inside, list) else [inside]
    return value
