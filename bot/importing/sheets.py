"""Excel workbooks: every sheet is a table; a formula counts as its last value.

A workbook is a zip file of XML: its size is known before anything is unpacked, and
one that would unpack to more than `MAX_UNPACKED` is refused unread.
"""

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.importing import archives
from bot.importing.columns import known
from bot.importing.rows import MAX_CELL, Place, Read

MAX_UNPACKED = 32 * 1024**2
MAX_COLUMNS = 256
MAX_ROWS = 200_000
_UNREADABLE = (
    *archives.UNREADABLE,
    InvalidFileException,
    ParseError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
)


def read_workbook(place: Place, content: bytes) -> Iterator[Read]:
    """The rows of every sheet, each with its own header."""
    suspect = _suspect(place, content)
    if suspect is not None:
        yield suspect
        return
    try:
        yield from _sheets(place, content)
    # openpyxl meets a damaged file in many ways; each is the same to a person.
    except _UNREADABLE as error:
        yield place.refuse(
            0,
            f"it is not a sound Excel workbook ({type(error).__name__})",
            "open it in Excel and save it again as .xlsx without a password",
        )


def _suspect(place: Place, content: bytes) -> Read | None:
    file = io.BytesIO(content)
    try:
        why = archives.directory_problem(file)
        if not why:
            with zipfile.ZipFile(file) as archive:
                why = archives.unpacked_problem(archive, MAX_UNPACKED)
    except archives.UNREADABLE:
        return None  # the reader says what is wrong with it
    if not why or not zipfile.is_zipfile(file):
        return None
    limit = f"{MAX_UNPACKED // 1024**2} MB is the most that is read"
    return place.refuse(0, why, f"split the workbook: {limit}")


def _sheets(place: Place, content: bytes) -> Iterator[Read]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and validation, never values
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        several = len(book.worksheets) > 1
        for sheet in book.worksheets:
            path = f"{place.path} [{sheet.title}]" if several else place.path
            rows = sheet.iter_rows(
                max_col=MAX_COLUMNS, max_row=MAX_ROWS + 1, values_only=True
            )
            yield from _table(Place(path=path, source=place.source), rows)
        book.close()


def _table(place: Place, rows: Iterator[Sequence[Any]]) -> Iterator[Read]:
    header: list[str] | None = None
    for number, values in enumerate(rows, start=1):
        cells = [_text(value) for value in values]
        if not any(cells):
            continue
        if number > MAX_ROWS:
            why = f"the sheet goes on after {MAX_ROWS:,} rows"
            yield place.refuse(number, why, "split the sheet")
        elif header is None:
            # A lone cell above the columns is the table's title.
            alone = sum(map(bool, cells)) == 1 and not any(map(known, cells))
            header = None if alone else cells
        elif any(len(cell) > MAX_CELL for cell in cells):
            yield place.refuse(
                number, f"a cell has more than {MAX_CELL:,} characters", "split it"
            )
        else:
            named = zip(header, cells, strict=False)
            yield place.row(number, {name: cell for name, cell in named if name})


def _text(value: Any) -> str:
    """A cell as a person reads it: 3 and not 3.0, a day without its midnight."""
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
