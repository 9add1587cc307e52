"""The server under load: replies, clean stops, going back a release, memory.

Eight conversations at any time, four on each channel, each asking again at once.
"""

import asyncio
import contextlib
import itertools
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.shops import DEMO, demo
from tests.driving.figures import percentile
from tests.driving.labels import Shop, plain, rows
from tests.driving.memory import MemoryWatch
from tests.driving.rounds import in_parallel, judged, times
from tests.driving.server import Server
from tests.driving.stops import roll_back, stop_under_load
from tests.driving.world import World, world
from tests.e2e.small_shop import small_shop

FIRST_ANSWER_SECONDS = 600.0


@asynccontextmanager
async def _trained(home: Path, settings: dict[str, str]) -> AsyncIterator[World]:
    """The demo shop with two releases, and its server running."""
    shop = demo("en", 345)
    async with world(home, settings=settings) as trial:
        await trial.server.run_json("import", *shop.imports)
        for _ in range(2):
            await trial.server.run_json("train", "--force", "--intents-only")
        trial.server.start()
        await trial.server.ready()
        yield trial


async def replies(
    home: Path, *, count: int, settings: dict[str, str]
) -> dict[str, Any]:
    """p50 and p95 with eight conversations, after and before any pacing of ours."""
    shop = demo("en", 345)
    async with _trained(home, settings) as trial:
        with MemoryWatch(trial.server.pid) as memory:
            one = await _measured(trial, shop, count=max(20, count // 4), at_once=2)
            eight = await _measured(trial, shop, count=count, at_once=8)
        return {
            "live": trial.live(),
            "one_each": one,
            "eight": eight,
            "memory": {"peak": memory.server_peak, "at_end": memory.server_last},
        }


async def _measured(
    trial: World, shop: Shop, *, count: int, at_once: int
) -> dict[str, Any]:
    line = itertools.islice(itertools.cycle(shop.first), count)
    began = time.monotonic()
    heard, missing = await in_parallel(trial, line, at_once=at_once)
    took = time.monotonic() - began
    answered = await asyncio.to_thread(judged, trial, shop, heard)
    told: dict[str, Any] = times(answered)
    told |= {"count": len(answered), "missing": len(missing)}
    return told | {"per_second": len(answered) / took}


async def clean_stops(
    home: Path, *, stops: int, settings: dict[str, str]
) -> dict[str, Any]:
    """SIGTERM under load: how long it takes and what is lost.

    A corner of the shop is enough: most of a round is the start, and most of a start
    is reading all that the shop knows.
    """
    async with world(home, settings=settings) as trial:
        shop = small_shop(home)
        await trial.server.run_json("import", *shop.imports)
        found = await stop_under_load(trial, shop, stops=stops)
        return {
            "stops": stops,
            "p50": percentile(found.seconds, 0.5),
            "longest": max(found.seconds),
            "late": found.late,
            "lost": found.lost,
            "doubled": found.doubled,
            "uncertain": found.uncertain,
            "round_p50": percentile(found.rounds, 0.5),
        }


async def rollback(home: Path, *, settings: dict[str, str]) -> dict[str, Any]:
    """`kefu rollback` under load: seconds until the older release answers."""
    shop = demo("en", 345)
    async with _trained(home, settings) as trial:
        going = True
        load = asyncio.create_task(
            in_parallel(trial, itertools.cycle(shop.first), go_on=lambda: going)
        )
        await asyncio.sleep(2)
        older = await roll_back(trial, shop.first[0].text)
        going = False
        _, missing = await load
        return older | {"missing": len(missing)}


async def first_answer(home: Path, *, settings: dict[str, str]) -> dict[str, Any]:
    """`kefu demo` on an empty home: seconds until its terminal shows an answer."""
    server = Server(home, settings)
    knowledge = next(row for row in rows(DEMO / "knowledge.jsonl"))
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=server.environment,
        cwd=home,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{knowledge['question']}\n".encode())
    said, answered_after = b"", None
    async with asyncio.timeout(FIRST_ANSWER_SECONDS):
        while part := await process.stdout.read(4096):
            said += part
            if plain(knowledge["answer"])[:30] in plain(said.decode(errors="replace")):
                answered_after = time.monotonic() - began
                break
    process.stdin.close()
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    await process.wait()
    return {
        "seconds": answered_after,
        "exit_code": process.returncode,
        "said": "" if answered_after else said.decode(errors="replace")[-600:],
    }
