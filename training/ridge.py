"""Kernel ridge regression on a likeness; its leave-one-out error in closed form."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from bot.model.likeness import Likeness, Rows

Matrix: TypeAlias = NDArray[np.float64]

_SLAB: Final = 2048  # rows of the likeness matrix that are in memory at a time
_WIDEST: Final = 2000  # questions of a group that can be left out together


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What was solved, and what it says of its own questions.

    Attributes:
        votes: of each landmark, [landmarks, labels].
        left_out: what each question gets when it is left out, [questions, labels].
        without: what it gets when its whole group is left out, the same shape; NaN
            where its group is too large for that.
    """

    votes: Matrix
    left_out: Matrix
    without: Matrix


def landmarks_of(places: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """Which questions to keep: all, or as many of each intent as of any other."""
    if len(places) <= most:
        return np.arange(len(places))
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(places))
    rank = np.zeros(len(places), np.int64)
    for label in np.unique(places):
        own = order[places[order] == label]
        rank[own] = np.arange(len(own))
    return np.sort(order[np.argsort(rank[order], kind="stable")[:most]])


def solve(
    likeness: Likeness,
    rows: Rows,
    landmarks: Rows,
    targets: Matrix,
    ridge: float,
    groups: NDArray[np.int64],
) -> Solution:
    """The votes of the landmarks; `groups` says what belongs together, [questions]."""
    if len(landmarks) == len(rows):
        return _solve_exactly(likeness, rows, targets, ridge, groups)
    return _solve_nearly(likeness, rows, landmarks, targets, ridge, groups)


def _solve_exactly(
    likeness: Likeness,
    rows: Rows,
    targets: Matrix,
    ridge: float,
    groups: NDArray[np.int64],
) -> Solution:
    """Every question is a landmark. With A = (K + ridge)^-1 the votes are A targets.

    Left out, a question gets target - vote / A's own entry (Rasmussen and Williams
    2006, equation 5.12); a group, the same with its block of A. In place and in
    float32: the matrix is the one large thing.
    """
    alike = likeness.between(rows, rows)
    alike[np.diag_indices_from(alike)] += ridge
    # LAPACK reads columns; the transpose of a symmetric matrix is itself, not a copy.
    factor, failed = linalg.lapack.spotrf(alike.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise np.linalg.LinAlgError(f"the likeness is singular at {failed}")
    votes, _ = linalg.lapack.spotrs(factor, targets.astype(np.float32), lower=1)
    votes = votes.astype(np.float64)
    inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    own = np.diagonal(inverse).astype(np.float64)
    without = np.full_like(targets, np.nan)
    for group in _groups(groups):
        block = np.tril(inverse[np.ix_(group, group)]).astype(np.float64)
        block += np.tril(block, -1).T
        rest = linalg.solve(block, votes[group], assume_a="pos", check_finite=False)
        without[group] = targets[group] - rest
    return Solution(
        votes=votes, left_out=targets - votes / own[:, None], without=without
    )


def _groups(groups: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    found = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    return [each for each in found if len(each) <= _WIDEST]


def _solve_nearly(
    likeness: Likeness,
    rows: Rows,
    landmarks: Rows,
    targets: Matrix,
    ridge: float,
    groups: NDArray[np.int64],
) -> Solution:
    """With fewer landmarks than questions (Nyström): close, and linear in questions.

    With K the likeness of questions to landmarks and L that among landmarks, the
    votes are (K'K + ridge L)^-1 K' targets; a question's own share in its score is
    its leverage, and taking it off leaves what the others say (Golub, Heath and
    Wahba 1979). A group goes the same way, with its block of the hat matrix.
    """
    among = likeness.between(landmarks, landmarks).astype(np.float64)
    normal = ridge * among
    wanted = np.zeros((len(landmarks), targets.shape[1]))
    slabs = [
        np.arange(start, min(start + _SLAB, len(rows)))
        for start in range(0, len(rows), _SLAB)
    ]
    for slab in slabs:
        alike = likeness.between(rows.take(slab), landmarks).astype(np.float64)
        normal += alike.T @ alike
        wanted += alike.T @ targets[slab]
    # Questions that read the same make it singular; a breath of more ridge mends that.
    normal[np.diag_indices_from(normal)] += 1e-6 * float(np.trace(normal)) / len(normal)
    factor = linalg.cho_factor(normal, lower=True, overwrite_a=True, check_finite=False)
    votes: Matrix = linalg.cho_solve(factor, wanted, check_finite=False)

    def halves(places: NDArray[np.int64]) -> tuple[Matrix, Matrix]:
        alike = likeness.between(rows.take(places), landmarks).astype(np.float64)
        half = linalg.solve_triangular(
            factor[0], alike.T, lower=True, check_finite=False
        )
        return alike @ votes, half

    left_out, without = np.empty_like(targets), np.full_like(targets, np.nan)
    for slab in slabs:
        said, half = halves(slab)
        own = np.minimum((half * half).sum(axis=0), 0.999)[:, None]
        left_out[slab] = (said - own * targets[slab]) / (1.0 - own)
    for group in _groups(groups):
        said, half = halves(group)
        rest = np.eye(len(group)) * (1.0 + 1e-6) - half.T @ half
        without[group] = targets[group] - linalg.solve(
            rest, targets[group] - said, assume_a="pos", check_finite=False
        )
    return Solution(votes=votes, left_out=left_out, without=without)
