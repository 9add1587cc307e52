"""Records as JSON and back: `decode(type(x), encode(x))` equals `x`, always.

JSON objects are records, lists are tuples, times are ISO 8601 in UTC, enumerations
are their values, and events have their kind beside them. An unknown name is passed
over, so that an older kefu reads what a newer one wrote; a missing one takes the
record's default.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from storage.records import Choice, Correction, Event, Json, Message, Vote

_Record = TypeVar("_Record")
_Reader = Callable[[Any], Any]

KINDS: Mapping[str, type[Message | Vote | Correction | Choice]] = {
    "message": Message,
    "vote": Vote,
    "correction": Correction,
    "choice": Choice,
}
_KIND_OF = {record: kind for kind, record in KINDS.items()}


def encode(record: Any) -> dict[str, Any]:
    """A record as an object for `json.dumps`. The record must be a dataclass."""
    kind: Any = type(record)  # hashable, though the type checker doubts it
    return {name: _plain(getattr(record, name)) for name in _names(kind)}


def decode(record: type[_Record], data: Json) -> _Record:
    """The record of that type that `encode` made the data from.

    Raises:
        TypeError: a field without a default is missing.
        ValueError: a value does not fit its field.
    """
    kind: Any = record  # hashable, though the type checker doubts it
    readers = _readers(kind)
    return record(**{n: readers[n](v) for n, v in data.items() if n in readers})


def encode_event(event: Event) -> dict[str, Any]:
    """An event with its kind beside it."""
    return {"kind": _KIND_OF[type(event)], **encode(event)}


def decode_event(data: Json) -> Event:
    """The event; its kind says which.

    Raises:
        KeyError: the kind is missing or unknown.
    """
    return decode(KINDS[data["kind"]], data)


def to_text(data: object) -> str:
    """JSON text that people can read and that both databases store.

    Raises:
        ValueError: the data holds a number that JSON has no word for (NaN).
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    if text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return json.dumps(data, allow_nan=False)  # half a surrogate pair: escape it


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, datetime):
        return _utc(value).isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(inner) for inner in value]
    if type(value) in _KIND_OF:
        return encode_event(value)
    if is_dataclass(value):
        return encode(value)
    return value


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a time needs its zone: {moment!r}")
    return moment.astimezone(UTC)


@cache
def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


@cache
def _readers(record: type) -> dict[str, _Reader]:
    hints = get_type_hints(record)
    return {name: _reader(hints[name]) for name in _names(record)}


def _reader(hint: Any) -> _Reader:
    origin, inner = get_origin(hint), get_args(hint)
    if hint == Event:
        return decode_event
    if origin in (Union, UnionType):
        return _optional(_reader(next(arm for arm in inner if arm is not type(None))))
    if origin is tuple:
        return _tuple(inner)
    if hint is datetime:
        return datetime.fromisoformat
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if is_dataclass(hint) and isinstance(hint, type):
        return lambda value: decode(hint, value)
    return lambda value: value


def _optional(read: _Reader) -> _Reader:
    return lambda value: None if value is None else read(value)


def _tuple(inner: tuple[Any, ...]) -> _Reader:
    if inner[-1] is Ellipsis:
        read = _reader(inner[0])
        return lambda value: tuple(map(read, value))
    readers = [_reader(arm) for arm in inner]
    return lambda value: tuple(
        read(part) for read, part in zip(readers, value, strict=True)
    )
