"""Socket Mode: envelopes go to the newest socket and come again until acked."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]


@dataclass
class Envelope:
    """One delivery over the socket. `payload_ack` is what the ack carried."""

    id: str
    type: str
    payload: Json
    first_sent_at: float | None = None
    sent_at: float = 0.0
    attempts: int = 0
    acked_at: float | None = None
    payload_ack: Json | None = None


@dataclass
class SocketMode:
    """The half of Slack that speaks over sockets. Keeps what was never acked."""

    redeliver_seconds: float = 1.0  # Slack: at once, then 1 and 5 minutes
    redeliveries: int = 3
    envelopes: dict[str, Envelope] = field(default_factory=dict)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    lines: list[asyncio.WriteTransport] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def deliver(self, payload: Json, type: str = "events_api") -> Envelope:
        """Send an envelope; it comes again until it is acked."""
        envelope = Envelope(f"env-{next(self.numbers)}", type, payload)
        self.envelopes[envelope.id] = envelope
        await self._push(envelope)
        return envelope

    async def redeliver_one(self, envelope: Envelope) -> None:
        """Send an envelope once more, acked or not: Slack may have missed the ack."""
        await self._push(envelope)

    async def acked(self, envelope: Envelope, seconds: float = 5.0) -> float:
        """Wait for the ack; returns how long it took since the first sending."""
        await until(lambda: envelope.acked_at is not None, seconds)
        assert envelope.acked_at is not None
        assert envelope.first_sent_at is not None
        return envelope.acked_at - envelope.first_sent_at

    async def until_connected(self, seconds: float = 10.0) -> None:
        await until(lambda: bool(self.sockets), seconds)

    async def hang_up(self) -> None:
        """Close every socket, as Slack does when it refreshes them."""
        for socket in [*self.sockets]:
            await socket.close()

    def cut(self) -> None:
        """Break every socket without a word."""
        for line in self.lines:
            line.abort()

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = request.transport
        assert isinstance(line, asyncio.WriteTransport)
        self.sockets.append(socket)
        self.lines.append(line)
        await socket.send_json({"type": "hello", "num_connections": 1})
        for envelope in [*self.envelopes.values()]:
            if envelope.acked_at is None and envelope.attempts == 0:
                await self._push(envelope)
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        finally:
            self.sockets.remove(socket)
            self.lines.remove(line)
        return socket

    def _acknowledge(self, ack: Json) -> None:
        envelope = self.envelopes[ack["envelope_id"]]
        envelope.acked_at = time.monotonic()
        envelope.payload_ack = ack.get("payload")

    async def _push(self, envelope: Envelope) -> None:
        if not self.sockets:
            return
        envelope.sent_at = time.monotonic()
        envelope.first_sent_at = envelope.first_sent_at or envelope.sent_at
        envelope.attempts += 1
        message = {
            "type": envelope.type,
            "envelope_id": envelope.id,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.type != "events_api",
        }
        if envelope.attempts > 1:
            message |= {"retry_attempt": envelope.attempts - 1}
            message |= {"retry_reason": "timeout"}
        try:
            await self.sockets[-1].send_json(message)
        except ConnectionError:
            return  # cut: it comes again

    async def redeliver(self) -> None:
        while True:
            await asyncio.sleep(self.redeliver_seconds / 4)
            due = time.monotonic() - self.redeliver_seconds
            for envelope in [*self.envelopes.values()]:
                waits = envelope.acked_at is None and envelope.sent_at < due
                if waits and 0 < envelope.attempts <= self.redeliveries:
                    await self._push(envelope)


async def until(happened: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"did not happen within {seconds} s"
        await asyncio.sleep(0.01)
