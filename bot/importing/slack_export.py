"""The zip file that Slack exports: a folder for each channel, a file for each day."""

import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from bot.importing import archives
from bot.importing.chats import SLACK, slack_channel
from bot.importing.rows import Place, Read

_DAY = re.compile(r"^(?:.*/)?([^/]+)/\d{4}-\d{2}-\d{2}\.json$")
_MAX_DAY = 16 * 1024**2  # bytes


def is_one(entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether a zip file with these entries is an export of Slack's."""
    return any(_DAY.match(each.filename) for each in entries)


def read_export(
    place: Place, archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]
) -> Iterator[Read]:
    """The threads of every channel; only one channel is in memory at a time."""
    place = place.as_form(SLACK)
    names: frozenset[str] = frozenset()
    channels: dict[str, list[zipfile.ZipInfo]] = {}
    for entry in entries:
        day = _DAY.match(entry.filename)
        if day:
            channels.setdefault(day[1], []).append(entry)
        elif entry.filename.endswith("users.json"):
            names = _people(_items(archive, entry)[0])
    for channel, days in channels.items():
        path = f"{place.path}/{channel}"
        here = Place(path=path, source=place.source, form=place.form)
        refused: list[Read] = []
        messages = chain.from_iterable(
            _day(here, archive, day, refused) for day in days
        )
        yield from slack_channel(here, messages, names)
        yield from refused


def _day(
    place: Place,
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    refused: list[Read],
) -> list[Any]:
    items, why = _items(archive, entry)
    if why:
        refused.append(place.refuse(0, f"{entry.filename} {why}", "export it again"))
    return items


def _items(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[list[Any], str]:
    """The list in a file; or nothing, and why."""
    try:
        content = archives.content(archive, entry, _MAX_DAY)
        if len(content) > _MAX_DAY:
            return [], f"is larger than {_MAX_DAY // 1024**2} MB"
        found = json.loads(content)
    except (*archives.UNREADABLE, RecursionError) as error:
        return [], f"cannot be read ({type(error).__name__})"
    return (found, "") if isinstance(found, list) else ([], "is no list of messages")


def _people(users: Sequence[Any]) -> frozenset[str]:
    """What the people of the export are called; all of it is masked."""
    found: set[str] = set()
    for user in users:
        profile = user.get("profile") if isinstance(user, dict) else None
        for holder in (user, profile):
            if isinstance(holder, dict):
                for name in ("name", "real_name", "display_name"):
                    found.add(str(holder.get(name) or ""))
    return frozenset(found - {""})
