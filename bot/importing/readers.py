"""Which reader reads a file's content, by the ending of its name.

What a file holds is then told by its content: the same .json may be tickets, articles
or a chat. Every content becomes rows and refusals; none makes a reader raise.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from bot.importing.decode import Lines, decode, is_binary
from bot.importing.documents import read_document
from bot.importing.json_lines import read_json_lines
from bot.importing.markdown import read_markdown
from bot.importing.markup import read_xml
from bot.importing.pages import read_page
from bot.importing.plain_text import read_addresses, read_text
from bot.importing.rasa import read_rasa
from bot.importing.rows import Place, Read
from bot.importing.sheets import read_workbook
from bot.importing.tables import read_table
from bot.importing.threads import joined
from bot.importing.web import Fetcher

MAX_FILE = 32 * 1024**2
"""Bytes of one file, unpacked."""
MAX_LINES = 200_000

EXCEL, ZIP, YAML = ".xlsx", ".zip", (".yml", ".yaml")
MARKED_UP = (".md", ".markdown", ".html", ".htm")
"""Documents: what they no longer say is retired."""

_Reader: TypeAlias = Callable[[Place, bytes], Iterator[Read]]


def _of_text(read: Callable[[Place, str], Iterator[Read]]) -> _Reader:
    return lambda place, content: read(place, decode(content)[0])


def _of_lines(read: Callable[[Place, Sequence[str]], Iterator[Read]]) -> _Reader:
    return lambda place, content: read(place, Lines(content))


_TEXTS: dict[str, tuple[str, _Reader]] = {
    ".csv": ("table", _of_lines(read_table)),
    ".tsv": ("table", _of_lines(read_table)),
    ".jsonl": ("JSON Lines", _of_lines(read_json_lines)),
    ".ndjson": ("JSON Lines", _of_lines(read_json_lines)),
    ".jsonl.gz": ("JSON Lines", _of_lines(read_json_lines)),
    ".json": ("JSON", read_document),
    ".md": ("Markdown", _of_text(read_markdown)),
    ".markdown": ("Markdown", _of_text(read_markdown)),
    ".html": ("HTML page", _of_text(read_page)),
    ".htm": ("HTML page", _of_text(read_page)),
    ".xml": ("XML", _of_text(read_xml)),
}
_TABLES = (".csv", ".tsv")
_WITH_MORE = (".txt", ".urls", *YAML)
SUFFIXES = (*_TEXTS, *_WITH_MORE, EXCEL, ZIP)
READ = (
    "kefu reads .csv, .tsv, .xlsx, .jsonl, .jsonl.gz, .json, .md, .html, .txt, .urls, "
    ".yml, .xml and .zip"
)


def suffix_of(name: str) -> str:
    """The ending by which a file is read; "" if it is not."""
    endings = sorted(SUFFIXES, key=len, reverse=True)
    return next((each for each in endings if name.lower().endswith(each)), "")


def rows_in(
    place: Place,
    suffix: str,
    content: bytes,
    *,
    others: tuple[str, ...] = (),
    fetcher: Fetcher | None = None,
) -> Iterator[Read]:
    """The rows of a file's content; one without any is refused for that.

    Args:
        others: the texts of the project that a YAML file belongs to.
        fetcher: fetches what a list of addresses names; None fetches nothing.
    """
    rows = _rows(place, suffix, content, others, fetcher)
    first = next(rows, None)
    if first is not None:
        yield first
        yield from rows
    elif suffix in YAML:  # stories and rules are used with the answers
        yield place.leave(0, "it holds no question and no answer of its own")
    else:
        yield place.refuse(0, "there is no row in it", "export it again")


def _rows(
    place: Place,
    suffix: str,
    content: bytes,
    others: tuple[str, ...],
    fetcher: Fetcher | None,
) -> Iterator[Read]:
    if len(content) > MAX_FILE:
        limit = f"{MAX_FILE // 1024**2} MB"
        yield place.refuse(0, f"it is larger than {limit}", "split it")
    elif suffix == EXCEL:
        yield from joined(place, read_workbook(place.as_form("Excel"), content))
    elif is_binary(content):
        yield place.refuse(0, "it is not a text file", READ)
    elif content.count(b"\n") > MAX_LINES or content.count(b"\r") > MAX_LINES:
        yield place.refuse(0, f"it has more than {MAX_LINES:,} lines", "split it")
    elif suffix in YAML:
        yield from read_rasa(place, decode(content)[0], others)
    elif suffix == ".urls":
        yield from read_addresses(place, decode(content)[0], fetcher)
    elif suffix == ".txt":
        yield from read_text(place, decode(content)[0], fetcher)
    else:
        form, reader = _TEXTS[suffix]
        rows = reader(place.as_form(form), content)
        yield from joined(place, rows) if suffix in _TABLES else rows
