"""Replies written by another server: any OpenAI-style chat API, such as vLLM's.

The network is never trusted: every request has a deadline, failures that may pass are
tried again a few times, and a server that keeps failing is left alone for a while.
Its key is in no message, no error and no log.
"""

import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from bot.model.breaker import Breaker
from bot.model.generate import BATCH, Request, Unavailable, tidy
from bot.model.prompt import not_found
from bot.model.tokens import neutralise
from storage.problems import BadInput

_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_REFUSED: Final = frozenset({401, 403, 404})  # by the settings, so by every request
_LONGEST_TEXT: Final = 6000  # characters of one text
_LONGEST_ANSWER: Final = 1_000_000  # bytes
_MOST_TURNS: Final = 6
_ORDERS: Final = {
    "en": "You are a customer service agent. Answer in English, in one to three short "
    "sentences, with nothing but what the passages say, names and numbers exactly as "
    "they are written there. If they do not answer the question, say: {unknown}",
    "zh": "你是客服。请用中文回答，一到三句短句，只说资料里有的内容，"
    "名称和数字与资料完全一致。如果资料没有回答这个问题，就说：{unknown}",
}
_PASSAGE: Final = {"en": "Passage", "zh": "资料"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where replies are written. The key is left out of its repr."""

    url: str
    model: str
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Server({self.model})"


def server_of(url: str, model: str, key: str) -> Server:
    """The server of the settings.

    Raises BadInput KF-610 where they cannot be used.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise _unusable("KEFU_GENERATOR_URL", "it is no http or https address")
    if not model:
        raise _unusable("KEFU_GENERATOR_MODEL", "it is empty")
    if not key.isascii() or any(not each.isprintable() for each in key):
        raise _unusable("KEFU_GENERATOR_KEY", "it holds what no HTTP header can")
    headers = (("authorization", f"Bearer {key}"),) if key else ()
    return Server(url=url.rstrip("/"), model=model, headers=headers)


def _unusable(where: str, why: str) -> BadInput:
    return BadInput(
        "KF-610",
        "the server that is to write replies cannot be used as it is set",
        where=where,
        why=why,
        fix="KEFU_GENERATOR_URL=http://127.0.0.1:8000/v1 and KEFU_GENERATOR_MODEL as "
        "that server names it, or unset both to write replies on this machine",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server is waited for, and how often it is asked.

    Attributes:
        seconds: for one reply, all attempts and pauses together.
        attempts: at most, where a failure may pass.
        pause_seconds: before the second attempt; doubled before each later one.
        failures: attempts in a row that fail, until it is left alone.
        rest_seconds: how long it is left alone.
    """

    seconds: float = 25.0
    attempts: int = 3
    pause_seconds: float = 0.5
    failures: int = 5
    rest_seconds: float = 30.0


class _Failed(Exception):
    """An attempt that failed: why, whether to try again, after how many seconds."""

    def __init__(self, why: str, *, passing: bool, after: float = 0.0) -> None:
        super().__init__(why)
        self.passing, self.after = passing, after


class RemoteGenerator:
    """A generator on another server. Safe to use from many threads.

    Args:
        server: where it is.
        patience: with it.
        clock: seconds that only grow.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        server: Server,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._server, self._patience = server, patience or Patience()
        self._clock, self._sleep = clock, sleep
        self._breaker = Breaker(
            failures=self._patience.failures,
            rest_seconds=self._patience.rest_seconds,
            clock=clock,
        )
        self._client = httpx.Client(headers=dict(server.headers))

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order; asked for at once, the server joins them.

        Raises Unavailable where the server cannot be had.
        """
        if len(requests) < 2:
            return [self._write(request) for request in requests]
        with ThreadPoolExecutor(min(BATCH, len(requests))) as pool:
            return list(pool.map(self._write, requests))

    def logits_fingerprint(self) -> str:
        """The model's name: its weights are that server's affair."""
        return "remote:" + quote(self._server.model, safe="")

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _write(self, request: Request) -> str:
        deadline = self._clock() + self._patience.seconds
        pause = self._patience.pause_seconds
        for attempt in range(1, self._patience.attempts + 1):
            if not self._breaker.lets_through():
                raise Unavailable("the server that writes replies is left alone")
            try:
                text = self._attempt(request, deadline - self._clock())
            except _Failed as failure:
                wait = max(failure.after, pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the attempts of many, guards no secret
                last = attempt == self._patience.attempts
                if last or not failure.passing or self._clock() + wait >= deadline:
                    raise Unavailable(f"{failure}, attempt {attempt}") from None
                self._sleep(wait)
                pause *= 2
            else:
                self._breaker.succeeded()
                return text
        raise Unavailable("no attempt was allowed")

    def _attempt(self, request: Request, seconds: float) -> str:
        deadline = self._clock() + seconds
        asked = self._client.stream(
            "POST",
            f"{self._server.url}/chat/completions",
            json=body(request, self._server.model),
            timeout=httpx.Timeout(max(0.05, seconds), connect=5.0),
        )
        try:
            with asked as answer:
                self._look_at(answer)
                content = self._read(answer, deadline)
        except httpx.HTTPError as error:
            # Only its kind: the text of an error can hold an address with a password.
            self._breaker.failed()
            raise _Failed(type(error).__name__, passing=True) from None
        return self._text_of(content)

    def _look_at(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if status == 200:
            return
        # What is wrong with one request alone says nothing about the server.
        if status in _PASSING or status in _REFUSED:
            self._breaker.failed()
        after = _asked_pause(answer)
        raise _Failed(f"HTTP {status}", passing=status in _PASSING, after=after)

    def _read(self, answer: httpx.Response, deadline: float) -> bytes:
        content = b""
        for part in answer.iter_bytes():
            content += part
            # httpx's own time-out begins again with every byte.
            if len(content) > _LONGEST_ANSWER or self._clock() > deadline:
                self._breaker.failed()
                raise _Failed("an answer without an end", passing=False)
        return content

    def _text_of(self, content: bytes) -> str:
        try:
            text = json.loads(content)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError, RecursionError):
            text = None
        if not isinstance(text, str):
            self._breaker.failed()
            raise _Failed("an answer that is none", passing=True)
        return tidy(text)


def body(request: Request, model: str) -> dict[str, Any]:
    """What is asked of the server. No text of a customer can be a control piece."""
    order = _ORDERS.get(request.language, _ORDERS["en"])
    unknown = not_found(request.language)
    name = _PASSAGE.get(request.language, _PASSAGE["en"])
    known = [f"{name}: {_clean(text)}" for text in request.passages]
    order = "\n\n".join([order.format(unknown=unknown), *known])
    messages = [{"role": "system", "content": order}]
    for asked, answered in request.history[-_MOST_TURNS:]:
        messages.append({"role": "user", "content": _clean(asked)})
        messages.append({"role": "assistant", "content": _clean(answered)})
    messages.append({"role": "user", "content": _clean(request.question)})
    drawn = {} if request.seed is None else {"seed": request.seed}
    return {
        "model": model,
        "messages": messages,
        "max_tokens": request.max_new_tokens,
        "temperature": 0.0 if request.seed is None else 0.7,
        **drawn,
    }


def _clean(text: str) -> str:
    return neutralise(text[:_LONGEST_TEXT]).encode("utf-8", "replace").decode()


def _asked_pause(answer: httpx.Response) -> float:
    """The seconds of Retry-After; 0 where it says none, or a date."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0
