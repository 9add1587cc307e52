"""Bytes of a text file to text: UTF-8, UTF-16 with its mark, GB18030 or Windows-1252.

Decoding never fails and never guesses a letter: a byte that the file's encoding does
not have stays recognisable (`is_broken`), so that only its own row is refused.
"""

import codecs
import re

_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_BROKEN = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 8192


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of the encoding that it was written in."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _with(content[len(mark) :], encoding), encoding
    encoding = _encoding(content)
    return _with(content, encoding), encoding


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
    # UTF-16 has no byte that could be escaped; a broken pair becomes U+FFFD.
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return content.decode(encoding, errors)


def _encoding(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    if _mostly_utf8(content):
        return "utf-8"
    # Chinese bytes come in pairs, Western accents and curly quotes one by one.
    runs = [len(run.group()) for run in _HIGH_RUNS.finditer(content)]
    return "cp1252" if sum(n == 1 for n in runs) * 2 > len(runs) else "gb18030"


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
