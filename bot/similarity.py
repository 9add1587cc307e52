"""How alike a question and each entry of a shelf are, in words: from 0 to 1.

Built once from tokens and never changed. A score does not depend on the order of the
entries; a text that equals an entry's question scores exactly 1 with it.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
_Postings: TypeAlias = Mapping[str, tuple[NDArray[np.int32], Floats]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordIndex:
    """The words of `size` entries: of their questions, and of question and text.

    Attributes:
        idf: the weight of a token; `unknown` for tokens that no entry has.
        questions: per token, entries and its share in their question's direction.
        wholes: per token, the entries that have it anywhere.
    """

    size: int
    idf: Mapping[str, float]
    unknown: float
    questions: _Postings
    wholes: Mapping[str, NDArray[np.int32]]

    @classmethod
    def build(
        cls, questions: Sequence[Sequence[str]], wholes: Sequence[Sequence[str]]
    ) -> "WordIndex":
        """From the tokens of each entry's question, and of question and text."""
        places: dict[str, list[int]] = {}
        for number, tokens in enumerate(wholes):
            for token in set(tokens):
                places.setdefault(token, []).append(number)
        count = len(wholes)
        idf = {token: _idf(count, len(found)) for token, found in places.items()}
        return cls(
            size=count,
            idf=idf,
            unknown=_idf(count, 0),
            questions=_directions(questions, idf),
            wholes={
                token: np.asarray(found, np.int32) for token, found in places.items()
            },
        )

    def question_likeness(self, tokens: Sequence[str]) -> Floats:
        """Cosine of the weighted words with each entry's question, float32 [size]."""
        scores = np.zeros(self.size, np.float32)
        weights = self._weights(tokens)
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        for token, weight in weights.items():
            entries, shares = self.questions.get(token, _NOWHERE)
            scores[entries] += shares * (weight / length)
        return np.minimum(scores, 1.0)

    def coverage(self, tokens: Sequence[str]) -> Floats:
        """How much of the words' weight each entry contains, float32 [size]."""
        scores = np.zeros(self.size, np.float32)
        weights = {token: self.idf.get(token, self.unknown) for token in set(tokens)}
        total = sum(weights.values())
        for token, weight in weights.items():
            if token in self.wholes:
                scores[self.wholes[token]] += weight / total
        return np.minimum(scores, 1.0)

    def _weights(self, tokens: Sequence[str]) -> dict[str, float]:
        counts = Counter(tokens)
        return {
            token: (1.0 + math.log(count)) * self.idf.get(token, self.unknown)
            for token, count in counts.items()
        }


_NOWHERE: tuple[NDArray[np.int32], Floats] = (
    np.zeros(0, np.int32),
    np.zeros(0, np.float32),
)


def _idf(count: int, found: int) -> float:
    return math.log(1.0 + (count + 0.5) / (found + 0.5))


def _directions(
    questions: Sequence[Sequence[str]], idf: Mapping[str, float]
) -> _Postings:
    entries: dict[str, list[int]] = {}
    shares: dict[str, list[float]] = {}
    for number, tokens in enumerate(questions):
        counts = Counter(tokens)
        weights = {
            token: (1.0 + math.log(times)) * idf[token]
            for token, times in counts.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        for token, weight in weights.items():
            entries.setdefault(token, []).append(number)
            shares.setdefault(token, []).append(weight / length)
    return {
        token: (np.asarray(found, np.int32), np.asarray(shares[token], np.float32))
        for token, found in entries.items()
    }
