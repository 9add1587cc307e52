"""Long polling: a batch is committed to the inbox, and only then confirmed.

Telegram forgets what an offset passes, so the offset moves after the commit. A crash
in between brings the batch again, and the inbox knows it. Nothing ends the loop but
`stop`: what goes wrong is waited out, longer each time.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, TelegramError

from adapters.telegram.keeper import Keeper
from adapters.telegram.translate import Incoming, Me
from adapters.telegram.trouble import Timing, Trouble
from storage.problems import EnvironmentProblem

ALLOWED = ["message", "callback_query"]
# PTB's getUpdates parses a batch as one, so an update that it cannot read would stop
# all others; and it warns about calling an endpoint raw that it has a method for.
_ENDPOINT = "get__updates"
_log = structlog.get_logger(__name__)


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
            except Exception as bug:
                # A bug must not make us deaf for ever, and nothing is lost: what was
                # not committed is not confirmed either, and comes again.
                _log.exception("intake failed")
                await self._pause(self._trouble.wait_after(bug))
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
