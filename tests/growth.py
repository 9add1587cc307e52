"""How much more one piece of work costs than another, measured in one run.

No second appears in any test: both sides run in turn on this thread's processor time,
and the least of several rounds counts, so a busy machine slows both alike.
"""

import time
from collections.abc import Callable
from typing import TypeAlias

Work: TypeAlias = Callable[[], object]


def times_as_much(dear: Work, cheap: Work, *, rounds: int = 3) -> float:
    """What `dear` costs, in runs of `cheap`. Both run once before anything counts."""
    sides = (dear, cheap)
    for work in sides:
        work()
    took = [[_seconds(work) for work in sides] for _ in range(rounds)]
    return min(each[0] for each in took) / min(each[1] for each in took)


def _seconds(work: Work) -> float:
    started = time.thread_time()
    work()
    return max(time.thread_time() - started, 1e-9)
