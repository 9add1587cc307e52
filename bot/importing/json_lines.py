"""JSON Lines: one object a line, of any shape; one that is none costs only itself."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.importing.decode import is_broken
from bot.importing.report import Rejected
from bot.importing.rows import MAX_CELL, Place, Read
from bot.importing.shapes import rows_of

_MAX_LINE = 2 * MAX_CELL


def read_json_lines(place: Place, lines: Sequence[str]) -> Iterator[Read]:
    """The objects of a JSON Lines text, line by line."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _rows(place, number, line)


def _rows(place: Place, number: int, line: str) -> Iterator[Read]:
    value = _value(place, number, line)
    if isinstance(value, Rejected):
        yield value
    else:
        yield from rows_of(place, number, value)


def _value(place: Place, number: int, line: str) -> dict[str, Any] | Rejected:
    if len(line) > _MAX_LINE:
        return place.refuse(
            number,
            f"the line has more than {_MAX_LINE:,} characters",
            "split it, or import it as a Markdown document",
        )
    if is_broken(line):
        return place.refuse(
            number, "there are bytes that are not UTF-8", "save the file as UTF-8"
        )
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return place.refuse(
            number,
            f"it is not JSON: {error.msg} at character {error.pos + 1}",
            "write one JSON object on each line",
        )
    # A number of a thousand digits, or brackets nested beyond reason.
    except (ValueError, RecursionError):
        return place.refuse(
            number, "the JSON cannot be read", "write one flat object on each line"
        )
    if not isinstance(value, dict):
        return place.refuse(
            number, "it is not an object", 'write {"question": ..., "answer": ...}'
        )
    return value
