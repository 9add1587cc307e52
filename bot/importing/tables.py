"""CSV and TSV: one broken line costs that line, never the rest of the file.

The first line names the columns. Lines are counted as an editor counts them, also
when a quoted cell goes over several.
"""

import csv
from collections.abc import Iterator, Sequence

from bot.importing.columns import known
from bot.importing.decode import is_broken
from bot.importing.rows import MAX_CELL, Place, Read

DELIMITERS = (",", "\t", ";", "|", "，")

_MAX_RECORD = 4 * MAX_CELL  # characters; a quote that is never closed goes on and on


class _Malformed(Exception):
    """A quote stands where none may be, or is never closed."""


def read_table(place: Place, lines: Sequence[str]) -> Iterator[Read]:
    """The rows of a table, each with the header's names."""
    start = next((i for i, line in enumerate(lines) if line.strip()), None)
    if start is None:
        yield place.refuse(0, "the file is empty", "export it again")
        return
    delimiter = _delimiter(lines[start])
    header: list[str] | None = None
    for number, record in _records(lines, start, delimiter):
        if header is None:
            header = _header(record, delimiter)
            continue
        cells = _cells(record, delimiter) if record is not None else None
        if cells is None:
            yield place.refuse(
                number,
                "a quotation mark is not closed, or stands inside a quoted cell",
                'write a quotation mark inside a cell as "" and quote the whole cell',
            )
        elif any(cell.strip() for cell in cells):
            yield _row(place, number, header, cells)


def _row(place: Place, number: int, header: list[str], cells: list[str]) -> Read:
    if any(len(cell) > MAX_CELL for cell in cells):
        return place.refuse(
            number,
            f"a cell has more than {MAX_CELL:,} characters",
            "split it, or import it as a Markdown document",
        )
    if any(is_broken(cell) for cell in cells):
        return place.refuse(
            number,
            "there are bytes that are no text in the file's encoding",
            "save the file as UTF-8, or mend the line",
        )
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        return place.refuse(
            number,
            f"there are {len(cells)} cells under {len(header)} columns",
            "put quotation marks around a cell that contains the delimiter",
        )
    return place.row(number, dict(zip(header, cells, strict=False)))


def _header(record: str | None, delimiter: str) -> list[str]:
    cells = _cells(record or "", delimiter) or [record or ""]
    return [cell.strip().lstrip("\ufeff") for cell in cells]


def _delimiter(header: str) -> str:
    """The one that makes most column names known, then most cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        cells = _cells(header, delimiter) or []
        return sum(known(cell) is not None for cell in cells), len(cells)

    return max(DELIMITERS, key=fit)


def _cells(record: str, delimiter: str) -> list[str] | None:
    """The cells of one record; None when it is malformed.

    A cell beyond the csv module's own limit (131,072) comes back cut at MAX_CELL + 1,
    which is enough to be refused for its length.
    """
    try:
        return next(csv.reader([record], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return ["x" * (MAX_CELL + 1)] if "larger than" in str(error) else None


def _records(
    lines: Sequence[str], start: int, delimiter: str
) -> Iterator[tuple[int, str | None]]:
    """(line number, record), with None for a line that begins a malformed one."""
    at = start
    while at < len(lines):
        end = _end(lines, at, delimiter)
        if end is None:
            yield at + 1, None
            at += 1  # only this line is lost: the next may be sound
        else:
            yield at + 1, "".join(lines[at:end])
            at = end


def _end(lines: Sequence[str], at: int, delimiter: str) -> int | None:
    """The line after the record that begins at `at`; None if it is malformed."""
    inside = False
    size = 0
    for number in range(at, len(lines)):
        size += len(lines[number])
        if number > at and size > _MAX_RECORD:
            return None
        try:
            inside = _quoted_at_end(lines[number], delimiter, inside)
        except _Malformed:
            return None
        if not inside:
            return number + 1
    return None


def _quoted_at_end(line: str, delimiter: str, inside: bool) -> bool:
    """Whether the line ends within a quoted cell, given how it begins."""
    if '"' not in line:
        return inside
    text, at = line.rstrip("\r\n"), 0
    while True:
        if inside:
            at = text.find('"', at)
            if at < 0:
                return True
            after = text[at + 1 : at + 2]
            at += 2
            if after == '"':
                continue
            if after not in {"", delimiter}:
                raise _Malformed
            inside = False
            if not after:
                return False
        elif text.startswith('"', at):
            inside, at = True, at + 1
        else:
            at = text.find(delimiter, at) + 1
            if at == 0:
                return False
