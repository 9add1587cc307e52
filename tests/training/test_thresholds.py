"""Thresholds keep to their limits on what was measured, and are never careless."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.thresholds import Limits, Sureness

LIMITS = Limits(wrong=0.02, false=0.05)


@given(
    st.lists(
        st.tuples(
            st.floats(min_value=0.0, max_value=1.0, exclude_max=True),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=200,
    )
)
def test_answers_from_the_threshold_on_stay_within_the_limits(
    rows: list[tuple[float, bool, bool]],
) -> None:
    scores = np.asarray([score for score, _, _ in rows])
    right = np.asarray([good for _, good, _ in rows])
    inside = np.asarray([known for _, _, known in rows])
    least = Sureness(scores=scores, right=right, in_scope=inside).least(LIMITS)
    said = scores >= least
    assert (said & inside & ~right).sum() <= LIMITS.wrong * max(1, inside.sum())
    assert (said & ~inside).sum() <= LIMITS.false * max(1, (~inside).sum())


@pytest.mark.parametrize("right", [True, False])
def test_it_answers_all_or_nearly_nothing_where_all_is_right_or_wrong(
    right: bool,
) -> None:
    scores = np.linspace(0.1, 0.9, 50)
    same = np.full(50, right)
    sure = Sureness(scores=scores, right=same, in_scope=np.full(50, True))
    assert (scores >= sure.least(LIMITS)).sum() == (50 if right else 1)
