"""Confidence comes from the scores: high when one is clear, low when two are close."""

import numpy as np
import pytest

from bot.model.confidence import Confidence, evidence

LABELS = ("oos", "return", "track")


def told(*scores: float) -> np.ndarray:
    row = np.asarray([scores])
    return evidence(LABELS, row, np.exp(row) / np.exp(row).sum(), "oos")


def test_the_evidence_is_the_best_the_second_the_strange_and_the_share() -> None:
    best, second, strange, share = told(1.0, 2.0, 5.0)[0]
    assert (best, second, strange) == (5.0, 2.0, 1.0)
    assert share == pytest.approx(np.log(np.exp(5) / np.exp([1, 2, 5]).sum()))


def test_without_a_label_for_the_strange_it_says_nothing() -> None:
    row = evidence(
        ("a", "b"), np.asarray([[3.0, 1.0]]), np.asarray([[0.9, 0.1]]), "oos"
    )
    assert row[0, 2] == 0.0


def test_only_one_label_in_scope_has_no_runner_up() -> None:
    row = evidence(
        ("a", "oos"), np.asarray([[3.0, 1.0]]), np.asarray([[0.9, 0.1]]), "oos"
    )
    assert list(row[0, :3]) == [3.0, 0.0, 1.0]


def test_more_against_it_is_less_confident() -> None:
    confidence = Confidence(weights=(1.0, -0.5, -0.8, 0.5), bias=0.0)
    clear, close, strange = (
        float(confidence.of(told(*scores))[0])
        for scores in ((0.0, 0.5, 6.0), (2.0, 5.8, 6.0), (9.0, 0.5, 6.0))
    )
    assert clear > 0.95 > close > 0.5 > strange
    assert 0.0 <= float(confidence.of(np.full((1, 4), 1e9))[0]) <= 1.0


def test_other_counts_of_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="4 weights"):
        Confidence(weights=(1.0,), bias=0.0)
