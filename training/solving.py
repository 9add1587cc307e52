"""From rows and what is right of them to votes, and to what these votes may claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.intents import OUT_OF_SCOPE, IntentModel
from bot.model.likeness import Likeness, Rows
from bot.model.origins import ASKED, BACKGROUND, Origins
from training.calibration import Beliefs, Strangers, beliefs, temperatures
from training.ridge import solve

Matrix: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

LOGIT: Final = 10.0  # votes are scaled, so that logits are of everyday size


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """Votes, and what they say of the rows that they were solved from.

    Attributes:
        left_out: what each row scores when it is left out, [rows, labels].
        without: and when its whole intent is; NaN where that is unknown.
        whole: whether every row is a landmark.
    """

    likeness: Likeness
    landmarks: Rows
    votes: Matrix
    bias: Matrix
    left_out: Matrix
    without: Matrix
    whole: bool

    def scores(self, texts: Sequence[str]) -> Matrix:
        """What new texts score, [texts, labels]."""
        alike = self.likeness.between(self.likeness.rows(texts), self.landmarks)
        return alike @ self.votes + self.bias


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Questions that calibration rests on.

    Attributes:
        scores: [questions, labels], by a model that does not know them.
        places: which label is right, [questions].
        languages: of each.
    """

    scores: Matrix
    places: Integers
    languages: Sequence[str]


def solved(
    likeness: Likeness,
    rows: Rows,
    landmarks: Rows,
    places: Integers,
    labels: int,
    ridge: float,
) -> Solved:
    """Solve for the votes of the landmarks; `places` says which label is right."""
    targets = np.eye(labels)[places] * LOGIT
    bias = targets.mean(axis=0)
    found = solve(likeness, rows, landmarks, targets - bias, ridge, places)
    return Solved(
        likeness=likeness,
        landmarks=landmarks,
        votes=found.votes,
        bias=bias,
        left_out=found.left_out + bias,
        without=found.without + bias,
        whole=len(rows) == len(landmarks),
    )


def model_of(
    labels: tuple[str, ...],
    found: Solved,
    origins: Origins,
    encoder_sha256: str,
    measured: Measured | None = None,
) -> IntentModel:
    """The model, calibrated on what was measured; else on its questions, left out."""
    if measured is None:
        measured = asked(found, origins)
    heat = temperatures(measured.scores, measured.places, measured.languages)
    believed: Beliefs = beliefs(
        labels,
        measured.scores,
        measured.places,
        measured.languages,
        heat,
        _strangers(labels, found, origins),
    )
    return IntentModel(
        labels=labels,
        languages=tuple(sorted(set(measured.languages))),
        likeness=found.likeness,
        landmarks=found.landmarks,
        votes=found.votes.astype(np.float32),
        bias=found.bias.astype(np.float32),
        temperature=heat,
        confidence=believed.confidence,
        scope=believed.scope,
        encoder_sha256=encoder_sha256,
        origins=origins if found.whole else None,
    )


def asked(found: Solved, origins: Origins) -> Measured:
    """The questions that were learnt from, each left out in turn."""
    rows = np.flatnonzero(origins.kinds == ASKED)
    return Measured(
        scores=found.left_out[rows],
        places=origins.places[rows],
        languages=origins.languages_of(rows),
    )


def _strangers(labels: Sequence[str], found: Solved, origins: Origins) -> Strangers:
    """Questions as if their whole intent were unknown, and texts about other things."""
    inside = [place for place, label in enumerate(labels) if label != OUT_OF_SCOPE]
    told = ~np.isnan(found.without[:, 0]) & np.isin(origins.places, inside)
    # With one other intent left, nothing could be told from the second best.
    told &= (origins.kinds == ASKED) & (len(inside) > 2)
    near, far = np.flatnonzero(told), np.flatnonzero(origins.kinds == BACKGROUND)
    scores = found.without[near].copy()
    scores[np.arange(len(near)), origins.places[near]] = scores.min(axis=1, initial=0.0)
    return Strangers(
        scores=np.vstack([scores, found.left_out[far]]),
        languages=origins.languages_of(np.concatenate([near, far])),
        near=np.arange(len(near) + len(far)) < len(near),
    )
