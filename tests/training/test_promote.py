"""A candidate goes live only if it is proven not to be worse."""

from collections.abc import Sequence

import numpy as np
import pytest

from training.outcomes import Outcome, Rate, Result, Scores
from training.promote import verdict

RIGHT, WRONG, NONE = Result.RIGHT, Result.WRONG, Result.UNANSWERED


def outcomes(results: Sequence[Result], languages: str = "e") -> list[Outcome]:
    return [
        Outcome(
            example_id=str(number),
            language="zh" if languages[number % len(languages)] == "z" else "en",
            intent="track",
            in_scope=True,
            result=result,
            action="answer",
            origin="approved",
            latency_ms=1.0,
        )
        for number, result in enumerate(results)
    ]


def test_a_better_candidate_goes_live() -> None:
    told = verdict(outcomes([RIGHT] * 90 + [NONE] * 10), outcomes([NONE] * 100))
    assert told.accepted
    assert "90.0%" in told.reasons[-1]


def test_the_same_again_goes_live() -> None:
    same = [RIGHT] * 80 + [NONE] * 20
    assert verdict(outcomes(same), outcomes(same)).accepted


def test_worse_candidates_are_never_promoted() -> None:
    chance = np.random.default_rng(11)
    live = [RIGHT] * 170 + [NONE] * 30
    for _ in range(100):
        worse = list(live)
        for place in chance.choice(170, 12, replace=False):
            worse[place] = chance.choice(np.asarray([WRONG, NONE], dtype=object))
        assert not verdict(outcomes(worse), outcomes(live)).accepted


def test_no_language_may_pay_for_another() -> None:
    live = [RIGHT, NONE] * 100
    candidate = [NONE if n % 20 == 0 else RIGHT for n in range(200)]
    told = verdict(outcomes(candidate, "ez"), outcomes(live, "ez"))
    assert not told.accepted
    assert "language en" in told.reasons[0]


def test_more_wrong_answers_are_not_bought_with_more_right_ones() -> None:
    live = [RIGHT] * 150 + [NONE] * 50
    candidate = [RIGHT] * 165 + [WRONG] * 20 + [NONE] * 15
    told = verdict(outcomes(candidate), outcomes(live))
    assert not told.accepted
    assert "wrong answers grow" in " ".join(told.reasons)


def test_nothing_measured_is_nothing_proven() -> None:
    assert not verdict([], []).accepted
    with pytest.raises(ValueError, match="same questions"):
        verdict(outcomes([RIGHT]), outcomes([RIGHT, RIGHT]))


def test_rates_say_how_sure_they_are() -> None:
    few, many = Rate.of(9, 10), Rate.of(900, 1000)
    assert few.lower < many.lower < 0.9 < many.upper < few.upper <= 1.0
    assert Rate.of(0, 0).count == 0
    scores = Scores.of(outcomes([RIGHT, RIGHT, WRONG, NONE]))
    assert (scores.right.share, scores.wrong.share) == (0.5, 0.25)
    assert scores.to_json()["unanswered"]["count"] == 4
