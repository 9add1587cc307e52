"""Lanes: what a platform counts together, one message at a time and then a rest.

A lane is a Slack channel or a Telegram chat. Two sends of one lane never overlap,
and between the end of one and the start of the next lies at least its rest.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

FORGET_ABOVE = 1000  # lanes kept before the rested ones are forgotten


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane. `rest` is in seconds."""

    name: str
    rest: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a courier goes about its work. Times are in seconds."""

    poll: float = 0.2  # between two looks into an empty outbox
    sweep: float = 5.0  # between two looks for rows whose sender has vanished
    lease: float = 120.0  # after which a row in sending counts as stuck
    settle: float = 1.0  # before an unconfirmed send is looked up; then 3x, 9x
    overall_rest: float = 0.0  # between any two sends of the platform
    longest_wait: float = 300.0  # between two tries of one message
    stop: float = 6.0  # for what is in hand when stopping
    in_hand: int = 16  # messages at once
    resends: int = 2  # of one unconfirmed message, in one go
    patience: float = 1.5  # a message due sooner is held, a later one put back


class Busy(Exception):
    """The lane is not free in time; ask again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _State:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    booked_until: float = 0.0


class Lanes:
    """When each lane is free, in seconds of the monotonic clock."""

    def __init__(self, *, overall_rest: float = 0.0) -> None:
        self._overall_rest = overall_rest
        self._overall_free_at = 0.0
        self._lanes: dict[str, _State] = {}
        self._booked: dict[str, float] = {}

    def wait_of(self, key: str, lane: Lane) -> float:
        """Seconds until the message `key` may go; books its place on first asking."""
        now = time.monotonic()
        state = self._state(lane.name)
        if key not in self._booked:
            slot = max(now, state.free_at, state.booked_until)
            state.booked_until = slot + lane.rest
            self._booked[key] = slot
        wait = self._booked[key] - now
        return max(0.0, wait)

    def block(self, lane: Lane, seconds: float) -> None:
        """Let nothing through this lane for so long: the platform asked for it."""
        state = self._state(lane.name)
        state.free_at = max(state.free_at, time.monotonic() + seconds)

    def block_all(self, seconds: float) -> None:
        """Let nothing through any lane for so long."""
        until = time.monotonic() + seconds
        self._overall_free_at = max(self._overall_free_at, until)

    def closed_for(self) -> float:
        """Seconds for which every lane is blocked."""
        return max(0.0, self._overall_free_at - time.monotonic())

    @asynccontextmanager
    async def turn(
        self, key: str, lane: Lane, *, patience: float
    ) -> AsyncIterator[None]:
        """Hold the lane for one send, once it and the platform are rested.

        Raises Busy when that would take more than `patience` seconds.
        """
        state = self._state(lane.name)
        async with state.lock:
            while (free_at := max(state.free_at, self._overall_free_at)) > (
                now := time.monotonic()
            ):
                if free_at - now > patience:
                    self._booked.pop(key, None)
                    raise Busy(free_at - now)
                await asyncio.sleep(free_at - now)
            self._overall_free_at = now + self._overall_rest
            try:
                yield
            finally:
                self._booked.pop(key, None)
                state.free_at = max(state.free_at, time.monotonic() + lane.rest)

    def _state(self, name: str) -> _State:
        if len(self._lanes) > FORGET_ABOVE:
            self._forget(time.monotonic())
        return self._lanes.setdefault(name, _State())

    def _forget(self, now: float) -> None:
        self._lanes = {
            name: state
            for name, state in self._lanes.items()
            if state.lock.locked() or max(state.free_at, state.booked_until) > now
        }
