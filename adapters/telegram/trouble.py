"""Trouble with Telegram is counted and waited out, a little longer each time.

Only what a person has to mend is a problem at once; the rest becomes one if it lasts.
"""

from dataclasses import dataclass

import structlog
from telegram.error import RetryAfter, TelegramError

from adapters.telegram.api import is_refused, seconds_of, token_refused
from storage.problems import EnvironmentProblem, Problem

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things may take. In seconds."""

    poll: float = 25.0  # that Telegram holds a poll open
    first_wait: float = 0.5  # after trouble; doubled each time
    longest_wait: float = 30.0
    healthy_for: int = 4  # troubles in a row that are no news yet
    part_rest: float = 1.0  # between the parts of a long answer
    token_wait: float = 60.0  # before a refused token is tried again


class Trouble:
    """What went wrong lately, and how long to wait for better days."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._in_a_row = 0
        self.problem: Problem | None = None  # that only a person can mend

    @property
    def lasts(self) -> bool:
        """Whether it is more than a hiccup."""
        return self.problem is not None or self._in_a_row > self._timing.healthy_for

    def over(self) -> None:
        """All is well again."""
        self._in_a_row, self.problem = 0, None

    def wait_after(self, error: Exception) -> float:
        """Count a trouble and say how many seconds to wait."""
        self._in_a_row += 1
        doubled = self._timing.first_wait * 2.0 ** min(self._in_a_row - 1, 16)
        wait = min(self._timing.longest_wait, doubled)
        if isinstance(error, RetryAfter):
            wait = max(wait, seconds_of(error))
        if isinstance(error, EnvironmentProblem):
            _log.error("updates cannot be kept", problem=str(error))
        elif isinstance(error, TelegramError) and is_refused(error):
            self.problem = token_refused()
            _log.error("telegram refuses us", problem=str(self.problem))
            wait = self._timing.token_wait
        else:
            _log.warning("telegram is out of reach", why=str(error), wait_seconds=wait)
        return wait
