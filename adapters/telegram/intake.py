"""Long polling: a batch is committed to the inbox, and only then confirmed.

Telegram forgets what an offset passes, so the offset moves after the commit. A crash
in between brings the batch again, and the inbox knows it. Nothing ends the loop but
`stop`: what goes wrong is waited out, longer each time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, RetryAfter, TelegramError

from adapters.telegram.api import is_refused, seconds_of, token_refused
from adapters.telegram.keeper import Keeper
from adapters.telegram.translate import Incoming, Me
from storage.problems import EnvironmentProblem, Problem

ALLOWED = ["message", "callback_query"]
# PTB's getUpdates parses a batch as one, so an update that it cannot read would stop
# all others; and it warns about calling an endpoint raw that it has a method for.
_ENDPOINT = "get__updates"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things may take. In seconds."""

    poll: float = 25.0  # that Telegram holds a poll open
    first_wait: float = 0.5  # after trouble; doubled each time
    longest_wait: float = 30.0
    healthy_for: int = 4  # troubles in a row that are no news yet
    part_rest: float = 1.0  # between the parts of a long answer


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

    def wait_after(self, error: TelegramError | EnvironmentProblem) -> float:
        """Count a trouble and say how many seconds to wait."""
        self._in_a_row += 1
        doubled = self._timing.first_wait * 2.0 ** min(self._in_a_row - 1, 16)
        wait = min(self._timing.longest_wait, doubled)
        if isinstance(error, RetryAfter):
            wait = max(wait, seconds_of(error))
        if isinstance(error, EnvironmentProblem):
            _log.error("updates cannot be kept", problem=str(error))
        elif is_refused(error):
            self.problem = token_refused()
            _log.error("telegram refuses us", problem=str(self.problem))
            wait = self._timing.longest_wait
        else:
            _log.warning("telegram is out of reach", why=str(error), wait_seconds=wait)
        return wait


class Intake:
    """The poll loop of one bot.

    Args:
        arrived: told what was kept, after the commit.
    """

    def __init__(
        self,
        *,
        bot: Bot,
        keeper: Keeper,
        me: Me,
        timing: Timing,
        trouble: Trouble,
        arrived: Callable[[Sequence[Incoming]], None],
    ) -> None:
        self._bot, self._keeper, self._me = bot, keeper, me
        self._timing, self._trouble, self._arrived = timing, trouble, arrived
        self._offset: int | None = None
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Poll until `stop`."""
        while not self._stop.is_set():
            try:
                updates = await self._unless_stopped()
                if updates is None:
                    return
                await self._take(updates)
            except Conflict as error:
                await self._pause(self._trouble.wait_after(error))
                await self._unhook(error)
            except (TelegramError, EnvironmentProblem) as error:
                await self._pause(self._trouble.wait_after(error))
            else:
                self._trouble.over()

    def stop(self) -> None:
        """Let the loop end. What is being committed still is; an open poll is cut."""
        self._stop.set()

    async def _unless_stopped(self) -> list[Any] | None:
        poll = asyncio.ensure_future(self._poll())
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({poll, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return poll.result() if poll.done() else None
        finally:
            for task in (poll, stopped):
                task.cancel()
            await asyncio.gather(poll, stopped, return_exceptions=True)

    async def _poll(self) -> list[Any]:
        asked = {"timeout": int(self._timing.poll), "allowed_updates": ALLOWED}
        if self._offset is not None:
            asked["offset"] = self._offset
        updates: list[Any] = await self._bot.do_api_request(
            _ENDPOINT, api_kwargs=asked, read_timeout=self._timing.poll + 10
        )
        if not isinstance(updates, list):
            raise TelegramError("getUpdates did not answer with a list")
        return updates

    async def _take(self, updates: list[Any]) -> None:
        if not updates:
            # Everything is confirmed. Ids may start anew after a quiet week, so an
            # offset from before must not swallow them.
            self._offset = None
            return
        kept = await asyncio.to_thread(self._keeper.keep, updates, self._me)
        ids = [update_id for each in updates if (update_id := _id(each)) is not None]
        if not ids:
            raise TelegramError("getUpdates answered without a single update id")
        self._offset = max(ids) + 1
        self._arrived(kept)

    async def _unhook(self, conflict: Conflict) -> None:
        """Take away a webhook that somebody has set behind our back."""
        if "webhook" not in str(conflict).lower():
            return
        try:
            await self._bot.delete_webhook()
        except TelegramError as error:
            _log.warning("the webhook cannot be taken away", why=str(error))

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return


def _id(update: Any) -> int | None:
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if isinstance(found, int) else None
