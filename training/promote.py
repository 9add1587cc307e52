"""The verdict: a candidate goes live only if it is proven not to be worse. Pure.

Candidate and live release answer the same held-out questions, which neither was
trained on. Their outcomes are compared pair by pair, with a bootstrap over the
questions (Efron and Tibshirani 1993, chapter 13), so that chance is told from change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.outcomes import Outcome, Result

DRAWS: Final = 2000
MARGIN: Final = -0.005  # the lower bound of the difference may not be below
SLICE_MARGIN: Final = -0.02  # no language may lose more than this
WRONG_MARGIN: Final = 0.005  # wrong answers may not grow by more than this
SMALLEST_SLICE: Final = 30  # questions; fewer prove nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a candidate goes live, and why, in sentences for people."""

    accepted: bool
    reasons: tuple[str, ...]
    difference: tuple[float, float, float] | None = None  # lower, mean, upper


def verdict(
    candidate: Sequence[Outcome], live: Sequence[Outcome], *, seed: int = 0
) -> Verdict:
    """Compare two releases on the same questions, given in the same order.

    Args:
        live: of what answers now, be it the base alone.
    """
    if not candidate:
        return Verdict(accepted=False, reasons=("there is nothing to measure it on",))
    if [each.example_id for each in candidate] != [each.example_id for each in live]:
        raise ValueError("candidate and live were not asked the same questions")
    lower, mean, upper = _interval(_differences(candidate, live), seed)
    against = [*_slices(candidate, live), *_more_wrong(candidate, live)]
    if lower < MARGIN:
        against.insert(
            0, f"it may be worse: the difference could be as low as {lower:+.1%}"
        )
    said = (
        f"on {len(candidate)} held-out questions it answers {_share(candidate):.1%} "
        f"as it should, the live one {_share(live):.1%}: a difference of "
        f"{mean:+.1%} (95 % between {lower:+.1%} and {upper:+.1%})"
    )
    return Verdict(
        accepted=not against,
        reasons=(*against, said),
        difference=(lower, mean, upper),
    )


def _slices(candidate: Sequence[Outcome], live: Sequence[Outcome]) -> list[str]:
    found = []
    for language in sorted({each.language for each in candidate}):
        ours = [each for each in candidate if each.language == language]
        theirs = [each for each in live if each.language == language]
        lost = _share(ours) - _share(theirs)
        if len(ours) >= SMALLEST_SLICE and lost < SLICE_MARGIN:
            found.append(f"it loses {-lost:.1%} in the language {language}")
    return found


def _more_wrong(candidate: Sequence[Outcome], live: Sequence[Outcome]) -> list[str]:
    """Wrong answers hurt more than missing ones: they may grow by chance only.

    The first release meets a live one that hardly answers at all. There the wrong
    answers are weighed against the right ones that come with them.
    """
    ours, theirs = _wrong(candidate), _wrong(live)
    gained = _share(candidate) - _share(live)
    if ours - theirs <= max(WRONG_MARGIN, gained / 10):
        return []
    return [f"its wrong answers grow from {theirs:.1%} to {ours:.1%}"]


def _differences(
    candidate: Sequence[Outcome], live: Sequence[Outcome]
) -> NDArray[np.float64]:
    pairs = zip(candidate, live, strict=True)
    return np.asarray([ours.good - theirs.good for ours, theirs in pairs], np.float64)


def _interval(
    differences: NDArray[np.float64], seed: int
) -> tuple[float, float, float]:
    """95 % interval of the mean, by bootstrap: lower, mean, upper."""
    chance = np.random.default_rng(seed)
    count = len(differences)
    drawn = differences[chance.integers(0, count, (DRAWS, count))].mean(axis=1)
    lower, upper = np.percentile(drawn, (2.5, 97.5))
    return float(lower), float(differences.mean()), float(upper)


def _share(outcomes: Sequence[Outcome]) -> float:
    return sum(each.good for each in outcomes) / max(1, len(outcomes))


def _wrong(outcomes: Sequence[Outcome]) -> float:
    wrong = sum(each.result is Result.WRONG for each in outcomes)
    return wrong / max(1, len(outcomes))
