"""Zip files, looked into and never unpacked to the disk.

How much a file would unfold to is known before anything is read, and what it claims is
kept to while reading. Names that lead out of the archive, links and archives within
archives are refused.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from bot.importing.rows import Place, Read

MAX_ARCHIVE = 256 * 1024**2
"""Bytes of a zip file itself."""
MAX_UNPACKED = 128 * 1024**2
"""Bytes of everything in it, unpacked."""
MAX_ENTRIES = 20_000
MAX_RATIO = 200
_RATIO_FROM = 1024**2  # bytes from which a ratio says something
_DIRECTORY = 4 * 1024**2  # bytes of the list of entries
_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_PACKED = (".zip", ".gz", ".tar", ".7z", ".rar", ".tgz", ".bz2", ".xz")
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # a password
    NotImplementedError,  # a way of packing that Python does not know
    struct.error,
)


def directory_problem(file: IO[bytes]) -> str:
    """What is wrong with the list of entries, before it is read; "" if nothing is."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        return "it is no sound zip file"
    if _END_64 in tail[max(0, at - 20) : at]:
        return "it has more entries than kefu reads"
    entries, directory = struct.unpack("<HI", tail[at + 10 : at + 16])
    if entries > MAX_ENTRIES or directory > _DIRECTORY:
        return f"it has more than {MAX_ENTRIES:,} entries"
    return ""


def unpacked_problem(archive: zipfile.ZipFile, limit: int) -> str:
    """Why an archive is not opened any further; "" if it may be."""
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if size > limit:
        return f"it would unpack to {size / 1024**2:,.0f} MB"
    if size > _RATIO_FROM and size / packed > MAX_RATIO:
        return f"it unfolds to {size / packed:,.0f} times its size"
    return ""


def members(
    place: Place, archive: zipfile.ZipFile, wanted: tuple[str, ...]
) -> Iterator[Read | zipfile.ZipInfo]:
    """The entries to read, in order of their names; refusals for the others.

    Args:
        wanted: how the names end that are read.
    """
    others: dict[str, int] = {}
    for entry in sorted(archive.infolist(), key=lambda each: each.filename):
        why = _suspect(entry)
        if why:
            name = entry.filename.encode("utf-8", "replace").decode()[:200]
            yield place.refuse(0, f"{name!r} {why}", "pack it again without it")
        elif entry.is_dir() or _is_hidden(entry.filename):
            continue
        elif entry.filename.lower().endswith(wanted):
            yield entry
        else:
            ending = PurePosixPath(entry.filename).suffix.lower() or "other"
            others[ending] = others.get(ending, 0) + 1
    for ending, count in sorted(others.items()):
        why = f"{count} {ending} {'file was' if count == 1 else 'files were'} not read"
        yield place.leave(0, why)


def content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """The bytes of an entry, at most one more than the limit. Raises `UNREADABLE`."""
    with archive.open(entry) as packed:
        return packed.read(limit + 1)


def _suspect(entry: zipfile.ZipInfo) -> str:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "leads out of the archive"
    if "\x00" in name:
        return "has a name that is none"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    if entry.flag_bits & 1:
        return "has a password"
    if name.lower().endswith(_PACKED):
        return "is an archive within the archive"
    return ""


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)
