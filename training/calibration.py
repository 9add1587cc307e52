"""What scores are worth: per language, heat for shares and weights for confidence.

Both are fitted on scores of questions that the model was not fitted on.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from bot.model.confidence import Confidence, evidence
from bot.model.intents import OUT_OF_SCOPE, softmax

Matrix: TypeAlias = NDArray[np.float64]


def temperatures(
    scores: Matrix, places: NDArray[np.int64], languages: Sequence[str]
) -> dict[str, float]:
    """Per language, the heat that makes shares what they say they are.

    Args:
        scores: [questions, labels].
        places: which label is right, [questions].
        languages: of each question.
    """
    spoken = np.asarray(languages)
    return {
        language: _temperature(scores[spoken == language], places[spoken == language])
        for language in sorted(set(languages))
    }


def surprise(scores: Matrix, places: NDArray[np.int64]) -> float:
    """What the right labels surprise by at the best heat: nats, on average."""
    return _loss(scores, places, _temperature(scores, places))


def _temperature(scores: Matrix, places: NDArray[np.int64]) -> float:
    best = optimize.minimize_scalar(
        lambda log_heat: _loss(scores, places, float(np.exp(log_heat))),
        bounds=(-4.0, 4.0),
        method="bounded",
    )
    return round(float(np.exp(best.x)), 6)


def _loss(scores: Matrix, places: NDArray[np.int64], heat: float) -> float:
    likely = softmax(scores, [heat] * len(scores))
    right = likely[np.arange(len(places)), places]
    return -float(np.log(np.maximum(right, 1e-12)).mean())


def confidences(
    labels: Sequence[str],
    scores: Matrix,
    places: NDArray[np.int64],
    languages: Sequence[str],
    heat: dict[str, float],
) -> dict[str, Confidence]:
    """Per language with guesses both right and wrong, how far a guess is believed.

    Args:
        heat: of each language, as `temperatures` gives it.
    """
    likely = softmax(scores, [heat[language] for language in languages])
    told = evidence(labels, scores, likely, OUT_OF_SCOPE)
    inside = [place for place, label in enumerate(labels) if label != OUT_OF_SCOPE]
    best = np.asarray(inside)[scores[:, inside].argmax(axis=1)]
    spoken = np.asarray(languages)
    found = {}
    for language in heat:
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
