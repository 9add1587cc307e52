"""How good guesses are: the measures that the field reports, each for one purpose."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]

BINS: Final = 15  # of the expected calibration error, as in Guo et al. 2017


def expected_calibration_error(confidence: Floats, right: Truths) -> float:
    """How far confidence is from the share that is right, 0 to 1 (Guo et al. 2017)."""
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = [places == place for place in range(BINS)]
    return float(
        sum(
            abs(confidence[own].mean() - right[own].mean()) * own.mean()
            for own in bins
            if own.any()
        )
    )


def reliability(confidence: Floats, right: Truths) -> list[tuple[float, float, int]]:
    """Per bin that holds any: mean confidence, share that is right, how many."""
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = [places == place for place in range(BINS)]
    return [
        (
            round(float(confidence[own].mean()), 4),
            round(float(right[own].mean()), 4),
            int(own.sum()),
        )
        for own in bins
        if own.any()
    ]


def area_under_curve(score: Floats, positive: Truths) -> float | None:
    """The chance that a positive scores above another; None without both kinds."""
    from sklearn.metrics import roc_auc_score

    if positive.all() or not positive.any():
        return None
    return float(roc_auc_score(positive, score))


def recall_at_kept(
    confidence: Floats, right: Truths, in_scope: Truths, *, kept: float = 0.9
) -> float | None:
    """Share of what is out of scope that is refused when `kept` of accuracy is kept.

    The threshold is the highest at which that share of the right guesses in scope is
    still accepted.
    """
    good = np.sort(confidence[in_scope & right])
    if not len(good) or in_scope.all():
        return None
    threshold = good[len(good) - math.ceil(round(kept * len(good), 9))]
    return float((confidence[~in_scope] < threshold).mean())


def macro_f1(wanted: Sequence[str], guessed: Sequence[str]) -> float:
    """The mean F1 of the classes that are wanted."""
    from sklearn.metrics import f1_score

    classes = sorted(set(wanted))
    return float(
        f1_score(wanted, guessed, labels=classes, average="macro", zero_division=0.0)
    )


def per_class(
    wanted: Sequence[str], guessed: Sequence[str]
) -> list[dict[str, str | float | int]]:
    """Precision, recall and F1 of each class that is wanted, worst F1 first."""
    from sklearn.metrics import precision_recall_fscore_support

    classes = sorted(set(wanted))
    columns = precision_recall_fscore_support(
        wanted, guessed, labels=classes, zero_division=0.0
    )
    rows: list[dict[str, str | float | int]] = [
        {
            "intent": name,
            "precision": round(float(precision), 4),
            "recall": round(float(recall), 4),
            "f1": round(float(f1), 4),
            "count": int(count),
        }
        for name, precision, recall, f1, count in zip(classes, *columns, strict=True)
    ]
    return sorted(rows, key=lambda row: (row["f1"], row["intent"]))


def confusions(
    wanted: Sequence[str], guessed: Sequence[str], most: int = 20
) -> list[tuple[str, str, int]]:
    """Pairs (wanted, guessed, how often) that are mixed up, most often first."""
    pairs = Counter(
        (want, guess)
        for want, guess in zip(wanted, guessed, strict=True)
        if want != guess
    )
    return [(want, guess, count) for (want, guess), count in pairs.most_common(most)]
