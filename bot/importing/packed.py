"""The files in a zip file: a Slack export, or any folder that was packed."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from bot.importing import archives, slack_export
from bot.importing.decode import decode
from bot.importing.readers import (
    MARKED_UP,
    MAX_FILE,
    SUFFIXES,
    YAML,
    rows_in,
    suffix_of,
)
from bot.importing.rows import Place, Read
from bot.importing.web import Fetcher

_WANTED = tuple(each for each in SUFFIXES if not each.endswith((".zip", ".gz")))


def read_archive(
    place: Place, path: Path, fetcher: Fetcher | None = None
) -> Iterator[Read]:
    """The rows of the files in a zip file, each read as if it lay in a folder."""
    try:
        if path.stat().st_size > archives.MAX_ARCHIVE:
            limit = f"{archives.MAX_ARCHIVE // 1024**2} MB"
            yield place.refuse(0, f"it is larger than {limit}", "split it")
            return
        with path.open("rb") as file:
            why = archives.directory_problem(file)
            if why:
                yield place.refuse(0, why, "pack it again")
                return
            with zipfile.ZipFile(file) as archive:
                why = archives.unpacked_problem(archive, archives.MAX_UNPACKED)
                if why:
                    yield place.refuse(0, why, "split it, or unpack it yourself")
                    return
                yield from _archive(place, archive, fetcher)
    except archives.UNREADABLE as error:
        why = f"it is no sound zip file ({type(error).__name__})"
        yield place.refuse(0, why, "pack it again")


def _archive(
    place: Place, archive: zipfile.ZipFile, fetcher: Fetcher | None
) -> Iterator[Read]:
    entries = []
    for each in archives.members(place, archive, _WANTED):
        if isinstance(each, zipfile.ZipInfo):
            entries.append(each)
        else:
            yield each
    if slack_export.is_one(entries):
        yield from slack_export.read_export(place, archive, entries)
        return
    if not entries:
        yield place.refuse(0, "there is no file in it that kefu reads", "look into it")
    others = _project(archive, entries)
    for entry in entries:
        try:
            content = archives.content(archive, entry, MAX_FILE)
        except archives.UNREADABLE as error:
            why = f"{entry.filename!r} cannot be read ({type(error).__name__})"
            yield place.refuse(0, why, "pack it again")
            continue
        here = Place(
            path=f"{place.path}/{entry.filename}",
            source=_source(place, entry.filename),
        )
        suffix = suffix_of(entry.filename)
        yield from rows_in(here, suffix, content, others=others, fetcher=fetcher)


def _source(place: Place, name: str) -> str:
    """A document is known with its folder, a table by its name, as outside of a zip."""
    if suffix_of(name) in MARKED_UP:
        return f"{PurePosixPath(place.source).stem}/{name}"
    return PurePosixPath(name).name


def _project(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]
) -> tuple[str, ...]:
    texts = []
    for entry in entries:
        if entry.filename.lower().endswith(YAML):
            try:
                texts.append(decode(archives.content(archive, entry, MAX_FILE))[0])
            except archives.UNREADABLE:
                continue  # it is named when its turn comes
    return tuple(texts)
