"""What of the passages a question is about, by the words they share.

A small model copies far better than it searches. So long passages are cut into
sentences and ranked before it reads them; it still has to choose and to refuse.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

PARTS: Final = 4  # what a reply is written from, at most
WHOLE: Final = 3  # sentences; a passage that is no longer stays in one piece
_SENTENCES: Final = re.compile(r"(?<=[。！？])|(?<=[.!?]) +(?=[^a-z])")
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")
_STEM: Final = 5  # letters: "delivered" and "delivery" are the same to us
_SATURATION, _LENGTH = 1.2, 0.5  # as in BM25


def sentences(text: str) -> tuple[str, ...]:
    """A passage's sentences, in order."""
    parts = _SENTENCES.split(" ".join(text.split()))
    return tuple(part.strip() for part in parts if part.strip())


def focus(passages: Sequence[str], question: str) -> list[str]:
    """The parts of the passages nearest to the question, best first, at most `PARTS`.

    Passages are given best first, which decides between parts that are equally near.
    """
    parts = list(dict.fromkeys(part for text in passages for part in cut(text)))
    counted = [Counter(terms(part)) for part in parts]
    mean = sum(map(Counter.total, counted)) / max(1, len(counted)) or 1.0
    rarity = {
        term: math.log(1 + len(parts) / (0.5 + sum(term in part for part in counted)))
        for term in set(terms(question))
    }

    def nearness(place: int) -> float:
        found = counted[place]
        stretch = 1 - _LENGTH + _LENGTH * found.total() / mean
        return sum(
            weight * found[term] / (found[term] + _SATURATION * stretch)
            for term, weight in rarity.items()
        )

    ranked = sorted(range(len(parts)), key=nearness, reverse=True)
    return [parts[place] for place in ranked[:PARTS]]


def cut(passage: str) -> tuple[str, ...]:
    """The parts that a passage is ranked by: its sentences if it has many."""
    said = sentences(passage)
    return said if len(said) > WHOLE else (" ".join(passage.split()),)


def terms(text: str) -> list[str]:
    """Latin words by their stems, numbers, and pairs of Chinese characters."""
    found: list[str] = []
    for word in _WORDS.findall(unicodedata.normalize("NFKC", text).lower()):
        if word.isascii() or not any("\u3400" <= letter <= "\u9fff" for letter in word):
            found.append(word[:_STEM])
        else:
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return found
