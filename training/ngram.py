"""A character n-gram model with interpolated Kneser-Ney smoothing: what to beat.

It is written to be read: counts in dictionaries, one discount per order, and a flat
share for characters that were never seen.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

START: Final = "\x02"
END: Final = "\x03"


class CharacterModel:
    """Characters from the `order - 1` before them."""

    def __init__(self, texts: Iterable[str], *, order: int = 5) -> None:
        self._order = order
        counts: list[Counter[str]] = [Counter() for _ in range(order + 1)]
        for text in texts:
            line = START * (order - 1) + text + END
            for end in range(order - 1, len(line)):
                counts[order][line[end - order + 1 : end + 1]] += 1
        for size in range(order - 1, 0, -1):
            # Below the highest, what counts is in how many places, not how often.
            counts[size].update(gram[1:] for gram in counts[size + 1])
        self._counts = counts
        self._discounts = [0.0] + [_discount(each) for each in counts[1:]]
        self._totals: list[dict[str, int]] = [{} for _ in range(order + 1)]
        self._kinds: list[dict[str, int]] = [{} for _ in range(order + 1)]
        for size in range(1, order + 1):
            total: dict[str, int] = defaultdict(int)
            kinds: dict[str, int] = defaultdict(int)
            for gram, count in counts[size].items():
                total[gram[:-1]] += count
                kinds[gram[:-1]] += 1
            self._totals[size], self._kinds[size] = total, kinds
        self._flat = 1 / (len(counts[1]) + 1)

    def probability(self, before: str, character: str) -> float:
        """Of a character after the (at most order - 1) characters before it."""
        found = self._flat
        for size in range(1, self._order + 1):
            context = before[len(before) - size + 1 :] if size > 1 else ""
            total = self._totals[size].get(context)
            if not total:
                break
            discount = self._discounts[size]
            own = max(self._counts[size].get(context + character, 0) - discount, 0)
            left = discount * self._kinds[size][context]
            found = (own + left * found) / total
        return found

    def bits(self, text: str) -> float:
        """Of the whole text and its end."""
        line = START * (self._order - 1) + text + END
        first = self._order - 1
        return -sum(
            math.log2(self.probability(line[end - first : end], line[end]))
            for end in range(first, len(line))
        )


def _discount(counts: Counter[str]) -> float:
    """Ney's: from how many were seen once and how many twice."""
    seen = Counter(counts.values())
    return seen[1] / (seen[1] + 2 * seen[2]) if seen[1] and seen[2] else 0.5
