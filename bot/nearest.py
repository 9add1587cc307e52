"""Which of very many vectors are near one, without looking at all of them.

Vectors are reduced to their main directions, put into lists by their nearest centre,
and the lists nearest to what is asked are searched (an inverted file, as in Jégou et
al. 2011, with 8-bit codes). It finds candidates; whoever asked measures them exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

DIRECTIONS: Final = 128
SCANNED: Final = 4096  # rows whose codes are looked at, at the least
_SAMPLE: Final = 8192  # rows that directions and centres are learnt from
_ROUNDS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How vectors are reduced and sorted into lists.

    Attributes:
        basis: the main directions, float32 [width, directions].
        centres: of the lists, float32 [lists, directions].
        step: of a code; one of 127 steps to the greatest number seen.
    """

    basis: Floats
    centres: Floats
    step: float

    @classmethod
    def learn(cls, vectors: Floats, rows: int) -> "Plan":
        """For so many rows, from some of them: float32 [sample, width]."""
        sample = vectors[:: max(1, len(vectors) // _SAMPLE)][:_SAMPLE]
        spread = sample.T @ sample / len(sample)
        _, directions = np.linalg.eigh(spread.astype(np.float64))
        basis = directions[:, ::-1][:, :DIRECTIONS].astype(np.float32)
        reduced: Floats = sample @ basis
        lists = max(1, min(len(sample) // 8, int(2 * rows**0.5)))
        centres = reduced[np.linspace(0, len(reduced) - 1, lists).astype(int)].copy()
        for _ in range(_ROUNDS):
            nearest = _assigned(reduced, centres)
            counts = np.bincount(nearest, minlength=lists)
            sums = np.zeros_like(centres)
            np.add.at(sums, nearest, reduced)
            full = counts > 0
            centres[full] = sums[full] / counts[full, None]
        step = float(np.abs(reduced).max(initial=0.0)) / 127 or 1.0
        return cls(basis=basis, centres=centres, step=step)

    def reduced(self, vectors: Floats) -> Floats:
        """In the main directions, float32 [rows, directions]."""
        found: Floats = vectors @ self.basis
        return found

    def lists_of(self, reduced: Floats) -> Rows:
        """The list of each row."""
        return _assigned(reduced, self.centres)

    def codes(self, reduced: Floats) -> NDArray[np.int8]:
        """The same in whole steps, int8 [rows, directions]."""
        steps: Floats = np.rint(reduced / self.step)
        return steps.clip(-127, 127).astype(np.int8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Rows that stand in the order of their lists.

    Attributes:
        starts: where each list begins, and the end.
        codes: of the rows, in order.
    """

    plan: Plan
    starts: Rows
    codes: NDArray[np.int8]

    @classmethod
    def build(cls, plan: Plan, ordered: Rows, codes: NDArray[np.int8]) -> "Lists":
        """From the list of each row, ascending, and their codes."""
        starts = np.searchsorted(ordered, np.arange(len(plan.centres) + 1))
        return cls(plan=plan, starts=starts.astype(np.int64), codes=codes)

    def candidates(
        self, vector: Floats, allowed: Mask, limit: int
    ) -> tuple[Floats, Rows]:
        """At most `limit` rows that are near, and how near."""
        asked = vector @ self.plan.basis
        order = np.argsort(-(self.plan.centres @ asked))
        sizes = np.diff(self.starts)[order]
        enough = int(np.searchsorted(np.cumsum(sizes), SCANNED)) + 1
        spans = [
            np.arange(self.starts[each], self.starts[each + 1])
            for each in order[:enough]
        ]
        rows = np.concatenate(spans)
        rows = rows[allowed[rows]]
        near = self.codes[rows].astype(np.float32) @ asked
        if len(rows) > limit:
            best = np.argpartition(-near, limit)[:limit]
            rows, near = rows[best], near[best]
        return near * np.float32(self.plan.step), rows


def highest(found: Sequence[tuple[Floats, Rows]], limit: int) -> list[Rows]:
    """Of several segments' scored rows, those with the highest scores of all."""
    scores = np.concatenate([part for part, _ in found]) if found else np.zeros(0)
    least = -np.inf
    if len(scores) > limit:
        least = float(np.partition(scores, len(scores) - limit)[-limit])
    return [np.sort(rows[part >= least]) for part, rows in found]


def _assigned(reduced: Floats, centres: Floats) -> Rows:
    """The nearest centre of each row, by Euclidean distance."""
    half = 0.5 * (centres * centres).sum(axis=1)
    found = np.empty(len(reduced), np.int64)
    for start in range(0, len(reduced), _SAMPLE):
        part = reduced[start : start + _SAMPLE]
        found[start : start + len(part)] = np.argmax(part @ centres.T - half, axis=1)
    return found
