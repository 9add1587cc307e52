"""From paths to rows: which files are read, how, and how much of them at most.

A path that does not exist stops the import before anything is written. In a folder,
hidden files are not looked at; files that kefu does not read are counted and named.
"""

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.importing.decode import decode, is_binary
from bot.importing.json_lines import read_json_lines
from bot.importing.markdown import read_markdown
from bot.importing.report import Rejected
from bot.importing.rows import Place, Read
from bot.importing.sheets import read_workbook
from bot.importing.tables import read_table
from storage.problems import BadInput

MAX_FILE = 32 * 1024**2
"""Bytes of one file, unpacked."""

_TextReader = Callable[[Place, str], Iterator[Read]]
_READERS: dict[str, _TextReader] = {
    ".csv": read_table,
    ".tsv": read_table,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".jsonl.gz": read_json_lines,
    ".md": read_markdown,
    ".markdown": read_markdown,
}
_EXCEL = ".xlsx"
_INSTEAD = {
    ".xls": "open it in Excel and save it as .xlsx",
    ".json": "write one object on each line and call it .jsonl",
    ".txt": "call it .md if it is a document, .csv if it is a table",
    ".docx": "save it as Markdown or plain text and call it .md",
    ".pdf": "save its text as .md",
    ".html": "save its text as .md",
}
_READ = "kefu reads .csv, .tsv, .xlsx, .jsonl, .jsonl.gz and .md"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to read. Its source names it the same wherever it lies."""

    path: Path
    source: str
    suffix: str


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
            why=f"no file was found; {_READ}",
            fix="name a file or a folder with such files",
        )
    return found


def read(file: File) -> Iterator[Read]:
    """The rows of a file."""
    place = Place(path=str(file.path), source=file.source)
    try:
        content = _content(file)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield place.refuse(0, f"it cannot be read: {reason}", "mend or replace it")
        return
    if len(content) > MAX_FILE:
        limit = f"{MAX_FILE // 1024**2} MB"
        yield place.refuse(0, f"it is larger than {limit}", "split it")
    elif file.suffix == _EXCEL:
        yield from read_workbook(place, content)
    elif is_binary(content):
        yield place.refuse(0, "it is not a text file", f"{_READ}")
    else:
        yield from _READERS[file.suffix](place, decode(content)[0])


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


def _suffix(path: Path) -> str:
    name = path.name.lower()
    endings = sorted([*_READERS, _EXCEL], key=len, reverse=True)
    return next((each for each in endings if name.endswith(each)), "")


def _file(path: Path, root: Path | None) -> File | Rejected:
    suffix = _suffix(path)
    if not suffix:
        fix = _INSTEAD.get(path.suffix.lower(), _READ)
        why = f"kefu does not read {path.suffix or 'files without an ending'}"
        return Rejected(path=str(path), line=0, why=why, fix=fix)
    return File(path=path, source=_source(path, root, suffix), suffix=suffix)


def _source(path: Path, root: Path | None, suffix: str) -> str:
    """A table is known by its name, so that a newer copy from elsewhere updates it.

    A Markdown file is known with its folder, since every folder may have an index.md.
    """
    if _READERS.get(suffix) is not read_markdown:
        return path.name
    base = root or path.parent
    return (Path(base.resolve().name) / path.relative_to(base)).as_posix()


def _folder(root: Path) -> list[File | Rejected]:
    found: list[File | Rejected] = []
    others: Counter[str] = Counter()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(folder) / name
            if _suffix(path):
                found.append(_file(path, root))
            else:
                others[path.suffix.lower() or "other"] += 1
    for ending, count in sorted(others.items()):
        why = f"{count} {ending} {'file was' if count == 1 else 'files were'} not read"
        fix = _INSTEAD.get(ending, _READ)
        found.append(Rejected(path=str(root), line=0, why=why, fix=fix))
    return found
