"""How much of a wanted reply a given one says: ROUGE-L and chrF, each from 0 to 1.

ROUGE-L: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"; the F1 of
the longest common subsequence, over words, in Chinese over characters.
chrF: Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation".
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from bot.text import HAN

LONGEST: Final = 6  # characters of chrF's n-grams
BETA: Final = 2.0  # chrF: recall counts so many times as much as precision
_WORDS: Final = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")


def rouge_l(said: str, wanted: str) -> float:
    """F1 of the longest common subsequence of units; 0 where either has none."""
    one, other = units(said), units(wanted)
    common = longest_common(one, other)
    return 2 * common / (len(one) + len(other)) if common else 0.0


def chrf(said: str, wanted: str) -> float:
    """F2 of character 1- to 6-grams, spaces left out; case and marks count.

    Precision and recall are means over the lengths that both texts have.
    """
    one, other = "".join(said.split()), "".join(wanted.split())
    precisions, recalls = [], []
    for size in range(1, min(LONGEST, len(one), len(other)) + 1):
        ours, theirs = _grams(one, size), _grams(other, size)
        found = (ours & theirs).total()
        precisions.append(found / ours.total())
        recalls.append(found / theirs.total())
    precision, recall = sum(precisions), sum(recalls)
    if not precision + recall:
        return 0.0
    sizes, weight = len(precisions), BETA**2
    precision, recall = precision / sizes, recall / sizes
    return (1 + weight) * precision * recall / (weight * precision + recall)


def units(text: str) -> list[str]:
    """Latin words and numbers in lower case, and single Chinese characters."""
    return _WORDS.findall(unicodedata.normalize("NFKC", text).lower())


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, a row of bits at a time.

    Hyyro 2004, "Bit-parallel LCS-length computation revisited".
    """
    places: dict[str, int] = {}
    for place, unit in enumerate(one):
        places[unit] = places.get(unit, 0) | 1 << place
    full = (1 << len(one)) - 1
    row = full
    for unit in other:
        match = row & places.get(unit, 0)
        row = (row + match | row - match) & full
    return len(one) - row.bit_count()


def _grams(text: str, size: int) -> Counter[str]:
    return Counter(_windows(text, size))


def _windows(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(len(text) - size + 1))
