"""Every event delivered four times: one reply each, whatever the platforms repeat.

Two deliveries come at once, so that they meet in the same moment; one comes a little
later, usually after the answer; one comes after the server was started anew, while it
is busy with the next events. Telegram's copies are the same update, Slack's the same
envelope with `retry_attempt`.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.shops import DEMO
from tests.driving.labels import plain, rows
from tests.driving.people import Asked, People, Unanswered, reply_to, until
from tests.driving.world import World, world

AT_ONCE = 24  # conversations under way, over both platforms
LATER_SECONDS = 1.0  # stands for a minute
DELIVERIES = 4
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Sent:
    """An event, and what should come of it: `answer`, as it was approved."""

    people: People
    asked: Asked
    answer: str


async def redelivery(
    home: Path, *, events: int, per_restart: int, settings: dict[str, str]
) -> dict[str, Any]:
    """Deliver so many events, half on each platform, with a restart now and then."""
    knowledge = DEMO / "knowledge.jsonl"
    known = itertools.cycle(
        [(row["question"], row["answer"]) for row in rows(knowledge)]
    )
    async with world(home, settings=settings) as trial:
        await trial.server.run_json("import", knowledge)
        trial.server.start()
        await trial.server.ready()
        began = time.monotonic()
        sent: list[Sent] = []
        for first in range(0, events, per_restart):
            line = list(itertools.islice(known, min(per_restart, events - first)))
            before = sent[-per_restart:]
            fresh, _ = await asyncio.gather(_new(trial, line), _once_more(before))
            await _all_delivered(before, DELIVERIES)
            await _all_delivered(fresh, DELIVERIES - 1)
            await trial.server.stop()
            trial.server.start()
            await trial.server.ready()
            sent += fresh
        await _once_more(sent[-per_restart:])
        await _all_delivered(sent, DELIVERIES)
        await trial.settled(seconds=PATIENCE_SECONDS)
        took = time.monotonic() - began
        told = await asyncio.to_thread(_told, trial, sent)
        restarts = -(-events // per_restart)
        return told | {"restarts": restarts, "per_second": events / took}


async def _new(trial: World, line: Sequence[tuple[str, str]]) -> list[Sent]:
    """Each in a conversation of its own: twice at once, and once a little later."""
    sent: list[Sent] = []

    async def customer(people: People, mine: Iterator[tuple[str, str]]) -> None:
        for question, answer in mine:
            asked = await people.ask(question)
            await people.again(asked)
            sent.append(Sent(people, asked, answer))
            group.create_task(_later(people, asked))
            with suppress(Unanswered):  # it is counted as missing in the end
                await reply_to(people, asked)

    async with asyncio.TaskGroup() as group:
        for place, people in enumerate(trial.people):
            mine = iter(line[place::2])
            for _ in range(AT_ONCE // 2):
                group.create_task(customer(people, mine))
    return sent


async def _later(people: People, asked: Asked) -> None:
    await asyncio.sleep(LATER_SECONDS)
    await people.again(asked)


async def _once_more(sent: Sequence[Sent]) -> None:
    """Deliver them all again, a few at a time, as a platform does."""
    for number, each in enumerate(sent, start=1):
        await each.people.again(each.asked)
        if number % AT_ONCE == 0:
            await asyncio.sleep(0.05)


async def _all_delivered(sent: Sequence[Sent], times: int) -> None:
    await until(
        lambda: all(each.people.deliveries(each.asked) >= times for each in sent),
        seconds=PATIENCE_SECONDS,
    )


def _told(trial: World, sent: Sequence[Sent]) -> dict[str, Any]:
    replies = [each.people.heard(each.asked) for each in sent]
    names = [f"{s.people.platform} {s.asked.conversation_id}" for s in sent]
    counts = [len(heard) for heard in replies]
    turns = [len(trial.turns(s.people.platform, s.asked)) for s in sent]
    deliveries = [s.people.deliveries(s.asked) for s in sent]
    return {
        "events": {
            people.platform: sum(each.people is people for each in sent)
            for people in trial.people
        },
        "deliveries": sum(deliveries),
        "fewest_deliveries": min(deliveries),
        "exactly_one": counts.count(1),
        "missing": [
            name for name, count in zip(names, counts, strict=True) if not count
        ],
        "doubled": [
            name for name, count in zip(names, counts, strict=True) if count > 1
        ],
        "turns_too_many": sum(count > 1 for count in turns),
        "approved_answers": sum(
            any(plain(each.answer) in plain(reply.text) for reply in heard)
            for each, heard in zip(sent, replies, strict=True)
        ),
        "uncertain": trial.uncertain(),
        "dead_letters": trial.dead(),
    }
