"""Where a reply stands in what it was made from: its lines, and whose it is.

A generator reads and says everything in one line. What it copied is shown as it stands
in its source: a list stays a list, for people and for the guard.
"""

import re
from collections.abc import Sequence

from bot.model.focus import by_words
from bot.model.lists import without_marks

_ENDS = frozenset(".!?。！？\n")


def laid_out(said: str, texts: Sequence[str]) -> str:
    """A copied reply with the line breaks of its source; any other as it is."""
    found = next(filter(None, (_span(said, text) for text in texts)), None)
    return found.group() if found else said


def carriers(said: str, texts: Sequence[str]) -> list[int]:
    """The places of the texts that a reply rests on, one at least if there are any.

    Those that it stands in; where it is in other words, those that share most of them.
    """
    copied = [place for place, text in enumerate(texts) if _span(said, text)]
    if copied or not texts:
        return copied
    shares = [found.share for found in by_words(texts, said)]
    return [place for place, share in enumerate(shares) if share == max(shares)]


def is_whole(said: str, text: str) -> bool:
    """Whether a reply is whole sentences or items of a text, and nothing else."""
    found = _span(said, text)
    if found is None:
        return False
    before = without_marks(text)[: found.start()].rstrip(" \t")
    after = text[found.end() :].lstrip(" \t")
    return (not before or before[-1] in _ENDS) and (
        not after or after[0] == "\n" or found.group()[-1] in _ENDS
    )


def _span(said: str, text: str) -> re.Match[str] | None:
    words = said.split()
    return re.search(r"\s+".join(map(re.escape, words)), text) if words else None
