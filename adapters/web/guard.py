"""Who may post: the page itself, with a small JSON body. Everyone else is refused.

A browser says where a request comes from; another site's page can neither read our
JSON nor send it. The check is made before anything is read or parsed.
"""

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 64 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}


class SameOrigin:
    """ASGI middleware for every request that changes something under `prefix`.

    Args:
        prefix: other paths (webhooks) have their own checks.
        hosts: the names under which the page is served; empty: any. Naming them keeps
            a hostile name that was pointed at this machine from reaching it.
    """

    def __init__(self, app: ASGIApp, *, prefix: str, hosts: Sequence[str]) -> None:
        self._app, self._prefix = app, prefix
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or hand it on with its body read."""
        guarded = scope["type"] == "http" and scope["path"].startswith(self._prefix)
        if not guarded or scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope))
        body = None if refusal else await _body(receive)
        if body is None:
            too_large = (413, "KF-543", f"a body may have {MAX_BODY} bytes")
            await _refuse(send, *(refusal or too_large))
            return
        await self._app(scope, _replay(body, receive), send)

    def _refusal(self, headers: Headers) -> tuple[int, str, str] | None:
        if not _same_origin(headers, self._hosts):
            return 403, "KF-541", "only the page of this very address may post here"
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            return 415, "KF-542", "the content type must be application/json"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return 413, "KF-543", f"a body may have {MAX_BODY} bytes"
        return None


class SafeHeaders:
    """ASGI middleware: no foreign script, no framing, no sniffing, no stale answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to every response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                kept = "no-cache" if static else "no-store"
                headers.setdefault("cache-control", kept)
            await send(message)

        await self._app(scope, receive, send_safely)


def _same_origin(headers: Headers, hosts: frozenset[str]) -> bool:
    host = headers.get("host", "").lower()
    if hosts and (urlsplit(f"//{host}").hostname or "") not in hosts:
        return False
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == host != ""
    # Every browser names the origin of a POST; without one it is a program.
    return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is too large."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        if size > MAX_BODY:
            return None
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    unread = [body]

    async def read() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return read


async def _refuse(send: Send, status: int, code: str, why: str) -> None:
    body = json.dumps({"error": {"code": code, "message": why}}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # the rest of the body is not read
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
