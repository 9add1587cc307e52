"""A spare for the graphics card: what it has no room for, the processor writes.

A card that is full or gone is left alone for a while and then tried again.
"""

import logging
from collections.abc import Sequence
from typing import Final

from bot.model.breaker import Breaker
from bot.model.generate import Generator, Request
from storage.problems import EnvironmentProblem

log = logging.getLogger(__name__)

REST_SECONDS: Final = 60.0
_OF_THE_DEVICE: Final = ("out of memory", "cuda", "nvidia", "cudnn", "cublas")


class Spare:
    """A generator of two. Safe to use from many threads if both are.

    Args:
        first: on the device, preferred.
        second: on the processor.
        device: its name, for people.
    """

    def __init__(
        self,
        first: Generator,
        second: Generator,
        *,
        device: str,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._first, self._second, self._device = first, second, device
        self._breaker = Breaker(failures=1, rest_seconds=rest_seconds)

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order; half as many at once where room is short."""
        if self._breaker.lets_through():
            try:
                texts = self._first.generate(requests)
            except Exception as error:
                if not of_the_device(error):
                    raise
                if len(requests) > 1:
                    half = len(requests) // 2
                    return self.generate(requests[:half]) + self.generate(
                        requests[half:]
                    )
                self._leave(error)
            else:
                self._breaker.succeeded()
                return texts
        return self._second.generate(requests)

    def logits_fingerprint(self) -> str:
        """That of the device's weights, of the processor's if the device is full."""
        if self._breaker.lets_through():
            try:
                return self._first.logits_fingerprint()
            except Exception as error:
                if not of_the_device(error):
                    raise
                self._leave(error)
        return self._second.logits_fingerprint()

    def _leave(self, error: Exception) -> None:
        self._breaker.failed()
        problem = EnvironmentProblem(
            "KF-316",
            f"{self._device} cannot write replies now, so the processor does",
            where=f"KEFU_DEVICE={self._device}",
            why=(str(error) or type(error).__name__).splitlines()[0],
            fix="free memory on the graphics card, or set KEFU_DEVICE=cpu; it is tried "
            f"again after {REST_SECONDS:.0f} seconds",
        )
        log.error("%s", problem)


def of_the_device(error: Exception) -> bool:
    """Whether the device is to blame: full, gone or never there.

    torch tells it by several kinds of exception, by a bare RuntimeError too.
    """
    if type(error).__name__ == "OutOfMemoryError":
        return True
    told = str(error).lower()
    return isinstance(error, RuntimeError | AssertionError) and any(
        word in told for word in _OF_THE_DEVICE
    )
