"""Small signs that someone is there: typing, a press acknowledged, a thumb marked.

They are sent at once and at most once, beside the real work. One that fails is not
missed: nothing depends on it.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog
from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

from adapters.telegram import render
from adapters.telegram.keeper import is_question
from adapters.telegram.sender import Place
from adapters.telegram.texts import acknowledgement
from adapters.telegram.translate import Incoming, Press
from storage.records import Event

_MOST = 100  # signs under way at once; what is above goes without
_log = structlog.get_logger(__name__)


class Courtesy:
    """Sends the signs for what has arrived."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._under_way: set[asyncio.Task[None]] = set()

    def arrived(self, incomings: Sequence[Incoming]) -> None:
        """Acknowledge what was kept. Returns at once."""
        typing = {i.conversation_id for i in incomings if is_question(i)}
        for incoming in incomings:
            if incoming.press:
                self._spawn(self._acknowledge(incoming.press, incoming.event))
        for conversation_id in typing:
            self._spawn(self._typing(Place.of(conversation_id)))

    async def stop(self) -> None:
        """Drop what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _spawn(self, sign: Coroutine[Any, Any, None]) -> None:
        if len(self._under_way) >= _MOST:
            sign.close()
            return
        task = asyncio.create_task(_quietly(sign))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _typing(self, place: Place) -> None:
        await self._bot.send_chat_action(
            place.chat_id, ChatAction.TYPING, message_thread_id=place.thread_id
        )

    async def _acknowledge(self, press: Press, event: Event | None) -> None:
        await self._bot.answer_callback_query(
            press.query_id, text=acknowledgement(press, event)
        )
        # In a group the buttons are everybody's: a mark would speak for others.
        if event and press.is_private:
            after = render.after_press(press.keyboard, press.data)
            await self._bot.edit_message_reply_markup(
                chat_id=press.chat_id,
                message_id=press.message_id,
                reply_markup=render.to_markup(after),
            )


async def _quietly(sign: Coroutine[Any, Any, None]) -> None:
    try:
        await sign
    except TelegramError as error:
        _log.debug("a sign was not taken", why=str(error))
