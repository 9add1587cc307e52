"""What Slack sends is committed to the inbox before Slack hears that it arrived.

If the commit fails there is no ack, and Slack sends the event again. Events are
committed in the order in which they came.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from adapters.slack import modal
from adapters.slack.translate import (
    PLATFORM,
    Arrival,
    Malformed,
    Me,
    about_of,
    to_arrival,
)
from storage.database import Database
from storage.records import Correction, Json, Turn, Vote
from storage.stores import Stores

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What became of an arrival."""

    is_new: bool
    to_correct: Turn | None = None  # the turn whose right answer we ask for


class Intake:
    """Takes one workspace's payloads.

    Args:
        open_modal: opens a view with a trigger id, in the background.
    """

    def __init__(
        self,
        *,
        database: Database,
        me: Me,
        now: Callable[[], datetime],
        open_modal: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._database, self._me, self._now = database, me, now
        self._open_modal = open_modal
        self._in_order = asyncio.Lock()

    async def take(self, payload: Json) -> Json | None:
        """Commit what the payload says. Returns what the ack should carry, if anything.

        Raises EnvironmentProblem when it could not be committed: do not ack then.
        """
        try:
            arrival = to_arrival(payload, self._me, self._now())
        except Malformed as problem:
            await self.bury(payload, str(problem))
            return None
        if arrival is None:
            return None
        event = arrival.event
        if isinstance(event, Correction) and not event.text:
            return modal.empty_answer(str(about_of(payload["view"]).get("language")))
        async with self._in_order:
            kept = await asyncio.to_thread(self._keep, arrival)
        if kept.to_correct is not None:
            view = modal.view(kept.to_correct, event.conversation_id)
            self._open_modal(str(payload.get("trigger_id", "")), view)
        return None

    async def bury(self, payload: Json, why: str) -> None:
        """Keep what cannot be read for people to look at."""
        # "token" is Slack's old shared secret: not for our database.
        kept = {name: value for name, value in payload.items() if name != "token"}
        raw = json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str)
        digest = hashlib.sha256(raw.encode()).hexdigest()[:32]
        key = f"dead:{payload.get('event_id') or digest}"
        _log.warning("unreadable event kept as a dead letter", key=key, why=why)

        def put(stores: Stores) -> None:
            stores.inbox.put_dead(
                platform=PLATFORM,
                key=key,
                raw=raw,
                error=why,
                received_at=self._now(),
            )

        async with self._in_order:
            await asyncio.to_thread(self._in_transaction, put)

    def _in_transaction(self, work: Callable[[Stores], None]) -> None:
        with self._database.transaction() as stores:
            work(stores)

    def _keep(self, arrival: Arrival) -> _Kept:
        event = arrival.event
        with self._database.transaction() as stores:
            if arrival.if_taking_part and not stores.turns.history(
                PLATFORM, event.conversation_id, 1
            ):
                return _Kept(is_new=False)
            is_new = stores.inbox.put(
                platform=PLATFORM,
                key=arrival.key,
                conversation_id=event.conversation_id,
                event=event,
                received_at=self._now(),
            )
            if is_new and isinstance(event, Vote) and not event.good:
                return _Kept(is_new=True, to_correct=_to_correct(stores, event))
        return _Kept(is_new=is_new)


def _to_correct(stores: Stores, vote: Vote) -> Turn | None:
    """The turn voted down, unless this press takes an earlier thumb down back."""
    for feedback in stores.feedback.of_turn(vote.turn_id):
        if feedback.voter_id == vote.voter_id and feedback.good is False:
            return None
    return stores.turns.get(vote.turn_id)
