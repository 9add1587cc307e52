"""Answering happens in threads of its own, one turn of a conversation at a time.

The threads are not those that other channels commit their messages in, so a crowd on
the page never delays them. Whoever would have to wait too long is told so at once.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

MAX_WAITING = 64
MAX_IN_CONVERSATION = 4


class Busy(Exception):
    """Too much is waiting. Try again in a moment."""


class Work:
    """Runs blocking calls for conversations, in order within each."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="kefu-web")
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    async def run(self, conversation_id: str, call: Callable[[], T]) -> T:
        """What the call returns.

        Raises:
            Busy: too many calls are waiting, of this conversation or of all.
        """
        mine = self._waiting[conversation_id]
        if mine >= MAX_IN_CONVERSATION or self._waiting.total() >= MAX_WAITING:
            raise Busy
        self._waiting[conversation_id] += 1
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        try:
            async with lock:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._pool, call)
        finally:
            self._waiting[conversation_id] -= 1
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id], self._locks[conversation_id]

    def close(self) -> None:
        """Let what runs come to its end; drop what has not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)
