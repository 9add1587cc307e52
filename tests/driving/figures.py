"""Figures about many answers: shares with their certainty, and times by rank."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """So many out of so many, with the 95 % Wilson interval."""

    count: int
    total: int

    @property
    def rate(self) -> float:
        """Between 0 and 1; 0 of 0 is 0."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true rate lies, in 95 of 100 cases."""
        if not self.total:
            return 0.0, 1.0
        z, n, p = NORMAL_95, self.total, self.rate
        middle = p + z * z / (2 * n)
        reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.rate:6.1%} [{low:.1%}, {high:.1%}] ({self.count}/{self.total})"


def percentile(values: Sequence[float], rank: float) -> float:
    """The value that `rank` (0 to 1) of all values do not exceed; NaN of none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(rank * len(ordered)) - 1)]
