"""How long work takes: by the clock, and in processor time, which load leaves alone.

Processor time is that of all threads of this process; a wait costs none.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
T = TypeVar("T")


class _Encoder(Protocol):
    @property
    def sha256(self) -> str: ...

    @property
    def encode(self) -> Callable[[Sequence[str]], Floats]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Time that work took, in seconds: by the clock, and of the processor."""

    seconds: float
    cpu_seconds: float

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(
            seconds=self.seconds - other.seconds,
            cpu_seconds=self.cpu_seconds - other.cpu_seconds,
        )

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            seconds=self.seconds + other.seconds,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
        )


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    """What it gives, and what it took."""
    began, busy = time.perf_counter(), time.process_time()
    given = work()
    return given, Spent(
        seconds=time.perf_counter() - began, cpu_seconds=time.process_time() - busy
    )


def middle(times: Sequence[Spent]) -> Spent:
    """The median of each; nothing of none."""
    if not times:
        return Spent(seconds=0.0, cpu_seconds=0.0)
    return Spent(
        seconds=median(each.seconds for each in times),
        cpu_seconds=median(each.cpu_seconds for each in times),
    )


class Clocked:
    """An encoder that says how long it took, and for how many texts."""

    def __init__(self, encoder: _Encoder) -> None:
        self.sha256 = encoder.sha256
        self.texts = 0
        self.spent = Spent(seconds=0.0, cpu_seconds=0.0)
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Floats:
        """The same vectors, float32 [texts, width]."""
        vectors, spent = timed(lambda: self._encoder.encode(texts))
        self.texts += len(texts)
        self.spent = self.spent + spent
        return vectors
