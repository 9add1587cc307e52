"""A question's words, numbered and weighted by how rare they are."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]


class Vocabulary:
    """Numbers for tokens. Only ever grows; one writer, any number of readers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def learn(self, tokens: Sequence[str]) -> list[int]:
        """The number of each token, new ones for new tokens."""
        numbers = self._numbers
        return [numbers.setdefault(token, len(numbers)) for token in tokens]

    def number(self, token: str) -> int | None:
        """The number of a token; None if no entry ever had it."""
        return self._numbers.get(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question's words, weighted.

    Attributes:
        tokens: numbers of its tokens that some entry has.
        idfs: how rare each of them is.
        weights: the same, heavier where it is repeated.
        length: of the weights of all its tokens, as a vector.
        total: of the rarity of all its tokens, known or not.
        average: tokens of an entry.
    """

    tokens: tuple[int, ...]
    idfs: tuple[float, ...]
    weights: tuple[float, ...]
    length: float
    total: float
    average: float


def rarity(count: int, found: float) -> float:
    """The weight of a token that so many of all entries have."""
    return math.log(1.0 + (count + 0.5) / (found + 0.5))


def query_of(
    tokens: Sequence[str],
    vocabulary: Vocabulary,
    frequencies: Ints,
    *,
    entries: int,
    average: float,
) -> Query:
    """Weigh a question's tokens.

    Args:
        frequencies: how many entries have each token, by its number.
        entries: how many there are.
        average: how many tokens an entry has.
    """
    known, idfs, weights, square, total = [], [], [], 0.0, 0.0
    for token, times in Counter(tokens).items():
        number = vocabulary.number(token)
        if number is not None and number >= len(frequencies):
            number = None  # learnt meanwhile, by entries that are not searched yet
        found = 0 if number is None else int(frequencies[number])
        idf = rarity(entries, found)
        weight = (1.0 + math.log(times)) * idf
        square += weight * weight
        total += idf
        if number is not None:
            known.append(number)
            idfs.append(idf)
            weights.append(weight)
    return Query(
        tokens=tuple(known),
        idfs=tuple(idfs),
        weights=tuple(weights),
        length=math.sqrt(square),
        total=total,
        average=max(1.0, average),
    )
