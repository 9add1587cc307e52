"""Trouble with the database is never silent, and nothing is acknowledged meanwhile."""

import asyncio
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.driving.people import reply_to
from tests.driving.world import World, world
from tests.e2e.small_shop import own_questions, small_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

LOOKS = 300  # at /readyz, a tenth of a second apart, until trouble shows or is over


async def test_a_locked_database_shows_and_its_messages_are_answered_after(
    tmp_path: Path, home: Path, settings: dict[str, str]
) -> None:
    shop = small_shop(tmp_path)
    async with world(home, settings=settings) as trial:
        await trial.server.run_json("import", *shop.imports)
        trial.server.start()
        await trial.server.ready()
        other = sqlite3.connect(home / "kefu.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await _shown(trial, 503)
        question = own_questions(shop)[0]
        asked = [await people.ask(question.text) for people in trial.people]
        await asyncio.sleep(1)
        assert trial.left()["inbox"] == 0
        other.execute("ROLLBACK")
        other.close()
        await _shown(trial, 200)
        for people, message in zip(trial.people, asked, strict=True):
            await reply_to(people, message)
        assert trial.dead() == []


async def _shown(trial: World, status: int) -> None:
    """Look until /readyz says so: a busy machine has as many looks as an idle one."""
    for _ in range(LOOKS):
        if await asyncio.to_thread(_status, trial.server.port) == status:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"/readyz never became {status}: {trial.server.tail()}")


def _status(port: int) -> int:
    try:
        url = f"http://127.0.0.1:{port}/readyz"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
