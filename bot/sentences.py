"""A reply while it is being written: each sentence leaves once it is verified.

Nothing unverified is ever given on. The sentences together are the reply, letter for
letter; the first objection ends it and stops whoever writes.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TypeAlias

from bot.degenerate import LONGEST

# What speaks against a sentence, given what was said before it: one line each.
Check: TypeAlias = Callable[[str, str], list[str]]

_CLOSERS = "”」』）)\"'"
# An end counts only when what follows is there: it may go on with "..." or a bracket.
_END = re.compile(
    rf"[。！？…]+[{_CLOSERS}]*(?=[^。！？…{_CLOSERS}])|[.!?]+[{_CLOSERS}]*(?=\s+\S)"
)
_NO_END = re.compile(
    r"(?:(?:^|\n)\s*\d{1,2}|\b(?:mr|mrs|ms|dr|no|vs|approx|e\.g|i\.e))\.$", re.I
)


def verified(
    pieces: Generator[str, None, None], check: Check
) -> Generator[str, None, list[str]]:
    """The sentences of a text that comes piece by piece, those that may leave.

    Returns the objections that ended it, none if it was said to its end.
    """
    said, waiting = "", ""
    with closing(pieces):
        for piece in pieces:
            waiting += piece
            while sentence := first_sentence(waiting):
                objections = check(said, sentence)
                if objections:
                    return objections
                yield sentence
                said, waiting = said + sentence, waiting[len(sentence) :]
            if len(said) + len(waiting) > LONGEST:
                return ["it is too long"]
    if not waiting.strip():
        return []
    objections = check(said, waiting)
    if not objections:
        yield waiting
    return objections


def first_sentence(text: str) -> str:
    """The first sentence of a text that goes on after it, else ""."""
    for end in _ends(text):
        if _NO_END.search(text[:end]) is None:
            return text[:end]
    return ""


def _ends(text: str) -> Iterator[int]:
    for found in _END.finditer(text):
        yield found.end()
