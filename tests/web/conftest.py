"""The web application on a real server, and a real browser in front of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import APIRouter
from playwright.sync_api import Browser, Page, sync_playwright

from adapters.web.app import create_app
from tests.web.counter import Counter

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    address: str
    counter: Counter

    @contextmanager
    def visitor(self) -> Iterator[httpx.Client]:
        """A visitor who has opened the page."""
        with httpx.Client(base_url=self.address, trust_env=False) as client:
            client.get("/")
            yield client


def serve(counter: Counter, hosts: tuple[str, ...] = ()) -> Iterator[Site]:
    hook = APIRouter()

    @hook.post("/hook")
    async def receive() -> dict[str, str]:
        return {"from": "a router of another adapter"}

    app = create_app(
        answer=counter.answer,
        learn=counter.learn,
        ready=counter.ready,
        routers=[hook],
        now=counter.now,
        new_id=counter.new_id,
        workspace="shop",
        hosts=hosts,
    )
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(f"http://127.0.0.1:{port}", counter)
    finally:
        counter.gate.set()
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serve(Counter())


@pytest.fixture
def named_site() -> Iterator[Site]:
    yield from serve(Counter(), hosts=("127.0.0.1", "localhost"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=ARGUMENTS
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page, and what went wrong on it."""

    page: Page
    errors: list[str]
    foreign: list[str]

    def ask(self, text: str) -> str:
        """Type a question; the text of the reply."""
        replies = self.page.locator(".reply")
        before = replies.count()
        self.page.get_by_role("textbox").last.fill(text)
        self.page.keyboard.press("Enter")
        replies.nth(before).wait_for()
        return replies.nth(before).locator(".text").inner_text()


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(
        locale="en-GB", viewport={"width": 390, "height": 760}
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    visit = Visit(page, [], [])
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on(
        "console",
        lambda said: visit.errors.append(said.text) if said.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(site.address)
            else visit.foreign.append(request.url)
        ),
    )
    page.goto(site.address)
    yield visit
    context.close()
