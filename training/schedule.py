"""How far a run is: by steps, or by the time it has trained, pauses not counted."""

import math
from dataclasses import dataclass
from typing import Final

PAUSE: Final = 30.0  # seconds; a step that takes longer was stopped meanwhile
LOWEST: Final = 0.02  # of the rate, at the end


@dataclass(slots=True)
class Clock:
    """Seconds trained. A machine that slept, or was told to wait, did not train."""

    seconds: float = 0.0
    usual: float = 0.0  # seconds of a step

    def add(self, passed: float) -> None:
        """One step took so long."""
        counted = self.usual if passed > PAUSE else passed
        self.usual = counted if not self.usual else 0.95 * self.usual + 0.05 * counted
        self.seconds += counted


def share_of_rate(step: int, done: float, *, warm_up: int) -> float:
    """Up in a straight line, then down as a cosine; `done` is from 0 to 1."""
    up = (step + 1) / max(1, warm_up)
    down = LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return min(1.0, up) * down
