"""Pushing updates to a webhook as Telegram does: per chat in order, until a 2xx.

One chat that is refused holds back nobody else. A refused update is tried again at
once, then after 2, 4, 8 .. 60 units of time, or when `Retry-After` says.
"""

import asyncio
from dataclasses import dataclass

import aiohttp

from tests.fakes.telegram_chats import Json


@dataclass(frozen=True)
class Webhook:
    """Where updates go, and the secret that proves who sends them."""

    url: str
    secret: str


class Pusher:
    """Delivers pending updates to one webhook.

    Args:
        pending: the queue of updates; what was delivered leaves it.
        unit: seconds of one unit of waiting: 1 on the real server.
    """

    def __init__(self, webhook: Webhook, pending: list[Json], *, unit: float) -> None:
        self.webhook, self.unit = webhook, unit
        self.answers: list[tuple[int, int]] = []  # (update id, status; 0: no answer)
        self.lose = 0  # so many coming answers get lost on the way back
        self._pending = pending
        self._lines: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    def wake(self) -> None:
        """Look at the queue: something may have come."""
        self._session = self._session or aiohttp.ClientSession()
        for update in self._pending:
            chat = chat_of(update)
            if chat not in self._lines or self._lines[chat].done():
                self._lines[chat] = asyncio.create_task(self._deliver(chat))

    async def stop(self) -> None:
        """End every delivery; what was not accepted stays in the queue."""
        for task in self._lines.values():
            task.cancel()
        await asyncio.gather(*self._lines.values(), return_exceptions=True)
        if self._session:
            await self._session.close()

    async def _deliver(self, chat: int) -> None:
        while update := next((u for u in self._pending if chat_of(u) == chat), None):
            tries = 0
            while (wait := await self._push(update, tries)) is not None:
                tries += 1
                await asyncio.sleep(wait)
            self._pending.remove(update)

    async def _push(self, update: Json, tries: int) -> float | None:
        wait = self.unit * min(2**tries, 60) if tries else 0.0
        status = 0
        try:
            status, after = await self._post(update)
            wait = float(after) if after else wait
        except (aiohttp.ClientError, TimeoutError):
            pass
        self.answers.append((update["update_id"], status))
        if 200 <= status < 300 and self.lose:
            self.lose -= 1
            return wait
        return None if 200 <= status < 300 else wait

    async def _post(self, update: Json) -> tuple[int, str | None]:
        assert self._session
        async with self._session.post(
            self.webhook.url,
            json=update,
            headers={"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret},
            timeout=aiohttp.ClientTimeout(total=20),
        ) as answer:
            return answer.status, answer.headers.get("Retry-After")


def chat_of(update: Json) -> int:
    """The chat an update belongs to; 0 when it belongs to none."""
    for part in update.values():
        if isinstance(part, dict):
            inner = part.get("message", part)
            chat = inner.get("chat") if isinstance(inner, dict) else None
            if isinstance(chat, dict):
                return int(chat["id"])
    return 0
