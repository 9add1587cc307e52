"""A Telegram Bot API server over a real socket, with real semantics and faults.

It keeps its state over `restart`, on the same port. A confirmed update never comes
again unless `redeliver` asks for it; a message it accepted is in its chat, whether or
not its answer arrived.
"""

import asyncio
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.fakes.telegram_chats import Chats, Json, without_reply
from tests.fakes.telegram_faults import (
    OTHER_POLL,
    Call,
    Fault,
    broken,
    parameters_of,
    planned,
)
from tests.fakes.telegram_text import Refusal, checked, parsed
from tests.fakes.telegram_webhook import Pusher, Webhook

TOKEN = "7000000001:fake-token"
__all__ = ["TOKEN", "Call", "FakeTelegram", "Fault"]
UNASKED = {"message_reaction", "message_reaction_count", "chat_member"}
HOOKED = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class FakeTelegram:
    """The server. People act through `say` and `press`, tests look at the rest.

    Args:
        retry_unit: seconds of one unit of webhook retrying; 1 on the real server.
        chance: asked for a fault at every call that has none planned.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "kefu_bot",
        port: int = 0,
        retry_unit: float = 1.0,
        chance: Callable[[str], Fault | None] | None = None,
    ) -> None:
        self.token, self.port, self.retry_unit = token, port, retry_unit
        self.chats = Chats(username)
        self.calls: list[Call] = []
        self.commands: dict[str, list[Json]] = {}  # language -> the menu
        self.own_commands: dict[int, dict[str, list[Json]]] = defaultdict(dict)
        self.pusher: Pusher | None = None
        self.allowed: set[str] | None = None
        self.most_in_batch = 100
        self._chance = chance
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._news = asyncio.Condition()
        self._poll = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """What KEFU_TELEGRAM_API_URL should be."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, always on the same port after the first time."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        if self.pusher:
            await self._hook(self.pusher.webhook)

    async def stop(self) -> None:
        """Break off every connection; the state stays."""
        self._poll += 1
        await self._tell()
        if self.pusher:
            await self.pusher.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def restart(self, *, down_seconds: float = 0.0) -> None:
        """Go away and come back on the same port, remembering everything."""
        await self.stop()
        await asyncio.sleep(down_seconds)
        await self.start()

    # --- what people do

    async def say(self, text: str | None, *, chat: int = 42, **more: Any) -> Json:
        """Write a message and give it back; see `Chats.write`."""
        message = self.chats.write(text, chat=chat, **more)
        await self.push({"message": message})
        return message

    async def press(self, data: str, *, chat: int = 42, **more: Any) -> Json:
        """Press a button and give the callback query; see `Chats.press`."""
        query = self.chats.press(data, chat=chat, **more)
        await self.push({"callback_query": query})
        return query

    async def push(self, update: Json) -> int:
        """Queue any update, sound or not, and give its id."""
        kind = next(iter(update), "")
        asked = kind in self.allowed if self.allowed else kind not in UNASKED
        if not asked:
            return 0
        update_id = self.chats.push(update)
        await self._tell()
        return update_id

    async def redeliver(self, update_id: int) -> None:
        """Deliver an update once more, confirmed or not."""
        update = self.chats.updates[update_id]
        (self.chats.pending if self.pusher else self.chats.again).append(update)
        await self._tell()

    def fail(self, method: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next calls of a method go wrong."""
        self._faults[method].extend([fault] * times)

    def heal(self) -> None:
        """Let nothing that was planned go wrong any more."""
        self._faults.clear()

    def said(self, chat: int = 42) -> list[str]:
        """The bot's texts in a chat, oldest first."""
        return [message["text"] for message in self.chats.of_bot(chat)]

    def called(self, method: str) -> list[Json]:
        """The parameters of each call of a method, oldest first."""
        return [call.parameters for call in self.calls if call.method == method]

    # --- answering

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        parameters = await parameters_of(request)
        self.calls.append(Call(method, parameters, time.monotonic()))
        due = self._faults[method]
        fault = due.popleft() if due else self._by_chance(method)
        await asyncio.sleep(fault.seconds)
        if fault.drop == "before":
            return broken(request)
        answer = await self._worked(request, method, parameters, fault)
        return broken(request) if fault.drop == "after" else answer

    def _by_chance(self, method: str) -> Fault:
        return (self._chance and self._chance(method)) or Fault()

    async def _worked(
        self, request: web.Request, method: str, parameters: Json, fault: Fault
    ) -> web.StreamResponse:
        if fault.body:
            return web.Response(status=fault.status or 200, text=fault.body)
        try:
            if fault.status:
                raise planned(fault)
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            work = getattr(self, "_" + _snake(method), None)
            if work is None:
                raise Refusal(404, "Not Found: method not found")
            return web.json_response({"ok": True, "result": await work(parameters)})
        except Refusal as no:
            body: Json = {"ok": False, "error_code": no.code}
            body["description"] = no.description
            if no.parameters:
                body["parameters"] = no.parameters
            return web.json_response(body, status=no.code)

    async def _get_me(self, _: Json) -> Json:
        return self.chats.me

    async def _get_updates(self, asked: Json) -> list[Json]:
        if self.pusher:
            raise Refusal(409, HOOKED)
        self._remember(asked)
        self._confirm(int(asked.get("offset", 0)))
        self._poll += 1
        mine = self._poll
        await self._tell()
        try:
            async with asyncio.timeout(min(float(asked.get("timeout", 0)), 50)):
                async with self._news:
                    await self._news.wait_for(
                        lambda: self.chats.waiting or self._poll != mine
                    )
        except TimeoutError:
            return []
        if self._poll != mine:
            raise Refusal(409, OTHER_POLL)
        most = min(int(asked.get("limit", 100)), self.most_in_batch)
        return self.chats.hand_out(max(1, most))

    async def _send_message(self, asked: Json) -> Json:
        text = parsed(str(asked.get("text", "")), asked.get("parse_mode"))
        fields: Json = {"text": text}
        if markup := asked.get("reply_markup"):
            fields["reply_markup"] = checked(markup)
        chat_id = int(asked["chat_id"])
        if reply := asked.get("reply_parameters"):
            place = self.chats.chat(chat_id)
            quoted = place.messages.get(int(reply["message_id"]))
            if quoted:
                fields["reply_to_message"] = without_reply(quoted)
            elif not reply.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
        thread = asked.get("message_thread_id")
        return self.chats.post(chat_id, fields, int(thread) if thread else None)

    async def _send_chat_action(self, asked: Json) -> bool:
        if int(asked["chat_id"]) not in self.chats.chats:
            raise Refusal(400, "Bad Request: chat not found")
        return True

    async def _answer_callback_query(self, asked: Json) -> bool:
        query_id = str(asked["callback_query_id"])
        if query_id not in self.chats.queries:
            raise Refusal(400, "Bad Request: query is too old or query ID is invalid")
        self.chats.queries[query_id] = asked.get("text", "")
        return True

    async def _edit_message_reply_markup(self, asked: Json) -> Json:
        message = self.chats.find(int(asked["chat_id"]), int(asked["message_id"]))
        markup = checked(asked["reply_markup"]) if asked.get("reply_markup") else None
        if message.get("reply_markup") == markup:
            raise Refusal(400, "Bad Request: message is not modified")
        message.pop("reply_markup", None)
        if markup:
            message["reply_markup"] = markup
        return message

    async def _set_my_commands(self, asked: Json) -> bool:
        for command in asked["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        scope = asked.get("scope")
        if scope is not None and int(scope["chat_id"]) not in self.chats.chats:
            raise Refusal(400, "Bad Request: chat not found")
        menus = self.commands if scope is None else self.own_commands[scope["chat_id"]]
        menus[asked.get("language_code", "")] = asked["commands"]
        return True

    async def _set_webhook(self, asked: Json) -> bool:
        secret = asked.get("secret_token", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise Refusal(400, "Bad Request: secret token contains bad characters")
        self._remember(asked)
        self._poll += 1
        await self._tell()
        await self._hook(Webhook(asked["url"], secret) if asked.get("url") else None)
        return True

    async def _delete_webhook(self, asked: Json) -> bool:
        if asked.get("drop_pending_updates"):
            self.chats.pending.clear()
        await self._hook(None)
        return True

    # --- the rest

    async def _hook(self, webhook: Webhook | None) -> None:
        if self.pusher:
            await self.pusher.stop()
        self.pusher = None
        if webhook:
            pending = self.chats.pending
            self.pusher = Pusher(webhook, pending, unit=self.retry_unit)
            self.pusher.wake()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
        if self.pusher:
            self.pusher.wake()

    def _confirm(self, offset: int) -> None:
        pending = self.chats.pending
        if offset < 0:
            pending[:] = pending[offset:]
        elif offset:
            pending[:] = [u for u in pending if u["update_id"] >= offset]

    def _remember(self, asked: Json) -> None:
        if "allowed_updates" in asked:
            self.allowed = set(asked["allowed_updates"]) or None


def _snake(method: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", method).lower()
