"""Hashed pieces of a text, weighted by TF-IDF: the same text gives the same row always.

They carry spelling, names and Chinese characters, where an encoder of meaning is weak.
The hash is CRC-32 of the UTF-8 bytes, so that rows do not depend on the process.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.model.gloss import MAX_CHARACTERS, has_han, in_english, syllable

Floats: TypeAlias = NDArray[np.float32]
Integers: TypeAlias = NDArray[np.int32]

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
        seen: Counter[int] = Counter()
        for text in texts:
            for _, counted in _hashed(text, buckets):
                seen.update(counted.keys())
        columns = np.asarray(sorted(seen), dtype=np.int32)
        counts = np.asarray([seen[int(each)] for each in columns], dtype=np.float64)
        idf = np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0
        return cls(buckets=buckets, columns=columns, idf=idf.astype(np.float32))

    @property
    def width(self) -> int:
        """How many columns a row has."""
        return int(self.columns.size)

    def matrix(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row of length 1 (or 0) per text: CSR float32 [texts, columns]."""
        starts = [0]
        indices: list[Integers] = []
        values: list[Floats] = []
        for text in texts:
            row = self.row(text)
            indices.append(row[0])
            values.append(row[1])
            starts.append(starts[-1] + len(row[0]))
        parts = (
            np.concatenate(values) if values else np.zeros(0, np.float32),
            np.concatenate(indices) if indices else np.zeros(0, np.int32),
            np.asarray(starts, dtype=np.int32),
        )
        return sparse.csr_matrix(parts, shape=(len(texts), self.width))

    def row(self, text: str) -> tuple[Integers, Floats]:
        """One text: its columns, ascending, and their weights (length 1, or empty)."""
        row = np.zeros(self.width, np.float32)
        for say, counted in _hashed(text, self.buckets):
            places, weights = self._weighted(counted)
            length = float(np.sqrt(np.sum(weights * weights)))
            if length:
                row[places] += np.sqrt(say) * weights / length
        found = np.flatnonzero(row).astype(np.int32)
        values = row[found]
        length = float(np.sqrt(np.sum(values * values)))
        return found, values / length if length else values

    def _weighted(self, counted: Counter[int]) -> tuple[Integers, Floats]:
        found = np.asarray(sorted(counted), dtype=np.int32)
        if not found.size or not self.columns.size:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        places = np.searchsorted(self.columns, found)
        places = np.minimum(places, self.columns.size - 1)
        known = self.columns[places] == found
        places, found = places[known].astype(np.int32), found[known]
        counts = np.asarray([counted[int(bucket)] for bucket in found], np.float32)
        return places, ((1.0 + np.log(counts)) * self.idf[places]).astype(np.float32)


def _hashed(text: str, buckets: int) -> list[tuple[float, Counter[int]]]:
    """Per kind of piece: its say, and how often each bucket is met."""
    return [
        (
            say,
            Counter(
                zlib.crc32(f"{kind}{piece}".encode("utf-8", "replace")) % buckets
                for piece in pieces(text)
            ),
        )
        for kind, say, pieces in _KINDS
    ]
