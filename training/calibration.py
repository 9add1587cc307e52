"""What scores are worth: per language, heat for shares and weights for confidence.

Both are fitted on scores of questions that the model was not fitted on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from bot.model.confidence import Confidence, evidence
from bot.model.intents import OUT_OF_SCOPE, softmax

Matrix: TypeAlias = NDArray[np.float64]

# What strangers count for, of what the questions in scope count for: near ones and far
# ones, where a shop gave few questions that are out of scope, and where it gave enough.
_ENOUGH: Final = 50  # of a language
_FOR_SCOPE: Final = ((0.3, 0.3), (0.1, 0.5))
_FOR_CONFIDENCE: Final = ((0.5, 0.25), (0.1, 0.25))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """Texts that are known to be out of scope, with the scores they get.

    Attributes:
        scores: [texts, labels], by a model that does not know these texts.
        languages: of each text.
        near: whether it is of an intent that was left out whole, and so near to the
            others; else it is about something else altogether.
    """

    scores: Matrix
    languages: Sequence[str]
    near: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """Per language, how far a guess is believed, and whether a text is ours."""

    confidence: Mapping[str, Confidence]
    scope: Mapping[str, Confidence]


def beliefs(
    labels: Sequence[str],
    scores: Matrix,
    places: NDArray[np.int64],
    languages: Sequence[str],
    heat: Mapping[str, float],
    strangers: Strangers,
) -> Beliefs:
    """What is believed of scores, fitted on questions and on strangers.

    Confidence ranks right guesses above wrong ones and above strangers, and is then
    set to say what it is worth among questions in scope. Where a language has no guess
    that is right, or nothing to tell it from, it has none.

    Args:
        scores: [questions, labels].
        places: which label is right, [questions].
        heat: of each language, as `temperatures` gives it.
    """

    def told_of(some: Matrix, spoken: Sequence[str]) -> Matrix:
        likely = softmax(some, [heat.get(each, 1.0) for each in spoken])
        return evidence(labels, some, likely, OUT_OF_SCOPE)

    inside = [place for place, label in enumerate(labels) if label != OUT_OF_SCOPE]
    best = np.asarray(inside)[scores[:, inside].argmax(axis=1)]
    told = told_of(scores, languages)
    strange = told_of(strangers.scores, strangers.languages)
    ours, spoken = np.isin(places, inside), np.asarray(languages)
    foreign = np.asarray(strangers.languages)
    confidence, scope = {}, {}
    for language in heat:
        own, other = spoken == language, foreign == language
        asked, right = told[own & ours], (best == places)[own & ours]
        near = strange[other & strangers.near]
        far = np.vstack([told[own & ~ours], strange[other & ~strangers.near]])
        wrong = asked[~right]
        real = int((own & ~ours).sum()) >= _ENOUGH
        if right.any() and len(wrong) + len(near) + len(far):
            share = float(len(wrong)) / len(asked)
            shares = _FOR_CONFIDENCE[real]
            against = [(wrong, share), (near, shares[0]), (far, shares[1])]
            ranks = _told_apart([(asked[right], 1.0 - share)], against)
            confidence[language] = _set_to(ranks, asked, right)
        if len(asked) and len(near) + len(far):
            shares = _FOR_SCOPE[real]
            against = [(near, shares[0]), (far, shares[1])]
            scope[language] = _told_apart([(asked, 1.0)], against)
    return Beliefs(confidence=confidence, scope=scope)


def _told_apart(
    good: Sequence[tuple[Matrix, float]], bad: Sequence[tuple[Matrix, float]]
) -> Confidence:
    """Logistic regression; each kind of evidence counts for its share, however many."""
    from sklearn.linear_model import LogisticRegression

    kinds = [(told, share) for told, share in [*good, *bad] if len(told)]
    told = np.vstack([each for each, _ in kinds])
    wanted = np.repeat(
        [True] * sum(len(each) > 0 for each, _ in good)
        + [False] * sum(len(each) > 0 for each, _ in bad),
        [len(each) for each, _ in kinds],
    )
    weight = np.concatenate([np.full(len(e), share / len(e)) for e, share in kinds])
    weight *= len(told) / weight.sum()
    middle, spread = told.mean(axis=0), told.std(axis=0) + 1e-6
    fitted = LogisticRegression(max_iter=1000)
    fitted.fit((told - middle) / spread, wanted, sample_weight=weight)
    weights = fitted.coef_[0] / spread
    return Confidence(
        weights=tuple(round(float(each), 6) for each in weights),
        bias=round(float(fitted.intercept_[0] - weights @ middle), 6),
    )


def _set_to(ranks: Confidence, asked: Matrix, right: NDArray[np.bool_]) -> Confidence:
    """The same order, but worth what is right among these (Platt 1999)."""
    told = asked @ np.asarray(ranks.weights) + ranks.bias
    # Platt's targets: never quite sure, however few were asked.
    sure = (right.sum() + 1.0) / (right.sum() + 2.0)
    unsure = 1.0 / ((~right).sum() + 2.0)
    wanted = np.where(right, sure, unsure)

    def loss(parts: NDArray[np.float64]) -> float:
        chance = 1.0 / (1.0 + np.exp(-(np.exp(parts[0]) * told + parts[1])))
        chance = np.clip(chance, 1e-9, 1.0 - 1e-9)
        entropy = wanted * np.log(chance) + (1.0 - wanted) * np.log(1.0 - chance)
        return -float(entropy.mean())

    found = optimize.minimize(
        loss, np.zeros(2), method="L-BFGS-B", bounds=[(-2.5, 2.5), (-20.0, 20.0)]
    )
    slope, bias = float(np.exp(found.x[0])), float(found.x[1])
    return Confidence(
        weights=tuple(round(slope * each, 6) for each in ranks.weights),
        bias=round(slope * ranks.bias + bias, 6),
    )
