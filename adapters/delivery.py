"""Delivery: one platform's outbox, emptied in order, each message once.

The intent to send is committed before the platform is called. A send whose answer
was lost (or that a crash cut off) is looked up on the platform before it is sent
again; where the platform cannot be asked, it is sent again and recorded uncertain.
Nothing that is in the outbox is ever forgotten.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from adapters.lanes import Busy, Lane, Lanes, Pace
from adapters.sender import CannotTell, Refused, Sender, TryLater, Unconfirmed
from storage.database import Database
from storage.lines import ClaimLost
from storage.problems import EnvironmentProblem
from storage.records import Delivery, Outgoing
from storage.stores import Stores

__all__ = [
    "CannotTell",
    "Courier",
    "Lane",
    "Pace",
    "Refused",
    "Sender",
    "TryLater",
    "Unconfirmed",
]

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Courier:
    """Empties one platform's outbox. One per platform and process.

    Args:
        alone: no other process delivers for this platform, so whatever is in
            sending at the start is ours, left by a crash.
    """

    def __init__(
        self,
        *,
        database: Database,
        sender: Sender,
        now: Callable[[], datetime],
        worker: str,
        pace: Pace | None = None,
        alone: bool = True,
    ) -> None:
        self._database, self._sender, self._now = database, sender, now
        self._worker, self._alone = worker, alone
        self._pace = pace or Pace()
        self._lanes = Lanes(overall_rest=self._pace.overall_rest)
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._tries: dict[str, int] = {}
        self._loop: asyncio.Task[None] | None = None
        self._bell = asyncio.Event()
        self._stopping = False
        self._swept_at = float("-inf")
        self.healthy = False

    async def start(self) -> None:
        """Begin delivering. What a crash left in sending comes first."""
        if self._alone:
            await self._write(
                lambda stores: stores.outbox.release_all(self._sender.platform)
            )
        self.healthy = True
        self._loop = asyncio.create_task(self._run(), name="courier")

    async def stop(self) -> None:
        """Take nothing new and let what is in hand finish, for a while.

        What does not finish in time stays in sending and is looked up next time.
        """
        self._stopping = True
        self._bell.set()
        end = asyncio.get_running_loop().time() + self._pace.stop
        if self._loop is not None:
            await _finish([self._loop], end)  # it may take one more in hand
        await _finish([*self._in_hand.values()], end)
        self.healthy = False

    def wake(self) -> None:
        """Say that something was put into the outbox, to save the wait."""
        self._bell.set()

    async def _run(self) -> None:
        while not self._stopping:
            self._bell.clear()
            try:
                busy = await self._step()
            except EnvironmentProblem as problem:
                self.healthy = False
                _log.error("outbox cannot be read", problem=str(problem))
                await self._pause(self._pace.settle)
                continue
            self.healthy = True
            if not busy:
                await self._pause(self._pace.poll)

    async def _step(self) -> bool:
        """Take one message in hand. False when there was none to take."""
        if (closed := self._lanes.closed_for()) > self._pace.patience:
            await self._pause(min(closed, self._pace.sweep))
            return True
        if len(self._in_hand) >= self._pace.in_hand:
            await asyncio.wait(
                self._in_hand.values(), return_when=asyncio.FIRST_COMPLETED
            )
            return True
        await self._sweep()
        delivery = await self._write(
            lambda stores: stores.outbox.claim(
                platform=self._sender.platform,
                worker=self._worker,
                now=self._now(),
                lease=timedelta(seconds=self._pace.lease),
            )
        )
        if delivery is not None:
            self._take(delivery, stuck=False)
        return delivery is not None

    async def _sweep(self) -> None:
        """Take over the rows whose sender has vanished."""
        now = asyncio.get_running_loop().time()
        if now < self._swept_at + self._pace.sweep:
            return
        for delivery in await self._write(self._taken_over):
            self._take(delivery, stuck=True)
        self._swept_at = now

    def _taken_over(self, stores: Stores) -> list[Delivery]:
        lease, outbox = timedelta(seconds=self._pace.lease), stores.outbox
        return [
            delivery
            for delivery in outbox.stuck(self._sender.platform, self._now())
            if (key := delivery.outgoing.id) not in self._in_hand
            and outbox.take_stuck(key, self._worker, self._now(), lease)
        ]

    def _take(self, delivery: Delivery, *, stuck: bool) -> None:
        key = delivery.outgoing.id
        task = asyncio.create_task(self._deliver(delivery, stuck=stuck))
        self._in_hand[key] = task
        task.add_done_callback(lambda _: self._let_go(key))

    def _let_go(self, key: str) -> None:
        del self._in_hand[key]
        self._bell.set()

    async def _deliver(self, delivery: Delivery, *, stuck: bool) -> None:
        outgoing = delivery.outgoing
        patience = self._pace.lease / 4 if stuck else self._pace.patience
        try:
            lane = self._sender.lane(outgoing)
            if (wait := self._lanes.wait_of(outgoing.id, lane)) > patience:
                raise Busy(wait)
            async with self._lanes.turn(outgoing.id, lane, patience=patience):
                await (self._settle if stuck else self._send)(outgoing, lane)
        except Busy as busy:
            # A stuck row may have been sent: it stays so until it is looked up.
            if not stuck:
                await self._put_back(outgoing, busy.seconds, "waits for its turn")
        except ClaimLost:
            # Another courier took it over when its lease was done, and finished it.
            _log.warning("delivery taken over", id=outgoing.id)
        except EnvironmentProblem as problem:
            # The row stays in sending: it is looked up when the database is back.
            _log.error("delivery not recorded", id=outgoing.id, problem=str(problem))
        except Exception as bug:
            # A bug must neither stop the others nor send this message for ever;
            # the row keeps the reason and is shown to people.
            _log.exception("delivery failed", id=outgoing.id)
            await self._failed(outgoing, f"bug: {bug!r}")

    async def _send(self, outgoing: Outgoing, lane: Lane) -> None:
        try:
            message_id = await self._sender.send(outgoing)
        except TryLater as later:
            await self._put_back(outgoing, self._hold(outgoing, lane, later), later.why)
        except Refused as refusal:
            await self._failed(outgoing, str(refusal))
        except Unconfirmed as lost:
            _log.warning("send unconfirmed", id=outgoing.id, why=str(lost))
            await asyncio.sleep(self._pace.settle)
            await self._settle(outgoing, lane)
        else:
            await self._sent(outgoing, message_id)

    async def _settle(self, outgoing: Outgoing, lane: Lane) -> None:
        """Find out what became of a send that nobody confirmed, and finish it.

        What cannot be settled before the lease is over stays in sending.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._pace.lease / 2
        blind, lost, wait = False, 0, 0.0
        while lost < self._pace.resends and loop.time() + wait < deadline:
            await asyncio.sleep(wait)
            try:
                found, blind = await self._find(outgoing)
                message_id = found or await self._sender.send(outgoing)
            except Unconfirmed as again:
                _log.warning("send unconfirmed", id=outgoing.id, why=str(again))
                lost += 1
                wait = self._pace.settle * 3**lost
            except TryLater as later:
                wait = self._hold(outgoing, lane, later)
            except Refused as refusal:
                await self._failed(outgoing, str(refusal))
                return
            else:
                await self._sent(outgoing, message_id, uncertain=blind)
                return
        if blind and lost:
            await self._sent(outgoing, "", uncertain=True)

    async def _find(self, outgoing: Outgoing) -> tuple[str | None, bool]:
        """The platform's id if it was sent, and whether nobody can tell."""
        try:
            return await self._sender.find(outgoing), False
        except CannotTell:
            return None, True

    def _hold(self, outgoing: Outgoing, lane: Lane, later: TryLater) -> float:
        """Let the lane, or everyone, wait as the platform asked. In seconds."""
        tries = self._tries[outgoing.id] = self._tries.get(outgoing.id, 0) + 1
        backoff = min(self._pace.longest_wait, self._pace.settle * 2 ** min(tries, 16))
        seconds = later.seconds or backoff
        if later.everyone:
            self._lanes.block_all(seconds)
        elif later.seconds:
            self._lanes.block(lane, seconds)
        return seconds

    async def _put_back(self, outgoing: Outgoing, seconds: float, why: str) -> None:
        not_before = self._now() + timedelta(seconds=seconds)
        await self._write(lambda s: s.outbox.retry(outgoing.id, not_before, why))

    async def _sent(
        self, outgoing: Outgoing, message_id: str, *, uncertain: bool = False
    ) -> None:
        def record(stores: Stores) -> None:
            stores.outbox.sent(
                outgoing.id, message_id, self._now(), uncertain=uncertain
            )

        self._tries.pop(outgoing.id, None)
        await self._insist(record)

    async def _failed(self, outgoing: Outgoing, why: str) -> None:
        self._tries.pop(outgoing.id, None)
        _log.error("message refused", id=outgoing.id, why=why)
        await self._insist(lambda s: s.outbox.failed(outgoing.id, why, self._now()))

    async def _insist(self, work: Callable[[Stores], None]) -> None:
        """Write what has happened on the platform; a busy database gets five tries."""
        for number in range(1, 6):
            try:
                return await self._write(work)
            except EnvironmentProblem:
                if number == 5:
                    raise
                await asyncio.sleep(self._pace.settle * number)
        return None

    async def _write(self, work: Callable[[Stores], T]) -> T:
        return await asyncio.to_thread(self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Stores], T]) -> T:
        with self._database.transaction() as stores:
            return work(stores)

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until somebody rings."""
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return


async def _finish(tasks: Collection[asyncio.Task[None]], end: float) -> None:
    """Wait for them until `end`, a time of the loop, then cancel what is left."""
    if not tasks:
        return
    timeout = max(0.0, end - asyncio.get_running_loop().time())
    _, late = await asyncio.wait(tasks, timeout=timeout)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
