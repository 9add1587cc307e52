"""A Slack of our own: the Web API and Socket Mode on a real socket, with its faults.

It keeps what Slack keeps (messages with metadata, views, unacked envelopes) across
`stop` and `start`, refuses what Slack refuses, and writes down every call.
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.slack_rules import refusal, scopes_of
from tests.fakes.slack_socket import SocketMode

BOT_TOKEN, APP_TOKEN = "xoxb-fake-1", "xapp-fake-1"
BOT_USER, BOT_ID, TEAM = "UBOT", "BBOT", "T1"
Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call. `kind` is one of limit, status, slow, error,
    lost_before (the line breaks first) and lost_after (it breaks after the work)."""

    kind: str
    seconds: float = 1.0  # Retry-After, or how slow
    status: int = 500
    error: str = "invalid_auth"


@dataclass(frozen=True)
class Call:
    """One Web API call, at a monotonic time."""

    method: str
    arguments: Json
    at: float


@dataclass
class FakeSlack(SocketMode):
    """One workspace, T1, with the bot UBOT in it."""

    messages: list[Json] = field(default_factory=list)
    posts: list[Json] = field(default_factory=list)  # the bot's, ephemeral ones too
    calls: list[Call] = field(default_factory=list)
    views: list[Json] = field(default_factory=list)
    scopes_used: set[str] = field(default_factory=set)
    granted: str = ""  # the x-oauth-scopes header; "" sends none
    members_only: set[str] = field(default_factory=set)  # channels without the bot
    port: int = 0
    on_post: Callable[[Json], None] | None = None

    def __post_init__(self) -> None:
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self._redeliverer: asyncio.Task[None] | None = None

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    async def start(self) -> None:
        """Listen: on a free port the first time, on the same port afterwards."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self.link)
        # Nobody's lost connection may hold up a test's end.
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._redeliverer = asyncio.create_task(self.redeliver())

    async def stop(self) -> None:
        """Break every line. What was kept stays for the next start."""
        if self._redeliverer is not None:
            self._redeliverer.cancel()
            await asyncio.gather(self._redeliverer, return_exceptions=True)
        await self.hang_up()
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method go wrong, one fault each."""
        self._faults[method].extend(faults)

    def stamp(self) -> str:
        """The next message timestamp."""
        return f"{1_760_000_000 + next(self.numbers)}.000100"

    # --- the Web API ------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append(Call(method, arguments, time.monotonic()))
        faults = self._faults[method]
        fault = faults.popleft() if faults else None
        if fault is not None and fault.kind != "lost_after":
            broken = await self._break(request, fault)
            if broken is not None:
                return broken
        answer = self._answer(method, arguments, _token(request, arguments))
        if fault is not None and fault.kind == "lost_after":
            return await _cut(request)
        headers = {"x-oauth-scopes": self.granted} if self.granted else {}
        return web.json_response(answer, headers=headers)

    async def _break(
        self, request: web.Request, fault: Fault
    ) -> web.StreamResponse | None:
        if fault.kind == "limit":
            error = {"ok": False, "error": "ratelimited"}
            headers = {"Retry-After": str(int(fault.seconds))}
            return web.json_response(error, status=429, headers=headers)
        if fault.kind == "status":
            return web.Response(status=fault.status, text="<html>no</html>")
        if fault.kind == "error":
            return web.json_response({"ok": False, "error": fault.error})
        if fault.kind == "lost_before":
            return await _cut(request)
        await asyncio.sleep(fault.seconds)
        return None

    def _answer(self, method: str, arguments: Json, token: str) -> Json:
        expected = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != expected:
            return {"ok": False, "error": "invalid_auth"}
        if error := refusal(method, arguments):
            return {"ok": False, "error": error}
        self.scopes_used |= scopes_of(method, str(arguments.get("channel", "")))
        do = getattr(self, "_" + method.replace(".", "_"), None)
        if do is None:
            return {"ok": False, "error": "unknown_method"}
        answer: Json = do(arguments)
        return {"ok": True} | answer

    def _auth_test(self, _: Json) -> Json:
        return {"user_id": BOT_USER, "bot_id": BOT_ID, "team_id": TEAM}

    def _apps_connections_open(self, _: Json) -> Json:
        ticket = next(self.numbers)
        return {"url": f"ws://127.0.0.1:{self.port}/link?ticket=secret-{ticket}"}

    def _chat_postMessage(self, arguments: Json) -> Json:
        if arguments["channel"] in self.members_only:
            return {"ok": False, "error": "not_in_channel"}
        return self._post("chat.postMessage", arguments)

    def _chat_postEphemeral(self, arguments: Json) -> Json:
        if arguments["channel"] in self.members_only:
            return {"ok": False, "error": "user_not_in_channel"}
        stamp = self._post("chat.postEphemeral", arguments)["ts"]
        return {"message_ts": stamp}

    def _post(self, method: str, arguments: Json) -> Json:
        post = {
            "method": method,
            **arguments,
            "ts": self.stamp(),
            "at": time.monotonic(),
            "bot_id": BOT_ID,
        }
        self.posts.append(post)
        if method == "chat.postMessage":
            self.messages.append(post)
        if self.on_post is not None:
            self.on_post(post)
        return {"ts": post["ts"], "channel": post["channel"]}

    def _conversations_replies(self, arguments: Json) -> Json:
        thread = arguments["ts"]
        known = [
            m
            for m in self.messages
            if m["channel"] == arguments["channel"]
            and thread in (m["ts"], m.get("thread_ts"))
        ]
        since = float(arguments.get("oldest") or 0)
        found = [m for m in known if m["ts"] == thread or float(m["ts"]) > since]
        return _page(found, arguments)

    def _conversations_history(self, arguments: Json) -> Json:
        channel = arguments["channel"]
        found = [m for m in self.messages if m["channel"] == channel]
        return _page(found[::-1], arguments)

    def _views_open(self, arguments: Json) -> Json:
        view = {**arguments["view"], "id": f"V{next(self.numbers)}"}
        self.views.append(view)
        return {"view": view}


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        given: Json = await request.json()
        return given
    arguments = dict(request.query) | {
        k: str(v) for k, v in (await request.post()).items()
    }
    if "view" in arguments:
        return arguments | {"view": json.loads(arguments["view"])}
    return arguments


def _token(request: web.Request, arguments: Json) -> str:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bearer or str(arguments.get("token", ""))


async def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _page(found: list[Json], arguments: Json) -> Json:
    start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
    page = found[start : start + limit]
    if str(arguments.get("include_all_metadata", "")).lower() not in ("1", "true"):
        page = [{k: v for k, v in m.items() if k != "metadata"} for m in page]
    more = str(start + limit) if start + limit < len(found) else ""
    return {"messages": page, "response_metadata": {"next_cursor": more}}
