"""How calls of the fake Telegram arrive, and how they go wrong."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.telegram_chats import Json
from tests.fakes.telegram_text import Refusal

OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call.

    Args:
        status: answered instead of the result; 429 needs `retry_after`.
        seconds: waited before anything else.
        drop: the connection breaks "before" the call is worked, or "after".
        body: sent instead of Telegram's JSON (a proxy's error page).
    """

    status: int = 0
    retry_after: int = 0
    seconds: float = 0.0
    drop: str = ""
    body: str = ""


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    parameters: Json
    at: float  # monotonic seconds


async def parameters_of(request: web.Request) -> Json:
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        return found | dict(await request.json())
    for name, value in (await request.post()).items():
        text = str(value)
        # Lists and objects travel as JSON inside the form.
        found[name] = json.loads(text) if text[:1] in ("{", "[") else text
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    return (
        {"true": True, "false": False}.get(value, value) if _is_text(value) else value
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def planned(fault: Fault) -> Refusal:
    if fault.status == 429:
        return Refusal(
            429,
            f"Too Many Requests: retry after {fault.retry_after}",
            {"retry_after": fault.retry_after},
        )
    words = {401: "Unauthorized", 409: OTHER_POLL, 403: "Forbidden: bot was blocked"}
    return Refusal(fault.status, words.get(fault.status, "Internal Server Error"))


def broken(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()
