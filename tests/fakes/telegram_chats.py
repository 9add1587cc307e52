"""The chats of the fake Telegram: who wrote what, and the updates it makes.

Message ids rise by one in each chat, update ids over all of them, as on the real
server. A message keeps its keyboard, also where another one replies to it.
"""

import itertools
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.fakes.telegram_text import Refusal, units

Json: TypeAlias = dict[str, Any]

BOT_ID = 7000000001
_MARKED = re.compile(r"(?P<bot_command>^/\w+(?:@\w+)?)|(?P<mention>@\w+)")


@dataclass
class Chat:
    """One chat. `gone` is why the bot may not write to it, in Telegram's words."""

    id: int
    topics: set[int] = field(default_factory=set)
    messages: dict[int, Json] = field(default_factory=dict)
    gone: str = ""
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def json(self) -> Json:
        """As the API shows it."""
        if self.id > 0:
            return {"id": self.id, "type": "private", "first_name": "Li"}
        forum = {"is_forum": True} if self.topics else {}
        return {"id": self.id, "type": "supergroup", "title": "Shop", **forum}


class Chats:
    """Every chat, and the updates nobody has confirmed yet."""

    def __init__(self, username: str) -> None:
        self.me = {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "kefu",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.chats: dict[int, Chat] = {}
        self.pending: list[Json] = []  # updates, oldest first
        self.again: list[Json] = []  # once more, confirmed or not
        self.updates: dict[int, Json] = {}  # every one there ever was
        self.handed: Counter[int] = Counter()  # update id -> times it went out
        self.queries: dict[str, str | None] = {}  # callback query -> its answer
        self._update_ids = itertools.count(500001)

    def chat(self, chat_id: int) -> Chat:
        """The chat, opened if need be."""
        return self.chats.setdefault(chat_id, Chat(chat_id))

    def push(self, update: Json) -> int:
        """Queue an update, whatever it holds, and give its id."""
        update_id = next(self._update_ids)
        update = {"update_id": update_id, **update}
        self.updates[update_id] = update
        self.pending.append(update)
        return update_id

    @property
    def waiting(self) -> bool:
        """Whether a poll would get anything."""
        return bool(self.again or self.pending)

    def hand_out(self, most: int) -> list[Json]:
        """The next batch of a poll."""
        batch = (self.again + self.pending)[:most]
        self.again = self.again[most:]
        self.handed.update(update["update_id"] for update in batch)
        return batch

    def restart_ids(self, first: int) -> None:
        """Count updates from another number, as happens after a quiet week."""
        self._update_ids = itertools.count(first)

    def write(
        self,
        text: str | None,
        *,
        chat: int,
        user: int | None = None,
        language: str = "en",
        reply_to: int | None = None,
        thread: int | None = None,
        **fields: Any,
    ) -> Json:
        """A person's message, put into its chat; `fields` are more of its fields."""
        place = self.chat(chat)
        message: Json = {"from": person(user or abs(chat), language), **fields}
        if text is not None:
            message |= {"text": text} | _entities(text)
        if thread is not None:
            place.topics.add(thread)
            message |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is not None:
            message["reply_to_message"] = without_reply(place.messages[reply_to])
        return self._keep(place, message)

    def press(
        self,
        data: str,
        *,
        chat: int,
        message_id: int,
        user: int | None = None,
        language: str = "en",
    ) -> Json:
        """A person's press on an inline button of one of the bot's messages."""
        query_id = str(900000 + len(self.queries))
        self.queries[query_id] = None
        return {
            "id": query_id,
            "from": person(user or abs(chat), language),
            "message": self.chat(chat).messages[message_id],
            "chat_instance": str(chat),
            "data": data,
        }

    def post(self, chat_id: int, fields: Json, thread: int | None) -> Json:
        """The bot's message, once everything about it is in order.

        Raises:
            Refusal: there is no such chat or topic, or the bot may not write there.
        """
        place = self.chats.get(chat_id)
        if place is None:
            raise Refusal(400, "Bad Request: chat not found")
        if place.gone:
            raise Refusal(403, f"Forbidden: {place.gone}")
        if thread is not None:
            if thread not in place.topics:
                raise Refusal(400, "Bad Request: message thread not found")
            fields |= {"message_thread_id": thread, "is_topic_message": True}
        return self._keep(place, {"from": self.me, **fields})

    def find(self, chat_id: int, message_id: int) -> Json:
        """A message.

        Raises:
            Refusal: it is not there.
        """
        place = self.chats.get(chat_id)
        if place is None or message_id not in place.messages:
            raise Refusal(400, "Bad Request: message to edit not found")
        return place.messages[message_id]

    def of_bot(self, chat_id: int) -> list[Json]:
        """What the bot has said in a chat, oldest first."""
        messages = self.chat(chat_id).messages.values()
        return [message for message in messages if message["from"]["id"] == BOT_ID]

    def _keep(self, place: Chat, message: Json) -> Json:
        message_id = next(place.ids)
        base = {"message_id": message_id, "date": int(time.time()), "chat": place.json}
        place.messages[message_id] = base | message
        return place.messages[message_id]


def person(user_id: int, language: str = "en") -> Json:
    """A user as the API shows one."""
    return {
        "id": user_id,
        "is_bot": False,
        "first_name": f"User {user_id}",
        "language_code": language,
    }


def without_reply(message: Json) -> Json:
    """The message as another one quotes it: one level deep."""
    return {name: part for name, part in message.items() if name != "reply_to_message"}


def _entities(text: str) -> Json:
    found = [
        {
            "type": match.lastgroup,
            "offset": units(text[: match.start()]),
            "length": units(match.group()),
        }
        for match in _MARKED.finditer(text)
    ]
    return {"entities": found} if found else {}
