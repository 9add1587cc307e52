"""Kernel ridge regression on a likeness; its leave-one-out error in closed form."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from bot.model.likeness import Likeness, Rows

Matrix: TypeAlias = NDArray[np.float64]

_SLAB: Final = 2048  # rows of the likeness matrix that are in memory at a time


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
    likeness: Likeness, rows: Rows, landmarks: Rows, targets: Matrix, ridge: float
) -> tuple[Matrix, Matrix]:
    """The votes of the landmarks, and what each question gets when it is left out."""
    if len(landmarks) == len(rows):
        return _solve_exactly(likeness, rows, targets, ridge)
    return _solve_nearly(likeness, rows, landmarks, targets, ridge)


def _solve_exactly(
    likeness: Likeness, rows: Rows, targets: Matrix, ridge: float
) -> tuple[Matrix, Matrix]:
    """Every question is a landmark. With A = (K + ridge)^-1 the votes are A targets.

    Left out, a question gets target - vote / A's own entry (Rasmussen and Williams
    2006, equation 5.12). In place and in float32: the matrix is the one large thing.
    """
    alike = likeness.between(rows, rows)
    alike[np.diag_indices_from(alike)] += ridge
    # LAPACK reads columns; the transpose of a symmetric matrix is itself, not a copy.
    factor, failed = linalg.lapack.spotrf(alike.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise np.linalg.LinAlgError(f"the likeness is singular at {failed}")
    votes, _ = linalg.lapack.spotrs(factor, targets.astype(np.float32), lower=1)
    inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    own = np.diagonal(inverse).astype(np.float64)
    return votes.astype(np.float64), targets - votes / own[:, None]


def _solve_nearly(
    likeness: Likeness, rows: Rows, landmarks: Rows, targets: Matrix, ridge: float
) -> tuple[Matrix, Matrix]:
    """With fewer landmarks than questions (Nyström): close, and linear in questions.

    With K the likeness of questions to landmarks and L that among landmarks, the
    votes are (K'K + ridge L)^-1 K' targets; a question's own share in its score is
    its leverage, and taking it off leaves what the others say (Golub, Heath and
    Wahba 1979).
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
    left_out = np.empty_like(targets)
    for slab in slabs:
        alike = likeness.between(rows.take(slab), landmarks).astype(np.float64)
        half = linalg.solve_triangular(
            factor[0], alike.T, lower=True, check_finite=False
        )
        own = np.minimum((half * half).sum(axis=0), 0.999)[:, None]
        left_out[slab] = (alike @ votes - own * targets[slab]) / (1.0 - own)
    return votes, left_out
