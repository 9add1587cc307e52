"""Sends one outgoing message to a chat, in as many parts as it takes.

It says certainly sent, certainly not, never, or lost on the way, and repeats nothing
whose fate is open. Telegram has no way to ask whether a message has arrived.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from telegram import Bot, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    RetryAfter,
    TelegramError,
)

from adapters.lanes import Lane
from adapters.sender import CannotTell, Refused, TryLater, Unconfirmed
from adapters.telegram import render
from adapters.telegram.api import is_refused, never_left, seconds_of
from adapters.telegram.texts import invited
from adapters.telegram.translate import PLATFORM
from adapters.telegram.trouble import Timing
from storage.records import Outgoing

_PRIVATE_REST, _GROUP_REST = 1.0, 3.0  # seconds: 1 a second, 20 a minute


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and the topic in it."""

    chat_id: int
    thread_id: int | None

    @classmethod
    def of(cls, conversation_id: str) -> "Place":
        """The place that an id names. Raises ValueError when it names none."""
        chat, _, thread = conversation_id.partition(":")
        return cls(int(chat), int(thread) if thread else None)


class TelegramSender:
    """The courier's hand on Telegram.

    `refused` while Telegram does not accept our token.
    """

    platform = PLATFORM

    def __init__(self, bot: Bot, *, timing: Timing) -> None:
        self._bot, self._timing = bot, timing
        self.refused = False
        self._arrived: dict[str, list[int]] = {}  # our id -> its parts in the chat

    def lane(self, outgoing: Outgoing) -> Lane:
        """The chat: its topics count together."""
        chat = outgoing.conversation_id.partition(":")[0]
        return Lane(chat, _GROUP_REST if chat.startswith("-") else _PRIVATE_REST)

    async def find(self, outgoing: Outgoing) -> str | None:
        """Telegram cannot be asked.

        Raises:
            CannotTell: always.
        """
        raise CannotTell(f"Telegram has no look-up for {outgoing.id}")

    async def send(self, outgoing: Outgoing) -> str:
        """Send what is not yet there and return the id of the last part.

        Raises:
            TryLater: not sent, or only in part: what is missing may be tried later.
            Refused: it can never be sent.
            Unconfirmed: the answer got lost.
        """
        try:
            place = Place.of(outgoing.conversation_id)
        except ValueError:
            raise Refused(f"no chat: {outgoing.conversation_id}") from None
        arrived = self._arrived.setdefault(outgoing.id, [])
        texts = render.parts(invited(outgoing))
        while len(arrived) < len(texts):
            if arrived:
                await asyncio.sleep(self._timing.part_rest)
            asked = _asked(outgoing, place, texts, number=len(arrived))
            try:
                arrived.append(await self._say(asked, texts[len(arrived)]))
            except Refused:
                self._arrived.pop(outgoing.id)
                if outgoing.recipient_id and place.chat_id < 0:
                    # Who never wrote to us alone cannot be told alone; the press was
                    # acknowledged all the same.
                    return ""
                raise
        self._arrived.pop(outgoing.id)
        return str(arrived[-1])

    async def _say(self, asked: dict[str, Any], plain: str) -> int:
        """Send one part, each cure at most once, and return its message id."""
        cures = {"can't parse", "thread not found", "migrated"}
        while True:
            try:
                message_id = (await self._bot.send_message(**asked)).message_id
                self.refused = False
                return message_id
            except BadRequest as no:
                cure = next((c for c in cures if c in no.message.lower()), None)
                if cure is None:
                    raise Refused(no.message) from no
                cures.remove(cure)
                _cure(cure, asked, plain)
            except ChatMigrated as moved:
                if "migrated" not in cures:
                    raise Refused(moved.message) from moved
                cures.remove("migrated")
                asked["chat_id"] = moved.new_chat_id
            except TelegramError as error:
                raise self._verdict(error) from error

    def _verdict(self, error: TelegramError) -> Exception:
        """What an error means for the message."""
        if isinstance(error, RetryAfter):
            return TryLater(seconds_of(error), "flood control")
        if isinstance(error, Forbidden):
            return Refused(error.message)
        if is_refused(error):
            self.refused = True
            wait = self._timing.token_wait
            return TryLater(wait, "the token is refused", everyone=True)
        if never_left(error):
            return TryLater(0, f"not sent: {error.message}")
        return Unconfirmed(error.message)


def _asked(
    outgoing: Outgoing, place: Place, texts: list[str], *, number: int
) -> dict[str, Any]:
    """What to ask of sendMessage for one part."""
    if outgoing.recipient_id and place.chat_id < 0:
        # A group has no whispering, so it is said where nobody else listens.
        place = Place.of(outgoing.recipient_id)
    asked: dict[str, Any] = {
        "chat_id": place.chat_id,
        "message_thread_id": place.thread_id,
        "text": render.to_html(texts[number]),
        "parse_mode": ParseMode.HTML,
        # A preview of a link would ask its server, and tell it about the chat.
        "link_preview_options": LinkPreviewOptions(is_disabled=True),
    }
    reply_to = outgoing.reply_to or ""
    if number == 0 and reply_to.isdecimal() and not outgoing.recipient_id:
        asked["reply_parameters"] = ReplyParameters(
            message_id=int(reply_to), allow_sending_without_reply=True
        )
    if number == len(texts) - 1:
        asked["reply_markup"] = render.to_markup(render.buttons(outgoing))
    return asked


def _cure(cure: str, asked: dict[str, Any], plain: str) -> None:
    if cure == "can't parse":
        asked |= {"text": plain, "parse_mode": None}
    else:
        asked["message_thread_id"] = None
