"""The courier: everything in the outbox leaves, once, in order, at a bearable pace."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.delivery import (
    CannotTell,
    Courier,
    Lane,
    Pace,
    Refused,
    TryLater,
    Unconfirmed,
)
from storage.database import Database
from storage.records import Outgoing
from tests.fakes.slack_socket import until

PACE = Pace(poll=0.01, settle=0.02, sweep=0.1, stop=1.0, patience=0.3)


@dataclass
class Platform:
    """A platform in memory, with what it is to say to the next sends."""

    platform: str = "telegram"
    readable: bool = True  # whether it can be asked what has arrived
    rest: float = 0.0
    slow: float = 0.0
    arrived: list[Outgoing] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    says: dict[str, deque[Exception]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    keeps: set[str] = field(default_factory=set)  # takes these although it errs
    sends: list[str] = field(default_factory=list)
    open_lanes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_open: int = 0

    def lane(self, outgoing: Outgoing) -> Lane:
        return Lane(outgoing.conversation_id, self.rest)

    async def send(self, outgoing: Outgoing) -> str:
        lane = outgoing.conversation_id
        self.sends.append(outgoing.id)
        self.times[lane].append(asyncio.get_running_loop().time())
        self.open_lanes[lane] += 1
        self.most_open = max(self.most_open, self.open_lanes[lane])
        try:
            await asyncio.sleep(self.slow)
            if self.says[outgoing.id]:
                if outgoing.id in self.keeps:
                    self.arrived.append(outgoing)
                raise self.says[outgoing.id].popleft()
            self.arrived.append(outgoing)
            return f"m{len(self.arrived)}"
        finally:
            self.open_lanes[lane] -= 1

    async def find(self, outgoing: Outgoing) -> str | None:
        if not self.readable:
            raise CannotTell("no way to ask")
        ids = [each.id for each in self.arrived]
        return f"m{ids.index(outgoing.id) + 1}" if outgoing.id in ids else None

    def ids(self) -> list[str]:
        return [each.id for each in self.arrived]


def now() -> datetime:
    return datetime.now(UTC)


def outgoing(id: str, conversation: str = "1", platform: str = "telegram") -> Outgoing:
    return Outgoing(
        id=id, platform=platform, conversation_id=conversation, text=id, language="en"
    )


def put(database: Database, *all: Outgoing) -> None:
    with database.transaction() as stores:
        for each in all:
            stores.outbox.add(each, now())


def counts(database: Database) -> dict[str, int]:
    with database.reading() as stores:
        return {k: v for k, v in stores.outbox.counts().items() if v}


def uncertain(database: Database) -> list[str]:
    with database.reading() as stores:
        return [each.id for each in stores.outbox.uncertain()]


def die_sending(database: Database, *all: Outgoing) -> None:
    """A courier claims these and is never heard of again."""
    put(database, *all)
    with database.transaction() as stores:
        for _ in all:
            stores.outbox.claim(
                platform="telegram", worker="x", now=now(), lease=timedelta(hours=1)
            )


@asynccontextmanager
async def courier(
    database: Database, platform: Platform, **how: Any
) -> AsyncIterator[Courier]:
    alone = how.pop("alone", True)
    made = Courier(
        database=database,
        sender=platform,
        now=now,
        worker="w1",
        pace=replace(PACE, **how),
        alone=alone,
    )
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def all_done(database: Database, seconds: float = 10.0) -> None:
    await until(lambda: set(counts(database)) <= {"sent", "failed"}, seconds)


async def test_everything_leaves_once_and_in_order(database: Database) -> None:
    platform = Platform()
    put(database, *(outgoing(f"{n}", str(n % 3)) for n in range(30)))
    put(database, outgoing("other", platform="slack"))
    async with courier(database, platform):
        await until(lambda: len(platform.arrived) == 30)
    assert sorted(platform.ids(), key=int) == [str(n) for n in range(30)]
    for conversation in "012":
        ids = [e.id for e in platform.arrived if e.conversation_id == conversation]
        assert ids == sorted(ids, key=int)
    assert counts(database) == {"sent": 30, "due": 1}
    assert platform.most_open == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_an_unconfirmed_send_is_looked_up_before_it_is_repeated(
    sqlite_database: Database, kept: bool
) -> None:
    platform = Platform()
    platform.says["a"].append(Unconfirmed("timeout"))
    platform.keeps |= {"a"} if kept else set()
    put(sqlite_database, outgoing("a"), outgoing("b"))
    async with courier(sqlite_database, platform):
        await all_done(sqlite_database)
    assert platform.ids() == ["a", "b"]
    assert platform.sends.count("a") == (1 if kept else 2)
    assert uncertain(sqlite_database) == []


async def test_where_nobody_can_tell_it_is_sent_again_and_recorded(
    database: Database,
) -> None:
    platform = Platform(readable=False)
    platform.says["a"].append(Unconfirmed("timeout"))
    platform.keeps.add("a")
    put(database, outgoing("a"), outgoing("b"))
    async with courier(database, platform):
        await all_done(database)
    assert platform.ids() == ["a", "a", "b"]
    assert uncertain(database) == ["a"]


async def test_blind_sending_ends_and_says_so(sqlite_database: Database) -> None:
    platform = Platform(readable=False)
    platform.says["a"].extend(Unconfirmed("timeout") for _ in range(50))
    put(sqlite_database, outgoing("a"), outgoing("b"))
    async with courier(sqlite_database, platform):
        await all_done(sqlite_database)
    assert platform.sends.count("a") == 1 + PACE.resends
    assert uncertain(sqlite_database) == ["a"]
    assert platform.ids() == ["b"]


async def test_what_a_crash_left_is_looked_up_first(database: Database) -> None:
    platform = Platform(arrived=[outgoing("a")])
    die_sending(database, outgoing("a"), outgoing("c", "2"))
    put(database, outgoing("b"))
    async with courier(database, platform):
        await all_done(database)
    assert sorted(platform.ids()) == ["a", "b", "c"]
    assert platform.sends.count("a") == 0
    assert uncertain(database) == []


async def test_what_a_crash_left_unreadable_is_repeated_once(
    sqlite_database: Database,
) -> None:
    platform = Platform(readable=False)
    die_sending(sqlite_database, outgoing("a"))
    async with courier(sqlite_database, platform):
        await all_done(sqlite_database)
    assert platform.sends == ["a"]
    assert uncertain(sqlite_database) == ["a"]


async def test_another_couriers_message_is_left_to_it_until_its_lease_is_over(
    sqlite_database: Database,
) -> None:
    platform = Platform()
    put(sqlite_database, outgoing("a"))
    with sqlite_database.transaction() as stores:
        lease = timedelta(seconds=0.5)
        stores.outbox.claim(platform="telegram", worker="x", now=now(), lease=lease)
    async with courier(sqlite_database, platform, alone=False):
        await asyncio.sleep(0.3)
        assert platform.sends == []
        await all_done(sqlite_database)
    assert platform.sends == ["a"]


async def test_the_wait_that_was_asked_for_is_honoured(
    sqlite_database: Database,
) -> None:
    platform = Platform()
    platform.says["a"].append(TryLater(0.6))
    put(sqlite_database, outgoing("a"), outgoing("b"), outgoing("c", "2"))
    async with courier(sqlite_database, platform):
        await all_done(sqlite_database)
    first, second, third = platform.times["1"]
    assert second - first >= 0.6
    assert third >= second
    assert platform.times["2"][0] - first < 0.5  # the others go on
    assert platform.ids().index("a") < platform.ids().index("b")


async def test_a_wait_for_everyone_holds_everyone(sqlite_database: Database) -> None:
    platform = Platform()
    platform.says["a"].append(TryLater(0.6, everyone=True))
    put(sqlite_database, outgoing("a"))
    async with courier(sqlite_database, platform):
        await until(lambda: platform.sends == ["a"])
        put(sqlite_database, outgoing("b", "2"))
        await all_done(sqlite_database)
    assert platform.times["2"][0] - platform.times["1"][0] >= 0.6


async def test_without_a_wait_given_the_tries_become_rarer(
    sqlite_database: Database,
) -> None:
    platform = Platform()
    platform.says["a"].extend(TryLater(0, "cannot connect") for _ in range(5))
    put(sqlite_database, outgoing("a"))
    async with courier(sqlite_database, platform):
        await all_done(sqlite_database)
    times = platform.times["1"]
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    assert gaps[-1] > 2 * gaps[0]
    assert platform.ids() == ["a"]


async def test_a_conversation_rests_between_messages_and_others_do_not_wait(
    sqlite_database: Database,
) -> None:
    platform = Platform(rest=0.4)
    put(sqlite_database, *(outgoing(f"a{n}") for n in range(4)))
    put(sqlite_database, *(outgoing(f"b{n}", f"x{n}") for n in range(20)))
    async with courier(sqlite_database, platform):
        await all_done(sqlite_database)
    times = platform.times["1"]
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 0.4
    assert max(platform.times[f"x{n}"][0] for n in range(20)) - times[0] < 0.8


async def test_all_sends_together_keep_the_platforms_pace(
    sqlite_database: Database,
) -> None:
    platform = Platform()
    put(sqlite_database, *(outgoing(f"{n}", str(n)) for n in range(10)))
    async with courier(sqlite_database, platform, overall_rest=0.05):
        await all_done(sqlite_database)
    times = sorted(time for each in platform.times.values() for time in each)
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 0.045


async def test_what_is_refused_fails_and_the_next_goes_on(
    sqlite_database: Database,
) -> None:
    platform = Platform()
    platform.says["a"].append(Refused("blocked by the user"))
    platform.says["b"].append(KeyError("a bug of ours"))
    put(sqlite_database, outgoing("a"), outgoing("b"), outgoing("c"))
    async with courier(sqlite_database, platform) as running:
        await all_done(sqlite_database)
        assert running.healthy
    assert platform.ids() == ["c"]
    assert counts(sqlite_database) == {"sent": 1, "failed": 2}


async def test_a_database_that_is_away_for_a_while_loses_nothing(
    sqlite_database: Database,
) -> None:
    platform = Platform(slow=0.2)
    put(sqlite_database, outgoing("a"), outgoing("b"))
    async with courier(sqlite_database, platform, settle=0.2) as running:
        await until(lambda: platform.sends == ["a"])
        with sqlite_database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE outbox RENAME TO away")
        await until(lambda: not running.healthy)
        await asyncio.sleep(0.3)
        with sqlite_database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO outbox")
        await all_done(sqlite_database)
        await until(lambda: running.healthy)
    assert platform.sends == ["a", "b"]


async def test_a_bell_saves_the_wait(sqlite_database: Database) -> None:
    platform = Platform()
    async with courier(sqlite_database, platform, poll=30.0) as running:
        await asyncio.sleep(0.1)
        put(sqlite_database, outgoing("a"))
        running.wake()
        await until(lambda: platform.ids() == ["a"], 2.0)


async def test_a_clean_stop_leaves_nothing_half_sent(sqlite_database: Database) -> None:
    platform = Platform(slow=0.05)
    put(sqlite_database, *(outgoing(f"{n}", str(n)) for n in range(60)))
    async with courier(sqlite_database, platform):
        await until(lambda: len(platform.sends) > 20)
    left = counts(sqlite_database)
    assert set(left) == {"sent", "due"}
    assert left["sent"] == len(platform.arrived)
    async with courier(sqlite_database, platform):
        await all_done(sqlite_database)
    assert len(set(platform.ids())) == len(platform.ids()) == 60
