"""Slack's markup, both ways: read it as plain text, write plain text in it.

Nothing written here can ping anybody: the three control characters are escaped, and
the only markup added is the link around a plain URL.
"""

import re
from collections.abc import Iterator

_REFERENCE = re.compile(r"<([^<>]*)>")
_URL = re.compile(r"https?://[^\s<>|\"'，。；！？、（）《》「」]+")
_TRAILING = ".,;:!?)]}*_~`"
_BREAKS = ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "；", "; ", "，", " ")


def read(text: str, *, without_user: str = "") -> str:
    """Plain text of what a person wrote, without the mention of `without_user`."""
    plain = _REFERENCE.sub(lambda found: _name(found.group(1), without_user), text)
    for escaped, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        plain = plain.replace(escaped, character)
    return plain.strip()


def _name(reference: str, without_user: str) -> str:
    target, _, label = reference.partition("|")
    if target.startswith("@"):
        return "" if target[1:] == without_user else f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:]}"
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def escape(text: str) -> str:
    """The text with Slack's three control characters made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def write(text: str) -> str:
    """mrkdwn of plain text, with its URLs as links."""
    parts, end = [], 0
    for found in _URL.finditer(text):
        url = found.group().rstrip(_TRAILING)
        parts += [escape(text[end : found.start()]), f"<{escape(url)}>"]
        end = found.start() + len(url)
    return "".join([*parts, escape(text[end:])])


def split(text: str, limit: int) -> Iterator[str]:
    """The text in pieces of at most `limit` characters once written as mrkdwn.

    Cut at a paragraph, a line, a sentence or a word where there is one in the second
    half of the piece.
    """
    while len(write(text)) > limit:
        cut = _cut(text, _fitting(text, limit))
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    yield text


def _fitting(text: str, limit: int) -> int:
    """How many characters fit, by halving: writing only ever makes text longer."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if len(write(text[:middle])) <= limit else (low, middle - 1)
        )
    return low


def _cut(text: str, room: int) -> int:
    for mark in _BREAKS:
        found = text.rfind(mark, room // 2, room)
        if found > 0:
            return found + len(mark)
    return room
