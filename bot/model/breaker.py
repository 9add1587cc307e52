"""A circuit breaker: who fails often is left alone for a while, then tried once."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Safe to use from many threads.

    Args:
        failures: in a row, until nothing is let through.
        rest_seconds: how long that lasts; then one is let through, on trial.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        *,
        failures: int,
        rest_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._rest, self._clock = failures, rest_seconds, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._next_trial = 0.0

    def lets_through(self) -> bool:
        """Whether to try now. Whoever is let through tells how it went."""
        with self._lock:
            if self._failed < self._most:
                return True
            now = self._clock()
            if now < self._next_trial:
                return False
            # On trial; should it never tell, there is another trial after a rest.
            self._next_trial = now + self._rest
            return True

    def succeeded(self) -> None:
        """All is well: everything is let through."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """One more failure in a row."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._most:
                self._next_trial = self._clock() + self._rest
