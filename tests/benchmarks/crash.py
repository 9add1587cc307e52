"""What is lost or said twice when the server is killed: nothing, on any commit.

Two trials: kills at random moments under load, and one kill before and one after
every commit in the life of a message.
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from tests.benchmarks.shops import demo
from tests.driving.crashes import all_arrived, damage, kill_at_random
from tests.driving.people import People
from tests.driving.world import World, world

MOST_COMMITS = 40  # of one message's life: a bound for a loop, far above the truth
QUIET_SECONDS = 3.0


async def at_random(
    home: Path, *, kills: int, per_kill: int, settings: dict[str, str]
) -> dict[str, Any]:
    """Kill -9 at random moments."""
    shop = demo("en", 345)
    async with world(home, settings=settings) as trial:
        await trial.server.run_json("import", *shop.imports)
        found = await kill_at_random(trial, shop.first, kills=kills, per_kill=per_kill)
        return vars(found) | {"kept": found.is_none}


async def at_each_commit(home: Path, *, settings: dict[str, str]) -> dict[str, Any]:
    """Kill -9 before and after every commit of one message, on both platforms."""
    shop = demo("en", 1)
    program = ("-m", "tests.benchmarks.dying")
    told: dict[str, Any] = {}
    async with world(home, settings=settings, program=program) as trial:
        await trial.server.run_json("import", *shop.imports)
        for people in trial.people:
            for side in ("before", "after"):
                told[f"{people.platform} {side}"] = await _every_commit(
                    trial, people, side, shop.first[0].text
                )
    return told


async def _every_commit(
    trial: World, people: People, side: str, text: str
) -> dict[str, Any]:
    kept = True
    replies: list[int] = []
    for number in range(1, MOST_COMMITS):
        trial.server.start({"DIE_AT": f"{side}:{number}"})
        await trial.server.ready()
        uncertain = trial.uncertain()
        os.kill(trial.server.pid, signal.SIGUSR1)
        asked = await people.ask(text)
        died = await _dies(trial, people, asked)
        if not died:
            await trial.server.stop()
            return {"commits": number - 1, "kept": kept, "replies": replies}
        trial.server.start({"DIE_AT": "never:0"})
        await trial.server.ready()
        await all_arrived(trial, [(people, asked)], seconds=60)
        found = damage(trial, [(people, asked)], kills=1)
        found.uncertain -= uncertain
        kept = kept and found.is_none
        replies.append(len(people.heard(asked)))
        await trial.server.stop()
    raise AssertionError(f"a message's life has more than {MOST_COMMITS} commits?")


async def _dies(trial: World, people: People, asked: Any) -> bool:
    """Whether the server ends by itself; False once it answered and all is quiet."""
    quiet_since: float | None = None
    clock = asyncio.get_running_loop().time
    while trial.server.running:
        left = await asyncio.to_thread(trial.left)
        if people.heard(asked) and not any(left.values()):
            quiet_since = quiet_since or clock()
            if clock() - quiet_since > QUIET_SECONDS:
                return False
        else:
            quiet_since = None
        await asyncio.sleep(0.05)
    return True
