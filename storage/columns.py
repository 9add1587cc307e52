"""The column types: what goes in comes out equal, on SQLite and on PostgreSQL.

Times are aware and in UTC. Text may hold any character that Python can hold.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, Dialect, TypeDecorator
from sqlalchemy import Text as AnyText
from sqlmodel import Field

# PostgreSQL refuses NUL and neither database takes half a surrogate pair, yet people
# send both. They are kept as DLE ("data link escape") and four hexadecimal digits.
_ESCAPE = "\x10"
_UNSTORABLE = re.compile("[\x00\x10\ud800-\udfff]")
_ESCAPED = re.compile("\x10([0-9a-f]{4})")


def storable(text: str) -> str:
    """The text without characters that a database refuses. `original` undoes it."""
    return _UNSTORABLE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def original(text: str) -> str:
    """The text that was given to `storable`."""
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


class Words(TypeDecorator[str]):
    """Text of any length and any content."""

    impl = AnyText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape on the way in."""
        del dialect
        return None if value is None else storable(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Undo the escapes on the way out."""
        del dialect
        return None if value is None else original(value)


class Moment(TypeDecorator[datetime]):
    """A point in time. A naive one is refused: nobody knows when it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """To UTC; SQLite keeps no zone and sorts its times as text."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time needs its zone: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        moment: datetime = value
        if dialect.name == "sqlite":
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


Text = Annotated[str, Field(sa_type=Words)]
OptionalText = Annotated[str | None, Field(sa_type=Words)]
Key = Annotated[str, Field(sa_type=Words, primary_key=True)]
Time = Annotated[datetime, Field(sa_type=Moment)]
OptionalTime = Annotated[datetime | None, Field(sa_type=Moment)]
Document = Annotated[dict[str, Any], Field(sa_type=JSON)]
Texts = Annotated[list[str], Field(sa_type=JSON)]
