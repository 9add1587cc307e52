"""Whoever answers: takes events from the inbox and puts words into the outbox.

It stands where the desk stands, over the real database, and says simple things: what
it heard, and after a thumb down the question what the right answer had been.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from storage.database import Database
from storage.records import (
    Choice,
    Claim,
    Correction,
    Event,
    Message,
    Outgoing,
    Reply,
    ReviewState,
    StoredCorrection,
    Turn,
    Vote,
)
from storage.stores import Stores
from tests.storage.make import turn

PROMPT = "What should I have said? Reply to this message."


class Office:
    """Works off the inbox until stopped. `events` is what it has dealt with."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.events: list[Event] = []
        self.choices: tuple[str, ...] = ()  # offered with each answer
        self.answer: Callable[[Message], str] = lambda message: f"re: {message.text}"
        self._numbers = count(1)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def send(self, text: str, *, chat: str = "42", **fields: object) -> str:
        """Put something into the outbox and give its id."""
        number = next(self._numbers)
        key = f"{number:032x}"
        values: dict[str, object] = {
            "id": key,
            "platform": "telegram",
            "conversation_id": chat,
            "text": text,
            "language": "en",
        }
        outgoing = Outgoing(**values | fields)  # type: ignore[arg-type]  # a test's own
        await asyncio.to_thread(self._add, outgoing)
        return key

    def messages(self) -> list[str]:
        """The texts of the messages dealt with, in order."""
        return [event.text for event in self.events if isinstance(event, Message)]

    def _add(self, outgoing: Outgoing) -> None:
        with self.database.transaction() as stores:
            stores.outbox.add(outgoing, _now())

    async def _run(self) -> None:
        while True:
            if not await asyncio.to_thread(self._work_once):
                await asyncio.sleep(0.01)

    def _work_once(self) -> bool:
        with self.database.transaction() as stores:
            claim = stores.inbox.claim(
                worker="office", now=_now(), lease=timedelta(minutes=1)
            )
            if claim:
                self._deal_with(stores, claim)
        if claim:
            self.events.append(claim.event)
        return claim is not None

    def _deal_with(self, stores: Stores, claim: Claim) -> None:
        event = claim.event
        said = self._said(stores, event)
        if said:
            stores.outbox.add(said, _now())
        stores.inbox.finish(claim, _now())

    def _said(self, stores: Stores, event: Event) -> Outgoing | None:
        key = f"{next(self._numbers):032x}"
        if isinstance(event, Message):
            made = turn(
                1,
                id=key,
                message=event,
                reply=Reply(text=self.answer(event), origin=turn().reply.origin),
            )
            stores.turns.add(made)
            return _outgoing(key, event, made, self.choices)
        if isinstance(event, Choice):
            return None
        about = stores.turns.get(event.turn_id)
        assert about
        if isinstance(event, Correction):
            stores.feedback.add_correction(_stored(key, event))
            return None
        return self._asked(stores, event, about, key)

    def _asked(
        self, stores: Stores, vote: Vote, about: Turn, key: str
    ) -> Outgoing | None:
        if stores.feedback.vote(vote, about).good is not False:
            return None
        return Outgoing(
            id=key,
            platform="telegram",
            conversation_id=vote.conversation_id,
            text=PROMPT,
            language="en",
            turn_id=about.id,
        )


async def until(true: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Wait until something is true; fail when it takes too long."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def _outgoing(
    key: str, message: Message, made: Turn, choices: tuple[str, ...]
) -> Outgoing:
    return Outgoing(
        id=key,
        platform="telegram",
        conversation_id=message.conversation_id,
        text=made.reply.text,
        language="en",
        turn_id=key,
        choices=choices,
        votable=not choices,
        reply_to=message.message_id,
    )


def _stored(key: str, correction: Correction) -> StoredCorrection:
    return StoredCorrection(
        id=key,
        turn_id=correction.turn_id,
        workspace=correction.workspace,
        platform=correction.platform,
        author_id=correction.author_id,
        role=correction.role,
        question="?",
        text=correction.text,
        state=ReviewState.PENDING,
        knowledge_id=None,
        created_at=correction.written_at,
    )


def _now() -> datetime:
    return datetime.now(UTC)
