"""Bytes of a text file to text: UTF-8, UTF-16 with its mark, GB18030 or Windows-1252.

Decoding never fails and never guesses a letter: a byte that the file's encoding does
not have stays recognisable (`is_broken`), so that only its own row is refused.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import overload

_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_BROKEN = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 8192
_PIECE = 2**20
_KEPT = "surrogateescape"


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of the encoding that it was written in."""
    encoding, start = _encoding(content)
    return _with(content[start:], encoding), encoding


class Lines(Sequence[str]):
    """The lines of a large text, each with its end; decoded when they are read.

    They are kept as UTF-8: a text with one rare character takes four times its size
    as a string.
    """

    def __init__(self, content: bytes) -> None:
        encoding, start = _encoding(content)
        if encoding != "utf-8":
            pieces = _pieces(content, encoding, start)
            content = b"".join(each.encode("utf-8", _KEPT) for each in pieces)
            start = 0
        self._lines = content[start:].splitlines(keepends=True)

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [each.decode("utf-8", _KEPT) for each in self._lines[at]]
        return self._lines[at].decode("utf-8", _KEPT)


def is_binary(content: bytes) -> bool:
    """Whether these are not a text file's bytes."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    sample = content[:_SAMPLE]
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b" for byte in sample)
    return b"\0" in sample or controls * 50 > len(sample)


def is_broken(text: str) -> bool:
    """Whether there was a byte, or a JSON escape, that is no character."""
    return _BROKEN.search(text) is not None


def _with(content: bytes, encoding: str) -> str:
    return content.decode(encoding, _errors(encoding))


def _errors(encoding: str) -> str:
    # UTF-16 has no byte that could be escaped; a broken pair becomes U+FFFD.
    return "replace" if encoding.startswith("utf-16") else _KEPT


def _encoding(content: bytes) -> tuple[str, int]:
    """The encoding, and where the text begins after its mark."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, len(mark)
    try:
        for _ in _pieces(content, "utf-8", 0, "strict"):
            pass
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8", 0
    if _mostly_utf8(content):
        return "utf-8", 0
    # Chinese bytes come in pairs, Western accents and curly quotes one by one.
    runs = single = 0
    for run in _HIGH_RUNS.finditer(content):
        runs, single = runs + 1, single + (len(run.group()) == 1)
    return ("cp1252" if single * 2 > runs else "gb18030"), 0


def _pieces(
    content: bytes, encoding: str, start: int, errors: str = ""
) -> Iterator[str]:
    """The text in pieces, so that it is never whole in memory."""
    decoder = codecs.getincrementaldecoder(encoding)(errors or _errors(encoding))
    for at in range(start, len(content), _PIECE):
        yield decoder.decode(content[at : at + _PIECE], at + _PIECE >= len(content))


def _mostly_utf8(content: bytes) -> bool:
    good = bad = 0
    for run in _HIGH_RUNS.finditer(content):
        try:
            run.group().decode("utf-8")
        except UnicodeDecodeError:
            bad += 1
        else:
            good += 1
    return good > bad
