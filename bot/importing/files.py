"""From paths to rows: which files are read, how, and how much of them at most.

A path that does not exist stops the import before anything is written. In a folder,
hidden files are not looked at; files that kefu does not read are counted and named.
"""

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.importing.decode import decode
from bot.importing.packed import read_archive
from bot.importing.readers import (
    MARKED_UP,
    MAX_FILE,
    READ,
    YAML,
    ZIP,
    rows_in,
    suffix_of,
)
from bot.importing.report import Rejected
from bot.importing.rows import Place, Read
from bot.importing.web import Fetcher
from storage.problems import BadInput

_INSTEAD = {
    ".xls": "open it in Excel and save it as .xlsx",
    ".docx": "save it as Markdown or plain text and call it .md",
    ".pdf": "save its text as .md",
    ".gz": "unpack it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to read. Its source names it the same wherever it lies."""

    path: Path
    source: str
    suffix: str
    beside: tuple[Path, ...] = ()  # the YAML files of one project


def find(paths: Sequence[Path]) -> list[File | Rejected]:
    """Every file to read, folders opened, in a fixed order.

    Raises:
        BadInput: KF-201 if a path does not exist, KF-202 if there is nothing to read.
    """
    for path in paths:
        if not _exists(path):
            raise BadInput(
                "KF-201",
                f"there is no {path.name or path}",
                where=str(path),
                why="no file or folder of that name can be reached",
                fix="check the spelling; nothing was changed",
            )
    found: list[File | Rejected] = []
    for path in paths:
        found += _folder(path) if path.is_dir() else [_file(path, None)]
    if not found:
        raise BadInput(
            "KF-202",
            "there is nothing to import",
            where=", ".join(map(str, paths)),
            why=f"no file was found; {READ}",
            fix="name a file or a folder with such files",
        )
    return _as_projects(found)


def read(file: File, fetcher: Fetcher | None = None) -> Iterator[Read]:
    """The rows of a file.

    Args:
        fetcher: fetches what a list of addresses names; None fetches nothing.
    """
    place = Place(path=str(file.path), source=file.source)
    if file.suffix == ZIP:
        yield from read_archive(place, file.path, fetcher)
        return
    try:
        content = _content(file)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield place.refuse(0, f"it cannot be read: {reason}", "mend or replace it")
        return
    others = tuple(_texts(file.beside))
    yield from rows_in(place, file.suffix, content, others=others, fetcher=fetcher)


def _as_projects(found: list[File | Rejected]) -> list[File | Rejected]:
    """YAML files that come together know of each other: stories of their answers."""
    files = [each for each in found if isinstance(each, File) and each.suffix in YAML]
    paths = tuple(each.path for each in files)
    return [replace(f, beside=paths) if f in files else f for f in found]


def _texts(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        try:
            with path.open("rb") as file:
                yield decode(file.read(MAX_FILE))[0]
        except OSError:
            continue  # it is named when its turn comes


def _exists(path: Path) -> bool:
    try:
        return path.is_file() or path.is_dir()
    except OSError:  # a name that is too long, a folder that may not be looked into
        return False


def _content(file: File) -> bytes:
    """At most one byte more than the limit, so that a bomb never unfolds."""
    if file.suffix.endswith(".gz"):
        with gzip.open(file.path) as packed:
            return packed.read(MAX_FILE + 1)
    with file.path.open("rb") as plain:
        return plain.read(MAX_FILE + 1)


def _file(path: Path, root: Path | None) -> File | Rejected:
    suffix = suffix_of(path.name)
    if not suffix:
        fix = _INSTEAD.get(path.suffix.lower(), READ)
        why = f"kefu does not read {path.suffix or 'files without an ending'}"
        return Rejected(path=str(path), line=0, why=why, fix=fix)
    return File(path=path, source=_source(path, root, suffix), suffix=suffix)


def _source(path: Path, root: Path | None, suffix: str) -> str:
    """A table is known by its name, so that a newer copy from elsewhere updates it.

    A document is known with its folder, since every folder may have an index.md.
    """
    if suffix not in MARKED_UP:
        return path.name
    base = root or path.parent
    return (Path(base.resolve().name) / path.relative_to(base)).as_posix()


def _link(path: Path) -> Rejected:
    """A folder may come from others: what it points to is not theirs to choose."""
    kind = "a symbolic link" if path.is_symlink() else "no file"
    return Rejected(
        path=str(path), line=0, why=f"it is {kind}", fix="name the file itself"
    )


def _folder(root: Path) -> list[File | Rejected]:
    found: list[File | Rejected] = []
    others: Counter[str] = Counter()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            _link(Path(folder) / n) for n in folders if (Path(folder) / n).is_symlink()
        ]
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(folder) / name
            if path.is_symlink() or not path.is_file():
                found.append(_link(path))
            elif suffix_of(path.name):
                found.append(_file(path, root))
            else:
                others[path.suffix.lower() or "other"] += 1
    for ending, count in sorted(others.items()):
        why = f"{count} {ending} {'file was' if count == 1 else 'files were'} not read"
        fix = _INSTEAD.get(ending, READ)
        found.append(Rejected(path=str(root), line=0, why=why, fix=fix))
    return found
