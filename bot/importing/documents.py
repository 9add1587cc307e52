"""A file that is one JSON document: what an API answered, or an export's one file.

Known by its keys. A list of objects is read object by object, each by its own shape;
a page of a longer answer says so, because the rest is not in the file.
"""

import json
from collections.abc import Iterator
from typing import Any

from bot.importing.chats import is_slack_day, is_telegram, slack_day, telegram
from bot.importing.decode import Lines, decode, is_broken
from bot.importing.json_lines import read_json_lines
from bot.importing.rows import Place, Read
from bot.importing.shapes import rows_of

MAX_DOCUMENT = 12 * 1024**2
"""Bytes of one document: it is held whole, several times that in memory."""
MAX_VALUES = 1_000_000
"""Commas and brackets in one document: as many values at most."""

_LISTS = ("articles", "tickets", "conversations", "canned_responses", "results", "rows")
_WRAPPERS = ("data", "payload", *_LISTS)


def read_document(place: Place, content: bytes) -> Iterator[Read]:
    """The rows of a JSON document; one object a line is read as JSON Lines."""
    values = sum(map(content.count, (b",", b"[", b"{")))
    if len(content) > MAX_DOCUMENT or values > MAX_VALUES:
        yield from _large(place, content)
        return
    text = decode(content)[0]
    if is_broken(text):
        why = "there are bytes that are not UTF-8"
        yield place.refuse(0, why, "save the file as UTF-8")
        return
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            yield from read_json_lines(place, Lines(content))
            return
        why = f"it is not JSON: {error.msg} at line {error.lineno}"
        yield place.refuse(error.lineno, why, "export it again")
        return
    except (ValueError, RecursionError):
        yield place.refuse(0, "the JSON cannot be read", "export it again")
        return
    yield from _document(place, document)


def _large(place: Place, content: bytes) -> Iterator[Read]:
    """One that is too large to hold may still have an object on each line."""
    lines = Lines(content)
    first = next((line for line in lines if line.strip()), "")
    try:
        alone = len(first) < MAX_DOCUMENT // 4 and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        alone = False
    if alone:
        yield from read_json_lines(place, lines)
        return
    limit = f"{MAX_DOCUMENT // 1024**2} MB or {MAX_VALUES:,} values"
    why = f"it is one JSON document of more than {limit}"
    yield place.refuse(0, why, "export less at once, or one object on each line")


def _document(place: Place, document: Any) -> Iterator[Read]:
    place = place.as_form("JSON")
    if isinstance(document, dict):
        if is_telegram(document):
            yield from telegram(place, document)
            return
        yield from _more_pages(place, document)
        while (inside := _inside(document)) is not None:
            document = inside
    if isinstance(document, dict):
        yield from rows_of(place, 1, document)
    elif not isinstance(document, list):
        yield place.refuse(0, "it is no list of objects", "export it again")
    elif is_slack_day(document):
        yield from slack_day(place, document)
    elif not document:
        yield place.refuse(0, "the list in it is empty", "export it again")
    else:
        for number, item in enumerate(document, start=1):
            if isinstance(item, dict):
                yield from rows_of(place, number, item)
            else:
                why = f"item {number} is not an object"
                yield place.refuse(number, why, "export it again")


def _inside(document: Any) -> Any:
    """What a wrapper holds: {"data": {"payload": [...]}} is a list."""
    if not isinstance(document, dict):
        return None
    for name in _WRAPPERS:
        held = document.get(name)
        if isinstance(held, list) and (not held or isinstance(held[0], dict)):
            said = name == "conversations" and held and "value" in held[0]
            return None if said else held  # a shape of its own
        if isinstance(held, dict) and name in ("data", "payload"):
            return held
    return None


def _more_pages(place: Place, document: dict[str, Any]) -> Iterator[Read]:
    pages = document.get("pages")
    more = document.get("next_page") or document.get("links")
    more = more.get("next") if isinstance(more, dict) else more
    more = more or (pages.get("next") if isinstance(pages, dict) else None)
    if more:
        why = "it is one page of a longer list"
        yield place.refuse(0, why, f"fetch the rest too: {str(more)[:200]}")
