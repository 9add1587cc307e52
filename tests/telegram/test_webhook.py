"""The webhook: accepted is what is committed, and nobody else may post."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from adapters.telegram.channel import TelegramChannel
from storage.problems import BadInput, PlatformRefused
from tests.fakes.telegram import Fault
from tests.telegram.conftest import Shop, make_channel
from tests.telegram.office import until

SECRET = "s3cret_-"
HEADER = "X-Telegram-Bot-Api-Secret-Token"

Post = Callable[..., Awaitable[int]]


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[str]:
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/telegram"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def url(shop: Shop) -> AsyncIterator[str]:
    """The address of a running webhook of an open channel."""
    app = FastAPI()
    async with _serving(app) as address:
        channel = await _open(shop, address)
        router = channel.router()
        assert router
        app.include_router(router)
        yield address


async def _open(shop: Shop, address: str) -> TelegramChannel:
    return await shop.open(mode="webhook", webhook_url=address, webhook_secret=SECRET)


async def _post(url: str, content: bytes, secret: str = SECRET) -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            url, content=content, headers={HEADER.encode(): secret.encode()}
        )
        return answer.status_code


@pytest.mark.usefixtures("url")
async def test_a_question_is_answered(shop: Shop) -> None:
    await shop.telegram.say("Where is my parcel?")
    await until(lambda: shop.telegram.said() == ["re: Where is my parcel?"])
    await until(lambda: not shop.telegram.chats.pending)


@pytest.mark.usefixtures("url")
async def test_each_chat_is_answered_in_its_order(shop: Shop) -> None:
    for number in range(5):
        for chat in (41, 42, 43):
            await shop.telegram.say(f"{chat}-{number}", chat=chat)
    await until(lambda: len(shop.office.messages()) == 15)
    for chat in (41, 42, 43):
        mine = [t for t in shop.office.messages() if t.startswith(str(chat))]
        assert mine == [f"{chat}-{number}" for number in range(5)]


@pytest.mark.usefixtures("url")
async def test_an_update_that_comes_twice_is_answered_once(shop: Shop) -> None:
    assert shop.telegram.pusher
    shop.telegram.pusher.lose = 2
    await shop.telegram.say("first")
    await until(lambda: not shop.telegram.chats.pending)
    await shop.telegram.say("second")
    await until(lambda: shop.office.messages() == ["first", "second"])
    assert [s for _, s in shop.telegram.pusher.answers] == [200] * 4


@pytest.mark.usefixtures("url")
async def test_nothing_is_accepted_while_the_database_is_locked(shop: Shop) -> None:
    path = shop.database.engine.url.database
    assert path
    lock = sqlite3.connect(path, isolation_level=None)
    await shop.office.stop()
    lock.execute("BEGIN IMMEDIATE")
    await shop.telegram.say("while the database is locked")
    pusher = shop.telegram.pusher
    assert pusher
    await until(lambda: (500001, 500) in pusher.answers)
    lock.execute("ROLLBACK")
    lock.close()
    await shop.office.start()
    await until(lambda: shop.telegram.said())
    assert pusher.answers[-1] == (500001, 200)


@pytest.mark.usefixtures("url")
async def test_an_update_that_cannot_be_read_is_kept_and_accepted(shop: Shop) -> None:
    await shop.telegram.push({"message": {"chat": {"id": 42}, "text": 7}})
    await shop.telegram.say("after")
    await until(lambda: shop.telegram.said() == ["re: after"])
    with shop.database.reading() as stores:
        assert [letter.key for letter in stores.inbox.dead(5)] == ["update:500001"]


async def test_only_telegram_may_post(shop: Shop, url: str) -> None:
    update = b'{"update_id": 1, "message": {}}'
    assert await _post(url, update, secret="wrong") == 403
    assert await _post(url, update, secret="") == 403
    assert await _post(url, update, secret="s3cret_-\xe9") == 403
    with shop.database.reading() as stores:
        assert stores.inbox.dead(5) == []


async def test_junk_with_the_right_secret_is_kept_once_and_stops_nothing(
    shop: Shop, url: str
) -> None:
    for junk in (b"", b"\xff\x00", b"[]", b"{", b"[" * 5000, b"{", b"NaN"):
        assert await _post(url, junk) == 200
    assert await _post(url, b"x" * 2_000_000) == 413
    with shop.database.reading() as stores:
        assert len(stores.inbox.dead(20)) == 6


async def test_a_webhook_needs_an_address_and_a_sound_secret(shop: Shop) -> None:
    for settings in (
        {"webhook_url": "", "webhook_secret": SECRET},
        {"webhook_url": "https://x/telegram", "webhook_secret": ""},
        {"webhook_url": "https://x/telegram", "webhook_secret": "ünsound"},
    ):
        with pytest.raises(BadInput) as problem:
            _made(shop, mode="webhook", **settings)
        assert problem.value.code == "KF-523"


async def test_an_address_that_telegram_refuses_is_said_with_its_words(
    shop: Shop,
) -> None:
    no = '{"ok": false, "description": "Bad Request: bad webhook: HTTPS needed"}'
    shop.telegram.fail("setWebhook", Fault(status=400, body=no))
    with pytest.raises(PlatformRefused, match="(?i)https needed") as problem:
        await _open(shop, "http://127.0.0.1:9/telegram")
    assert problem.value.code == "KF-522"


async def test_a_token_refused_while_sending_is_said(shop: Shop) -> None:
    shop.telegram.chats.chat(42)
    channel = await _open(shop, "http://127.0.0.1:9/telegram")
    shop.telegram.fail("sendMessage", Fault(status=401), times=2)
    await shop.office.send("hello")
    await until(lambda: channel.problem)
    assert not channel.healthy
    await until(lambda: shop.telegram.said() == ["hello"])
    await until(lambda: channel.healthy)


async def test_going_back_to_polling_takes_the_webhook_away(
    shop: Shop, url: str
) -> None:
    assert [c["url"] for c in shop.telegram.called("setWebhook")] == [url]
    await shop.open()
    assert shop.telegram.pusher is None
    await shop.telegram.say("polled")
    await until(lambda: shop.telegram.said())


def _made(shop: Shop, **changes: Any) -> TelegramChannel:
    return make_channel(shop.telegram, shop.database, lambda: "w", **changes)
