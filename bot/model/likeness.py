"""How like two questions are: in meaning, by an encoder, and in spelling, by n-grams.

A likeness is above 0 and at most 1, and 1 only between a question and itself or one
that reads the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.model.features import NgramFeatures
from bot.model.gloss import has_han
from bot.model.plain import plain
from bot.model.spelling import Spelling

Floats: TypeAlias = NDArray[np.float32]
Encode: TypeAlias = Callable[[Sequence[str]], Floats]  # texts -> [texts, width]

_TINY: Final = 1e-9
_SLAB: Final = 512  # texts compared at a time
MANY: Final = 3000  # texts, from which on only the main directions are kept
KEPT: Final = 384


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Texts as numbers. Meaning and spelling together have length 1 at most.

    Attributes:
        meaning: float32 [texts, width].
        spelling: CSR float32 [texts, columns].
    """

    meaning: Floats
    spelling: sparse.csr_matrix

    def __len__(self) -> int:
        return len(self.meaning)

    @cached_property
    def by_column(self) -> sparse.csr_matrix:
        """The spelling by column, CSR [columns, texts]: fast to compare one text to."""
        return self.spelling.T.tocsr()

    def take(self, places: NDArray[np.int64]) -> "Rows":
        """Some of them."""
        return Rows(meaning=self.meaning[places], spelling=self.spelling[places])

    def joined(self, others: "Rows") -> "Rows":
        """These and the others after them."""
        return Rows(
            meaning=np.concatenate([self.meaning, others.meaning]),
            spelling=sparse.vstack([self.spelling, others.spelling]).tocsr(),
        )

    def tensors(self) -> dict[str, NDArray[Any]]:
        """For a safetensors file; float16 is exact enough for a likeness."""
        return {
            "landmarks": self.meaning.astype(np.float16),
            "landmarks_indices": self.spelling.indices.astype(np.int32),
            "landmarks_starts": self.spelling.indptr.astype(np.int32),
            "landmarks_weights": self.spelling.data.astype(np.float16),
        }

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[Any]], columns: int) -> "Rows":
        """From such a file."""
        meaning = tensors["landmarks"].astype(np.float32)
        parts = (
            tensors["landmarks_weights"].astype(np.float32),
            tensors["landmarks_indices"],
            tensors["landmarks_starts"],
        )
        spelling = sparse.csr_matrix(parts, shape=(len(meaning), columns))
        return cls(meaning=meaning, spelling=spelling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Compares texts.

    Attributes:
        features: turns texts into rows of spelling.
        spelling: mends slips of the finger, before anything else reads a text.
        center: the mean of the vectors it was fitted on, taken off, [width].
        axes: the directions in which many texts differ most, the others are left out,
            [width, kept]; None where there are few texts.
        meaning_share: how much meaning counts, 0 to 1; spelling has the rest.
        chinese_share: the same for texts with Chinese, whose spelling says more.
        sharpness: how fast likeness falls; above 0.
        encode: the encoder, handed in.
    """

    features: NgramFeatures
    spelling: Spelling
    center: Floats
    axes: Floats | None
    meaning_share: float
    chinese_share: float
    sharpness: float
    encode: Encode

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        *,
        encode: Encode,
        meaning_share: float,
        chinese_share: float,
        sharpness: float,
    ) -> "tuple[Likeness, Rows]":
        """Learn what is common to these texts, so that it does not count."""
        texts = [plain(text) for text in texts]
        spelling = Spelling.of_texts(texts)
        texts = [spelling.mended(text) for text in texts]
        meaning = encode(texts)
        features, pieces = NgramFeatures.fit_rows(texts)
        center = meaning.mean(axis=0)
        fitted = cls(
            features=features,
            spelling=spelling,
            center=center,
            axes=_axes(meaning - center) if len(texts) > MANY else None,
            meaning_share=meaning_share,
            chinese_share=chinese_share,
            sharpness=sharpness,
            encode=encode,
        )
        return fitted, fitted._rows(meaning, texts, pieces)

    def hearing(self, texts: Sequence[str]) -> "Likeness":
        """The same, but it knows the words of these texts, too."""
        return replace(self, spelling=self.spelling.joined(Spelling.of_texts(texts)))

    def rows(self, texts: Sequence[str]) -> Rows:
        """Texts as numbers."""
        texts = [self.spelling.mended(plain(text)) for text in texts]
        return self._rows(self.encode(texts), texts, self.features.matrix(texts))

    def _rows(
        self, meaning: Floats, texts: Sequence[str], spelling: sparse.csr_matrix
    ) -> Rows:
        apart = meaning - self.center
        length = np.linalg.norm(apart, axis=1, keepdims=True)
        share = np.asarray([self._share(text) for text in texts], np.float32)
        rest = np.repeat(np.sqrt(1.0 - share), np.diff(spelling.indptr))
        parts = (spelling.data * rest, spelling.indices, spelling.indptr)
        heavy = np.sqrt(share)[:, None] / np.maximum(length, _TINY)
        weighed = (apart * heavy).astype(np.float32)
        return Rows(
            meaning=weighed if self.axes is None else weighed @ self.axes,
            spelling=sparse.csr_matrix(parts, shape=spelling.shape),
        )

    def _share(self, text: str) -> float:
        return self.chinese_share if has_han(text) else self.meaning_share

    def between(self, some: Rows, others: Rows) -> Floats:
        """The likeness of each to each, float32 [some, others]."""
        alike: Floats = some.meaning @ others.meaning.T
        # In slabs: as a whole, the sparse product would outweigh all else in memory.
        for start in range(0, len(some), _SLAB):
            slab = slice(start, start + _SLAB)
            own = some.spelling if len(some) <= _SLAB else some.spelling[slab]
            alike[slab] += (own @ others.by_column).toarray()
        alike -= 1.0
        alike *= self.sharpness
        np.exp(alike, out=alike)
        return alike

    def tensors(self) -> dict[str, NDArray[Any]]:
        """For a safetensors file."""
        axes = {} if self.axes is None else {"axes": self.axes.astype(np.float16)}
        return axes | {
            "columns": self.features.columns,
            "idf": self.features.idf,
            "center": self.center.astype(np.float32),
        }

    def settings(self) -> dict[str, Any]:
        """For a JSON file."""
        return {
            "buckets": self.features.buckets,
            "meaning_share": self.meaning_share,
            "chinese_share": self.chinese_share,
            "sharpness": self.sharpness,
        } | self.spelling.to_json()

    @classmethod
    def of(
        cls,
        settings: Mapping[str, Any],
        tensors: Mapping[str, NDArray[Any]],
        encode: Encode,
    ) -> "Likeness":
        """From such files."""
        features = NgramFeatures(
            buckets=int(settings["buckets"]),
            columns=tensors["columns"].astype(np.int32),
            idf=tensors["idf"].astype(np.float32),
        )
        return cls(
            features=features,
            spelling=Spelling.from_json(settings),
            center=tensors["center"].astype(np.float32),
            axes=tensors["axes"].astype(np.float32) if "axes" in tensors else None,
            meaning_share=float(settings["meaning_share"]),
            chinese_share=float(settings["chinese_share"]),
            sharpness=float(settings["sharpness"]),
            encode=encode,
        )


def _axes(apart: Floats) -> Floats:
    """The `KEPT` directions that hold most of what vectors [texts, width] differ in."""
    _, directions = np.linalg.eigh(apart.T @ apart)
    main: Floats = directions[:, -KEPT:].astype(np.float16).astype(np.float32)
    return main
