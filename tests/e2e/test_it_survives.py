"""The server is killed, or told to go, in the middle of its work: nothing is lost."""

from pathlib import Path

import pytest

from tests.driving.crashes import kill_at_random
from tests.driving.stops import stop_under_load
from tests.driving.world import world
from tests.e2e.small_shop import small_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def test_killed_or_told_to_stop_it_loses_nothing_and_says_nothing_twice(
    tmp_path: Path, home: Path, settings: dict[str, str]
) -> None:
    shop = small_shop(tmp_path)
    async with world(home, settings=settings) as trial:
        await trial.server.run_json("import", *shop.imports)
        killed = await kill_at_random(trial, shop.first, kills=3, per_kill=4)
        assert killed.is_none, killed
        stopped = await stop_under_load(trial, shop, stops=1)
        assert (stopped.killed, stopped.lost, stopped.doubled) == (0, [], 0), stopped
        assert stopped.uncertain == 0, stopped
        assert trial.dead() == []
