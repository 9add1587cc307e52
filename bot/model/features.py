"""Hashed pieces of a text, weighted by TF-IDF: the same text gives the same row always.

They carry spelling, names and Chinese characters, where an encoder of meaning is weak.
The hash is CRC-32 of the UTF-8 bytes, so that rows do not depend on the process.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.model.gloss import MAX_CHARACTERS, has_han, in_english, syllable

Floats: TypeAlias = NDArray[np.float32]
Integers: TypeAlias = NDArray[np.int32]
Hashed: TypeAlias = list[tuple[float, dict[int, int]]]

_NOT_WORDS = re.compile(r"[^\w]+", re.UNICODE)


def fold(text: str) -> str:
    """NFKC, lower case, punctuation and spaces as single spaces."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower()
    return _NOT_WORDS.sub(" ", folded).strip()


def characters(text: str) -> Iterable[str]:
    """The 1 to 3 characters in a row of the folded text, spaces included."""
    return _runs(f" {fold(text)} ", 1, 3)


def spellings(text: str) -> Iterable[str]:
    """The 2 to 5 characters in a row of each word with Latin letters or digits."""
    for word in fold(text).split():
        if not has_han(word):
            yield from _runs(f" {word} ", 2, 5)


def sounds(text: str) -> Iterable[str]:
    """The 1 to 3 syllables in a row of the Chinese in it, as they are heard."""
    heard = [syllable(each) for each in fold(text) if has_han(each)]
    for size in range(1, 4):
        for start in range(len(heard) - size + 1):
            yield " ".join(heard[start : start + size])


def meanings(text: str) -> Iterable[str]:
    """The English words of it and those in pairs, Chinese by dictionary."""
    words = fold(in_english(text)).split()
    yield from words
    yield from (f"{one} {two}" for one, two in pairwise(words))


# Each kind of piece has its own say, however many pieces there are.
_KINDS: Final[tuple[tuple[str, float, Callable[[str], Iterable[str]]], ...]] = (
    ("c", 0.8, characters),
    ("w", 0.5, spellings),
    ("s", 0.3, sounds),
    ("m", 0.15, meanings),
)


def _runs(text: str, smallest: int, largest: int) -> Iterable[str]:
    for size in range(smallest, largest + 1):
        for start in range(len(text) - size + 1):
            yield text[start : start + size]


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramFeatures:
    """What turns texts into rows. Made by `fit`, kept with the model.

    Attributes:
        buckets: how many values the hash has.
        columns: the buckets in use, ascending, int32 [columns].
        idf: the weight of each column, float32 [columns].
    """

    buckets: int
    columns: Integers
    idf: Floats

    @classmethod
    def fit(cls, texts: Sequence[str], *, buckets: int = 2**20) -> "NgramFeatures":
        """Learn which buckets are in use and how rare each is."""
        return cls.fit_rows(texts, buckets=buckets)[0]

    @classmethod
    def fit_rows(
        cls, texts: Sequence[str], *, buckets: int = 2**20
    ) -> "tuple[NgramFeatures, sparse.csr_matrix]":
        """The same, with the rows of these texts."""
        hashed = [_hashed(text, buckets) for text in texts]
        seen: Counter[int] = Counter()
        for kinds in hashed:
            for _, counted in kinds:
                seen.update(counted.keys())
        columns = np.asarray(sorted(seen), dtype=np.int32)
        counts = np.asarray([seen[int(each)] for each in columns], dtype=np.float64)
        idf = np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0
        made = cls(buckets=buckets, columns=columns, idf=idf.astype(np.float32))
        return made, made._matrix([made._row(kinds) for kinds in hashed])

    @property
    def width(self) -> int:
        """How many columns a row has."""
        return int(self.columns.size)

    def matrix(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row of length 1 (or 0) per text: CSR float32 [texts, columns]."""
        return self._matrix([self.row(text) for text in texts])

    def _matrix(self, rows: Sequence[tuple[Integers, Floats]]) -> sparse.csr_matrix:
        starts = np.cumsum([0, *(len(places) for places, _ in rows)])
        parts = (
            np.concatenate([np.zeros(0, np.float32), *(each for _, each in rows)]),
            np.concatenate([np.zeros(0, np.int32), *(each for each, _ in rows)]),
            starts.astype(np.int32),
        )
        return sparse.csr_matrix(parts, shape=(len(rows), self.width))

    def row(self, text: str) -> tuple[Integers, Floats]:
        """One text: its columns, ascending, and their weights (length 1, or empty)."""
        return self._row(_hashed(text, self.buckets))

    def _row(self, kinds: "Hashed") -> tuple[Integers, Floats]:
        all_places: list[Integers] = []
        all_weights: list[Floats] = []
        for say, counted in kinds:
            places, weights = self._weighted(counted)
            length = float(np.sqrt(np.sum(weights * weights)))
            if length:
                all_places.append(places)
                all_weights.append(np.float32(np.sqrt(say) / length) * weights)
        if not all_places:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        found, which = np.unique(np.concatenate(all_places), return_inverse=True)
        values = np.bincount(which, np.concatenate(all_weights)).astype(np.float32)
        return found.astype(np.int32), values / np.sqrt(np.sum(values * values))

    def _weighted(self, counted: Mapping[int, int]) -> tuple[Integers, Floats]:
        found = np.fromiter(counted, np.int64, len(counted)).astype(np.int32)
        counts = np.fromiter(counted.values(), np.float32, len(counted))
        order = np.argsort(found)
        found, counts = found[order], counts[order]
        if not found.size or not self.columns.size:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        places = np.searchsorted(self.columns, found)
        places = np.minimum(places, self.columns.size - 1)
        known = self.columns[places] == found
        places = places[known].astype(np.int32)
        weights = (1.0 + np.log(counts[known])) * self.idf[places]
        return places, weights.astype(np.float32)


def _hashed(text: str, buckets: int) -> Hashed:
    """Per kind of piece: its say, and how often each bucket is met."""
    hashed: Hashed = []
    for kind, say, pieces in _KINDS:
        begun = zlib.crc32(kind.encode())  # CRC-32 goes on from what came before
        counted: dict[int, int] = {}
        for piece, times in Counter(pieces(text)).items():
            bucket = zlib.crc32(piece.encode("utf-8", "replace"), begun) % buckets
            counted[bucket] = counted.get(bucket, 0) + times
        hashed.append((say, counted))
    return hashed
