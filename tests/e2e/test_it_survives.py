"""The server is killed, or told to go, in the middle of its work: nothing is lost."""

from pathlib import Path

import pytest

from tests.driving.crashes import kill_at_random
from tests.driving.stops import stop_under_load
from tests.driving.world import world
from tests.e2e.small_shop import small_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_killed_three_times_it_loses_nothing_and_says_nothing_twice(
    tmp_path: Path,
) -> None:
    shop = small_shop(tmp_path)
    async with world(tmp_path / "home") as trial:
        await trial.server.run_json("import", *shop.imports)
        found = await kill_at_random(trial, shop.first, kills=3, per_kill=5)
        assert found.is_none, found
        await trial.server.stop()


async def test_told_to_stop_under_load_it_ends_in_time_and_answers_all(
    tmp_path: Path,
) -> None:
    shop = small_shop(tmp_path)
    async with world(tmp_path / "home") as trial:
        await trial.server.run_json("import", *shop.imports)
        found = await stop_under_load(trial, shop, stops=2)
        assert (found.late, found.lost, found.doubled) == (0, [], 0)
        await trial.server.stop()
