"""Hashed character n-grams by TF-IDF: the same text gives the same row for ever.

They carry Chinese, where the encoder is weak, and spelling mistakes in every language.
The hash is CRC-32 of the UTF-8 bytes, so that rows do not depend on the process.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats: TypeAlias = NDArray[np.float32]
Integers: TypeAlias = NDArray[np.int32]

MAX_CHARACTERS: Final = 512  # of a text; more adds time and no meaning
_NOT_WORDS = re.compile(r"[^\w]+", re.UNICODE)


def fold(text: str) -> str:
    """NFKC, lower case, punctuation and spaces as single spaces."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower()
    return _NOT_WORDS.sub(" ", folded).strip()


def ngrams(text: str, largest: int) -> Iterable[str]:
    """The character n-grams of 1 to `largest` of the folded text, spaces included."""
    padded = f" {fold(text)} "
    for size in range(1, largest + 1):
        for start in range(len(padded) - size + 1):
            yield padded[start : start + size]


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramFeatures:
    """What turns texts into rows. Made by `fit`, kept with the model.

    Attributes:
        buckets: how many values the hash has.
        largest: the longest n-gram in characters.
        columns: the buckets in use, ascending, int32 [columns].
        idf: the weight of each column, float32 [columns].
    """

    buckets: int
    largest: int
    columns: Integers
    idf: Floats

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        *,
        buckets: int = 2**18,
        largest: int = 5,
        min_count: int = 1,
    ) -> "NgramFeatures":
        """Learn columns and weights; n-grams of fewer than `min_count` texts go."""
        seen: Counter[int] = Counter()
        for text in texts:
            seen.update(_hashed(text, largest, buckets).keys())
        kept = sorted(bucket for bucket, count in seen.items() if count >= min_count)
        columns = np.asarray(kept, dtype=np.int32)
        counts = np.asarray([seen[bucket] for bucket in kept], dtype=np.float64)
        idf = np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0
        return cls(
            buckets=buckets,
            largest=largest,
            columns=columns,
            idf=idf.astype(np.float32),
        )

    @property
    def width(self) -> int:
        """How many columns a row has."""
        return int(self.columns.size)

    def matrix(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One L2-normalised row per text: CSR float32 [texts, columns]."""
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
        counted = _hashed(text, self.largest, self.buckets)
        found = np.asarray(sorted(counted), dtype=np.int32)
        if not found.size or not self.columns.size:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        places = np.searchsorted(self.columns, found)
        places = np.minimum(places, self.columns.size - 1)
        known = self.columns[places] == found
        places, found = places[known].astype(np.int32), found[known]
        counts = np.asarray([counted[int(bucket)] for bucket in found], np.float32)
        weights = (1.0 + np.log(counts)) * self.idf[places] if found.size else counts
        length = float(np.sqrt(np.sum(weights * weights)))
        return places, (weights / length if length else weights).astype(np.float32)


def _hashed(text: str, largest: int, buckets: int) -> Counter[int]:
    return Counter(
        zlib.crc32(ngram.encode("utf-8", "replace")) % buckets
        for ngram in ngrams(text, largest)
    )
