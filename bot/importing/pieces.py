"""Long text in pieces that a person can read at once and a search can weigh.

Pieces end where a paragraph ends, else where a sentence does; no word of the text is
lost and none is said twice.
"""

import re

TARGET = 900
"""Characters in a piece, about."""

_TAIL = 200  # a last piece shorter than this joins the one before it
_PARAGRAPHS = re.compile(r"\n\s*\n")
_SENTENCES = re.compile(r"(?<=[。！？!?；;\n])|(?<=\.)(?=\s)")


def pieces(text: str, target: int = TARGET) -> list[str]:
    """The text in pieces of at most `target` characters (the last may have 1.3 x)."""
    if len(text) <= target * 1.3:
        return [text] if text.strip() else []
    parts = [
        part
        for paragraph in _PARAGRAPHS.split(text)
        for part in _fitting(paragraph.strip(), target)
    ]
    joined = _joined([part for part in parts if part[0]], target)
    if len(joined) > 1 and len(joined[-1]) < _TAIL:
        tail = joined.pop()
        joined[-1] += "\n\n" + tail
    return joined


def _joined(parts: list[tuple[str, str]], target: int) -> list[str]:
    """Neighbours put together while they fit. A part is (text, what goes before)."""
    joined: list[str] = []
    for part, glue in parts:
        if joined and len(joined[-1]) + len(glue) + len(part) <= target:
            joined[-1] += glue + part
        else:
            joined.append(part)
    return joined


def _fitting(paragraph: str, target: int) -> list[tuple[str, str]]:
    """A paragraph, or the sentences of one that is too long, or cuts of those."""
    if len(paragraph) <= target:
        return [(paragraph, "\n\n")]
    parts: list[tuple[str, str]] = []
    for sentence in _SENTENCES.split(paragraph):
        for start in range(0, len(sentence), target):
            cut = sentence[start : start + target]
            parts.append((cut, "" if parts else "\n\n"))
    return parts
