"""Many conversations, one engine: requests that wait together are written together.

Nobody waits in vain: the queue is bounded, each request has a deadline, and whoever
waits hears of every failure. A thread lives only while there is work, so a release
that is swapped out leaves nothing behind, its remembered replies included.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from typing import Final

from bot.model.generate import BATCH, Generator, Request, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a batcher may take on.

    Attributes:
        batch: requests written together.
        queue: requests that wait; identical ones count once. At least `batch`.
        seconds: from the question to its reply, or there is none.
        loading_seconds: the same until the first reply, for which the model is loaded.
        remembered: replies kept for questions that come again word for word.
    """

    batch: int = BATCH
    queue: int = 64
    seconds: float = 30.0
    loading_seconds: float = 180.0
    remembered: int = 256


LIMITS: Final = Limits()


@dataclass(slots=True)
class _Waiting:
    """A request and everybody who waits for its text."""

    request: Request
    deadline: float
    text: "Future[str]" = field(default_factory=Future)


class Batcher:
    """A generator around a generator. Safe to use from many threads.

    Args:
        inner: writes the batches, one after the other.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        inner: Generator,
        *,
        limits: Limits = LIMITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 1 <= limits.batch <= limits.queue:
            raise ValueError("a queue holds at least one batch")
        self._inner, self._limits, self._clock = inner, limits, clock
        self._lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._wanted: dict[Request, _Waiting] = {}  # queued, or being written
        self._remembered: OrderedDict[Request, str] = OrderedDict()
        self._working = self._loaded = False

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order.

        Raises Unavailable when too many wait or the deadline has passed, and what
        the inner generator raises.
        """
        size = self._limits.batch
        return [
            text
            for start in range(0, len(requests), size)
            for text in self._together(requests[start : start + size])
        ]

    def logits_fingerprint(self) -> str:
        """The inner generator's. It waits for no other request and has no deadline."""
        numbers = self._inner.logits_fingerprint()
        self._loaded = True
        return numbers

    def _together(self, requests: Sequence[Request]) -> list[str]:
        limits = self._limits
        seconds = limits.seconds if self._loaded else limits.loading_seconds
        deadline = self._clock() + seconds
        with self._lock:
            texts = self._texts_of(requests, deadline)
        return [self._awaited(text, deadline) for text in texts]

    def _awaited(self, text: "Future[str]", deadline: float) -> str:
        try:
            return text.result(timeout=max(0.0, deadline - self._clock()))
        except TooLate:
            # It came this moment, or is the inner generator's own TimeoutError.
            if text.done():
                return text.result()
            raise _late() from None

    # --- with the lock held ------------------------------------------------------

    def _texts_of(
        self, requests: Sequence[Request], deadline: float
    ) -> "list[Future[str]]":
        """What will hold their texts. All are taken on, or none."""
        known = self._remembered.keys() | self._wanted.keys()
        new = len(set(requests) - known)
        if len(self._queue) + new > self._limits.queue:
            self._drop_the_late()
        if len(self._queue) + new > self._limits.queue:
            raise Unavailable("too many replies are waited for")
        return [self._text_of(request, deadline) for request in requests]

    def _text_of(self, request: Request, deadline: float) -> "Future[str]":
        if request in self._remembered:
            self._remembered.move_to_end(request)
            found: Future[str] = Future()
            found.set_result(self._remembered[request])
            return found
        waiting = self._wanted.get(request)
        if waiting is None:
            waiting = _Waiting(request, deadline)
            self._wanted[request] = waiting
            self._queue.append(waiting)
            self._see_to_work()
        waiting.deadline = max(waiting.deadline, deadline)
        return waiting.text

    def _see_to_work(self) -> None:
        if not self._working:
            self._working = True
            threading.Thread(target=self._work, name="batcher").start()

    def _drop_the_late(self) -> None:
        now = self._clock()
        for waiting in [each for each in self._queue if each.deadline <= now]:
            self._queue.remove(waiting)
            del self._wanted[waiting.request]
            waiting.text.set_exception(_late())

    def _remember(self, request: Request, text: str) -> None:
        self._remembered[request] = text
        while len(self._remembered) > self._limits.remembered:
            self._remembered.popitem(last=False)

    # --- the thread that works -----------------------------------------------------

    def _work(self) -> None:
        while batch := self._next():
            self._write(batch)

    def _next(self) -> list[_Waiting]:
        """What has queued up since, at most a batch. None ends the thread."""
        with self._lock:
            self._drop_the_late()
            size = min(self._limits.batch, len(self._queue))
            self._working = size > 0
            return [self._queue.popleft() for _ in range(size)]

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            if all(each.deadline <= self._clock() for each in batch):
                raise _late()
            requests = [each.request for each in batch]
            texts = self._inner.generate(requests)
            pairs = list(zip(batch, texts, strict=True))
        # Whatever it was, those who wait must hear of it and the next batch must run.
        except BaseException as error:
            self._failed(batch, error)
            return
        with self._lock:
            self._loaded = True
            for waiting, text in pairs:
                del self._wanted[waiting.request]
                self._remember(waiting.request, text)
        for waiting, text in pairs:
            waiting.text.set_result(text)

    def _failed(self, batch: Sequence[_Waiting], error: BaseException) -> None:
        if len(batch) > 1:
            # Perhaps it was too much at once, or one of them alone is to blame.
            for waiting in batch:
                self._write([waiting])
            return
        with self._lock:
            for waiting in batch:
                del self._wanted[waiting.request]
        for waiting in batch:
            waiting.text.set_exception(error)


def _late() -> Unavailable:
    return Unavailable("the reply was not written in time")
