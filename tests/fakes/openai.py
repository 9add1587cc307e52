"""A server with OpenAI's chat completions, over a real socket, with faults to order.

What it writes is decided by what it is asked, word by word, up to `max_tokens` words.
"""

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


class FakeOpenAI:
    """What was asked, and what goes wrong next.

    Attributes:
        faults: of the coming requests, in order: "429", "500" or any other status,
            "slow", "cut", "drip", or text that is sent as the whole answer.
        asked: (headers in lower case, body) of each request.
    """

    def __init__(self) -> None:
        self.faults: deque[str] = deque()
        self.asked: list[tuple[dict[str, str], Json]] = []
        self.retry_after = ""
        self.url = ""
        self.stopping = threading.Event()

    def answer(self, asked: Json) -> Json:
        """The answer to a body."""
        seed = json.dumps([asked["messages"], asked.get("seed")], ensure_ascii=True)
        digest = hashlib.sha256(seed.encode()).hexdigest()
        words = [digest[i : i + 4] for i in range(0, len(digest), 4)]
        text = " ".join(words[: asked["max_tokens"]])
        message = {"role": "assistant", "content": text}
        return {"choices": [{"index": 0, "message": message}]}


class _Handler(BaseHTTPRequestHandler):
    fake: FakeOpenAI
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.fake.asked.append((headers, asked))
        fault = self.fake.faults.popleft() if self.fake.faults else ""
        if not self.path.endswith("/v1/chat/completions"):
            fault = "404"
        self._send(fault, json.dumps(self.fake.answer(asked)).encode())

    def _send(self, fault: str, content: bytes) -> None:
        if fault == "cut":
            self._head(200, len(content))
            self.wfile.write(content[:10])
            self.close_connection = True
        elif fault == "slow":
            self.fake.stopping.wait(5)
            self.close_connection = True
        elif fault == "drip":
            self._drip()
        elif fault.isdigit():
            self._head(int(fault), 2)
            self.wfile.write(b"{}")
        else:
            content = fault.encode() or content
            self._head(200, len(content))
            self.wfile.write(content)

    def _drip(self) -> None:
        self._head(200, 10_000)
        self.close_connection = True
        try:
            while not self.fake.stopping.is_set():
                self.wfile.write(b" ")
                time.sleep(0.02)
        except OSError:
            return  # who asked has gone

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("content-length", str(length))
        if self.fake.retry_after:
            self.send_header("retry-after", self.fake.retry_after)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def openai_server() -> Iterator[FakeOpenAI]:
    """A running server."""
    fake = FakeOpenAI()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = _Server(("127.0.0.1", 0), handler)
    fake.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield fake
    finally:
        fake.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
