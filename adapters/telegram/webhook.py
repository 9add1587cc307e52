"""The webhook: 200 is said only after the inbox has committed the update.

Telegram keeps what got no 2xx, in the order of its chat, and brings it again; so an
update that can never be read is kept as a dead letter and accepted.
"""

import asyncio
import hmac
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import structlog
from fastapi import APIRouter, Request, Response

from adapters.telegram.keeper import Keeper
from adapters.telegram.translate import Incoming, Me
from storage.problems import EnvironmentProblem

PATH = "/telegram"
LONGEST = 1_000_000  # bytes; Telegram's updates are far smaller
_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_log = structlog.get_logger(__name__)

Router: TypeAlias = APIRouter


def make_router(
    *,
    keeper: Keeper,
    secret: str,
    me: Callable[[], Me | None],
    arrived: Callable[[Sequence[Incoming]], None],
) -> Router:
    """The route that Telegram posts to.

    Args:
        me: the bot itself, or None while Telegram has not told yet.
        arrived: told what was kept, after the commit.
    """
    router = APIRouter()

    @router.post(PATH, include_in_schema=False)
    async def receive(request: Request) -> Response:
        given = request.headers.get(_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, secret.encode()):
            return Response(status_code=403)
        known = me()
        if known is None:
            return Response(status_code=503)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        try:
            kept = await asyncio.to_thread(keeper.keep, [_update(body)], known)
        except EnvironmentProblem as problem:
            _log.error("an update cannot be kept", problem=str(problem))
            return Response(status_code=500)
        arrived(kept)
        return Response(status_code=200)

    return router


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is longer than any update."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            return None
    return body


def _update(body: bytes) -> Any:
    """The update, or the bare text when it is not JSON: no event, a dead letter."""
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
