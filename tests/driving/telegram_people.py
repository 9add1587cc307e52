"""People on the fake Telegram. A question for an agent's eyes is put in a group."""

import itertools
import time
from collections.abc import Mapping

from tests.driving.people import Asked, Heard, People
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Json

ADMIN, AGENT = 11, 12
FIRST_CUSTOMER = 100_001


class TelegramPeople(People):
    """Each customer is a new chat: a private one, or a group with the agent in it."""

    platform = "telegram"

    def __init__(self, fake: FakeTelegram) -> None:
        self.fake = fake
        self._customers = itertools.count(FIRST_CUSTOMER)
        self._sends: dict[int, list[float]] = {}
        self._calls_read = 0
        self._updates: dict[str, int] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        """What a server that talks to this fake must be told; people apart."""
        return {
            "TELEGRAM_BOT_TOKEN": self.fake.token,
            "KEFU_TELEGRAM_API_URL": self.fake.url,
        }

    async def ask(self, text: str, *, public: bool = False) -> Asked:
        customer = next(self._customers)
        chat = -customer if public else customer
        return await self._say(text, chat=chat, customer=customer)

    async def go_on(self, asked: Asked, text: str) -> Asked:
        chat = int(asked.conversation_id)
        return await self._say(text, chat=chat, customer=abs(chat))

    async def _say(self, text: str, *, chat: int, customer: int) -> Asked:
        mention = f"@{self.fake.chats.me['username']} " if chat < 0 else ""
        asked = Asked(text=text, conversation_id=str(chat), at=time.monotonic())
        message = await self.fake.say(mention + text, chat=chat, user=customer)
        self._updates[asked.conversation_id] = self._update_of(message)
        return asked

    def _update_of(self, message: Json) -> int:
        updates = reversed(self.fake.chats.updates.items())
        return next(key for key, each in updates if each.get("message") is message)

    async def again(self, asked: Asked) -> None:
        await self.fake.redeliver(self._updates[asked.conversation_id])

    def deliveries(self, asked: Asked) -> int:
        return self.fake.chats.handed[self._updates[asked.conversation_id]]

    def heard(self, asked: Asked) -> list[Heard]:
        chat = int(asked.conversation_id)
        messages = self.fake.chats.of_bot(chat)
        self._read_calls()
        times = self._sends.get(chat, [])
        # A refused call has a time and no message: the newest times are those.
        times = times[-len(messages) :] if messages else []
        heard = []
        for message, at in zip(messages, times, strict=True):
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            buttons = [button for row in rows for button in row]
            thumbs = [b for b in buttons if b["callback_data"][:2] in ("g:", "b:")]
            choices = [b["text"] for b in buttons if b not in thumbs]
            data = buttons[0]["callback_data"] if buttons else ""
            heard.append(
                Heard(
                    text=message["text"],
                    message_id=str(message["message_id"]),
                    at=at,
                    turn_id=data.partition(":")[2] or None,
                    votable=bool(thumbs),
                    choices=tuple(choices),
                )
            )
        return heard

    async def thumb(self, asked: Asked, reply: Heard, *, good: bool) -> None:
        chat = int(asked.conversation_id)
        await self.fake.press(
            f"{'g' if good else 'b'}:{reply.turn_id}",
            chat=chat,
            message_id=int(reply.message_id),
            user=abs(chat),
        )

    def can_correct(self, reply: Heard) -> bool:
        return bool(reply.message_id)  # by a reply to any message of a turn

    async def correct(self, asked: Asked, reply: Heard, text: str) -> None:
        await self.fake.say(
            f"correct: {text}",
            chat=int(asked.conversation_id),
            user=AGENT,
            reply_to=int(reply.message_id),
        )

    async def command(self, text: str) -> Asked:
        return await self._say(text, chat=ADMIN, customer=ADMIN)

    def _read_calls(self) -> None:
        calls = self.fake.calls
        for call in calls[self._calls_read :]:
            if call.method == "sendMessage":
                chat = int(call.parameters["chat_id"])
                self._sends.setdefault(chat, []).append(call.at)
        self._calls_read = len(calls)
