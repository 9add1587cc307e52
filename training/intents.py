"""Fitting the intents: seconds, no chance but the seed, and honest about itself.

Kernel ridge regression over a question's likeness to known questions. Its error on
a question that it was not fitted on is known in closed form (leave-one-out), so
calibration and thresholds never see a guess that has seen its own answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from bot.model.confidence import Confidence, evidence
from bot.model.intents import (
    OUT_OF_SCOPE,
    IntentGuess,
    IntentModel,
    guesses,
    softmax,
)
from bot.model.likeness import Encode, Likeness, Rows
from bot.model.thresholds import Thresholds
from storage.problems import BadInput
from storage.records import Knowledge
from training.dataset import Example
from training.thresholds import Limits, thresholds

Matrix: TypeAlias = NDArray[np.float64]
Report: TypeAlias = Callable[[float], None]  # share done, 0 to 1

LOGIT: Final = 10.0  # votes are scaled, so that logits are of everyday size
_SLAB: Final = 2048  # rows of the likeness matrix that are in memory at a time


class Encoder(Protocol):
    """Turns texts into vectors, and says which one it is."""

    @property
    def sha256(self) -> str:
        """Of its weights."""
        ...

    @property
    def encode(self) -> Encode:
        """Texts to unit vectors, float32 [texts, width]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentConfig:
    """How intents are fitted.

    Attributes:
        exact: up to so many questions all are landmarks: best, but time grows with
            its cube and memory with its square (12,000: 1.2 GB and 50 s on 2 cores).
        landmarks: of more questions so many are kept to compare with.
        ridge: how little is believed of a single question; above 0.
        meaning_share, chinese_share, sharpness: see `Likeness`.
        limits: what the thresholds must keep to.
    """

    exact: int = 16_000
    landmarks: int = 5000
    ridge: float = 0.01
    meaning_share: float = 0.85
    chinese_share: float = 0.75
    sharpness: float = 0.6
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted model with what it guessed of questions it was not fitted on.

    Attributes:
        examples: what it was fitted on.
        guesses: of each example, as the others would have it.
    """

    model: IntentModel
    thresholds: Mapping[str, Thresholds]
    examples: tuple[Example, ...]
    guesses: tuple[IntentGuess, ...]


def fit(
    examples: Sequence[Example],
    encoder: Encoder,
    config: IntentConfig,
    *,
    knowledge: Sequence[Knowledge] = (),
    seed: int = 0,
    progress: Report = lambda _: None,
) -> Fitted:
    """Fit a model on all examples that have an intent.

    Args:
        knowledge: what the bot may answer with; the retrieval thresholds are
            calibrated on it.

    Raises:
        BadInput: KF-401, fewer than two intents.
    """
    known = tuple(each for each in examples if each.intent is not None)
    labels = tuple(sorted({str(each.intent) for each in known}))
    if len(labels) < 2:
        raise BadInput(
            "KF-401",
            "there is too little to learn intents from",
            why=f"at least two intents are needed, there are {len(labels)}",
            fix="import labelled questions, or approve some corrections first",
        )
    texts = [each.text for each in known]
    likeness, rows = Likeness.fit(
        texts,
        encode=encoder.encode,
        meaning_share=config.meaning_share,
        chinese_share=config.chinese_share,
        sharpness=config.sharpness,
    )
    progress(0.5)
    places = np.asarray([labels.index(str(each.intent)) for each in known])
    most = len(known) if len(known) <= config.exact else config.landmarks
    landmarks = rows.take(_landmarks(places, most, seed))
    targets = np.eye(len(labels))[places] * LOGIT
    bias = targets.mean(axis=0)
    votes, left_out = _solve(likeness, rows, landmarks, targets - bias, config.ridge)
    left_out += bias
    progress(0.8)
    languages = tuple(sorted({each.language for each in known}))
    temperature = _temperatures(left_out, places, known, languages)
    confidence = _confidences(labels, left_out, places, known, temperature)
    guessed = guesses(
        labels,
        left_out,
        [each.language for each in known],
        temperature=temperature,
        confidence=confidence,
    )
    model = IntentModel(
        labels=labels,
        languages=languages,
        likeness=likeness,
        landmarks=landmarks,
        votes=votes.astype(np.float32),
        bias=bias.astype(np.float32),
        temperature=temperature,
        confidence=confidence,
        encoder_sha256=encoder.sha256,
    )
    chosen = thresholds(known, guessed, knowledge, encoder.encode, config.limits)
    progress(1.0)
    return Fitted(
        model=model, thresholds=chosen, examples=known, guesses=tuple(guessed)
    )


def _landmarks(places: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
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


def _solve(
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


def _temperatures(
    scores: Matrix,
    places: NDArray[np.int64],
    examples: Sequence[Example],
    languages: Sequence[str],
) -> dict[str, float]:
    """Per language, the heat that makes confidence what it says it is."""
    spoken = np.asarray([each.language for each in examples])
    found = {}
    for language in languages:
        own = spoken == language
        found[language] = _temperature(scores[own], places[own])
    return found


def _temperature(scores: Matrix, places: NDArray[np.int64]) -> float:
    def surprise(log_heat: float) -> float:
        likely = softmax(scores, [float(np.exp(log_heat))] * len(scores))
        right = likely[np.arange(len(places)), places]
        return -float(np.log(np.maximum(right, 1e-12)).mean())

    best = optimize.minimize_scalar(surprise, bounds=(-4.0, 4.0), method="bounded")
    return round(float(np.exp(best.x)), 6)


def _confidences(
    labels: Sequence[str],
    scores: Matrix,
    places: NDArray[np.int64],
    examples: Sequence[Example],
    temperature: Mapping[str, float],
) -> dict[str, Confidence]:
    """Per language with guesses both right and wrong, how far a guess is believed."""
    languages = [each.language for each in examples]
    likely = softmax(scores, [temperature[language] for language in languages])
    told = evidence(labels, scores, likely, OUT_OF_SCOPE)
    inside = [place for place, label in enumerate(labels) if label != OUT_OF_SCOPE]
    best = np.asarray(inside)[scores[:, inside].argmax(axis=1)]
    spoken = np.asarray(languages)
    found = {}
    for language in temperature:
        own = spoken == language
        right = (best == places)[own]
        if 0 < right.sum() < len(right):
            found[language] = _confidence(told[own], right)
    return found


def _confidence(told: Matrix, right: NDArray[np.bool_]) -> Confidence:
    from sklearn.linear_model import LogisticRegression

    middle, spread = told.mean(axis=0), told.std(axis=0) + 1e-6
    fitted = LogisticRegression(max_iter=1000).fit((told - middle) / spread, right)
    weights = fitted.coef_[0] / spread
    return Confidence(
        weights=tuple(round(float(each), 6) for each in weights),
        bias=round(float(fitted.intercept_[0] - weights @ middle), 6),
    )
