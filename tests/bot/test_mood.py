"""The mood over days: what is shown, when it turned, and how rarely it cries wolf."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.mood import BETTER, STEADY, WORSE, Trend, interval, trend
from storage.database import Database
from storage.records import Role, Turn
from tests.storage.make import turn

TODAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def talk(moment: datetime, share: float, chance: random.Random) -> Iterator[Turn]:
    """A conversation of a few messages, all alike in their mood."""
    number = chance.getrandbits(60)
    unhappy = chance.random() < share
    for place in range(chance.randint(1, 4)):
        made = turn()
        message = replace(
            made.message,
            conversation_id=f"C{number}",
            sent_at=moment + timedelta(minutes=place),
        )
        felt = replace(
            made.understanding,
            sentiment="negative" if unhappy else "neutral",
            temper=0.8 if unhappy else 0.1,
        )
        yield replace(
            made,
            id=f"{number:x}-{place}",
            message=replace(message, message_id=f"{number:x}-{place}"),
            understanding=felt,
            answered_at=message.sent_at,
        )


def weeks(shares: list[float], *, talks: int = 15, seed: int = 0) -> list[Turn]:
    """One day for each share, the last one today."""
    chance = random.Random(seed)  # noqa: S311 - moods, not secrets
    found: list[Turn] = []
    for ago, share in zip(range(len(shares) - 1, -1, -1), shares, strict=True):
        moment = TODAY - timedelta(days=ago)
        for _ in range(talks):
            found += talk(moment, share, chance)
    return found


def told(turns: list[Turn], deals: int = 499) -> Trend:
    return trend(
        turns, workspace="default", zone=UTC, first=date(2026, 1, 1), deals=deals
    )


def test_a_turn_to_worse_is_dated() -> None:
    found = told(weeks([0.1] * 10 + [0.5] * 4))
    assert found.turned == WORSE
    assert found.since is not None
    assert abs((found.since - date(2026, 11, 20)).days) <= 1
    assert found.before is not None
    assert found.after is not None
    assert found.before < 0.2 < 0.35 < found.after
    assert "turned worse on 2026-11-2" in found.text()


def test_a_turn_to_better_is_no_alarm() -> None:
    assert told(weeks([0.6] * 7 + [0.1] * 7)).turned == BETTER


def test_a_steady_mood_is_told_as_steady_however_bad_it_is() -> None:
    found = told(weeks([0.5] * 14))
    assert (found.turned, found.since) == (STEADY, None)
    assert "steady" in found.text()


def test_it_cries_wolf_as_rarely_as_it_says() -> None:
    """Messages of one conversation are alike: a plain test of proportions would not."""
    looks = 80
    alarms = sum(
        told(weeks([0.3] * 10, talks=8, seed=seed), deals=199).turned != STEADY
        for seed in range(looks)
    )
    assert alarms <= 4  # 1 in 100 is promised; more than 4 of 80 has a chance of 0.1 %


def test_a_few_messages_are_too_few_to_compare() -> None:
    found = told(weeks([0.0, 1.0], talks=2))
    assert (found.turned, found.chance) == (STEADY, None)
    assert "too little to compare" in found.text()
    assert told([]).days == ()
    assert "no customer wrote" in told([]).text()
    assert told(weeks([0.3], talks=40)).chance is None
    assert told(weeks([0.0] * 10)).chance is None  # all in the same mood


def test_only_customers_of_the_workspace_count_and_days_are_the_shops() -> None:
    (first, *_) = weeks([1.0], talks=1)
    late = replace(first.message, sent_at=datetime(2026, 11, 22, 20, tzinfo=UTC))
    others = [
        replace(first, message=replace(late, role=Role.AGENT)),
        replace(first, message=replace(late, workspace="other")),
        replace(first, understanding=replace(first.understanding, sentiment=None)),
    ]
    found = trend(
        [replace(first, message=late), *others],
        workspace="default",
        zone=ZoneInfo("Asia/Shanghai"),
        first=date(2026, 1, 1),
    )
    (day,) = found.days
    assert (day.day, day.messages, day.negative) == (date(2026, 11, 23), 1, 1)


def test_intervals_are_those_of_wilson() -> None:
    low, high = interval(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)  # Newcombe 1998
    assert interval(0, 5)[0] == 0.0
    assert interval(5, 5)[1] == 1.0


def ask(*arguments: str, home: Path, url: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("KEFU_")},
        "KEFU_DATABASE_URL": url,
        "KEFU_TIMEZONE": "UTC",
    }
    command = [sys.executable, "-m", "bot", "mood", "--home", str(home), *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
        check=False,
    )


def test_the_command_reads_the_log_and_raises_the_alarm(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    turns = weeks([0.05] * 6 + [0.6] * 3)
    moved = datetime.now(UTC) - TODAY
    with database.transaction() as stores:
        for each in turns:
            sent = each.message.sent_at + moved
            message = replace(each.message, sent_at=sent)
            stores.turns.add(replace(each, message=message, answered_at=sent))
    done = ask("--json", home=tmp_path, url=database_url)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["turned"] == "worse"
    assert sum(day["messages"] for day in found["days"]) == len(turns)
    assert found["false_alarms"] == 0.01
    refused = ask("--days", "1", home=tmp_path, url=database_url)
    assert refused.returncode == 2
    assert "KF-240" in refused.stderr
