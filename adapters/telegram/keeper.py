"""Updates are kept before anyone is told that they arrived, all or none of them.

One that cannot be understood becomes a dead letter and holds up nobody; one that is
known already changes nothing.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog

from adapters.telegram.translate import (
    PLATFORM,
    Incoming,
    Me,
    Memory,
    key_of,
    translate,
)
from storage.database import Database
from storage.problems import EnvironmentProblem
from storage.records import Message
from storage.stores import Stores

# What reading something malformed raises. A failing database raises nothing of these.
UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    OSError,
    RecursionError,
)
_log = structlog.get_logger(__name__)


class Keeper:
    """Puts updates into the inbox. Synchronous: call it from a worker thread."""

    def __init__(
        self, *, database: Database, workspace: str, now: Callable[[], datetime]
    ) -> None:
        self._database, self._workspace, self._now = database, workspace, now

    def keep(self, updates: Sequence[Any], me: Me) -> list[Incoming]:
        """Commit a batch and give what in it is new.

        Raises:
            EnvironmentProblem: nothing was kept; deliver the batch again.
        """
        try:
            with self._database.transaction() as stores:
                kept = [self._put(stores, update, me) for update in updates]
        except EnvironmentProblem:
            raise
        except Exception:
            # Something in the batch breaks the transaction. Nothing is lost: each
            # update is tried alone, and the one at fault becomes a dead letter.
            _log.exception("a batch of updates cannot be kept as one")
            kept = [self._keep_alone(update, me) for update in updates]
        return [incoming for incoming in kept if incoming]

    def _keep_alone(self, update: Any, me: Me) -> Incoming | None:
        try:
            with self._database.transaction() as stores:
                return self._put(stores, update, me)
        except EnvironmentProblem:
            raise
        except Exception as error:
            # Whatever it is, the update itself is kept for people to look at.
            with self._database.transaction() as stores:
                self._bury(stores, update, error)
            return None

    def _put(self, stores: Stores, update: Any, me: Me) -> Incoming | None:
        received_at = self._now()
        try:
            incoming = translate(
                update,
                me=me,
                workspace=self._workspace,
                memory=_memory(stores),
                received_at=received_at,
            )
        except UNREADABLE as error:
            self._bury(stores, update, error)
            return None
        if incoming.event is None:
            return incoming
        is_new = stores.inbox.put(
            platform=PLATFORM,
            key=incoming.key,
            conversation_id=incoming.conversation_id,
            event=incoming.event,
            received_at=received_at,
        )
        # A press is acknowledged again: the first time may have been cut off.
        return incoming if is_new or incoming.press else None

    def _bury(self, stores: Stores, update: Any, error: Exception) -> None:
        raw = json.dumps(update)
        why = f"{type(error).__name__}: {error}"
        _log.error("update cannot be read", why=why)
        stores.inbox.put_dead(
            platform=PLATFORM,
            key=_any_key(update, raw),
            raw=raw,
            error=why,
            received_at=self._now(),
        )


def is_question(incoming: Incoming) -> bool:
    """Whether a person now waits for words."""
    return isinstance(incoming.event, Message)


def _memory(stores: Stores) -> Memory:
    return Memory(
        turn_of=lambda conversation_id, message_id: stores.outbox.turn_of(
            PLATFORM, conversation_id, message_id
        ),
        disliked=lambda turn_id, person_id: any(
            each.good is False
            and (each.platform, each.voter_id) == (PLATFORM, person_id)
            for each in stores.feedback.of_turn(turn_id)
        ),
    )


def _any_key(update: Any, raw: str) -> str:
    try:
        return key_of(update)
    except (KeyError, TypeError, ValueError, OverflowError):
        return f"unreadable:{hashlib.sha256(raw.encode()).hexdigest()}"
