"""SIGTERM and rollbacks while people talk: how long they take and what they cost."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from tests.driving.labels import Shop
from tests.driving.people import Asked, People, reply_to
from tests.driving.world import World

STOP_SECONDS = 10.0  # within which SIGTERM has ended the server


@dataclass
class Stops:
    """What SIGTERM did, over and over."""

    seconds: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: int = 0
    uncertain: int = 0  # sends of these stops that the outbox is unsure of
    killed: int = 0  # that did not end by themselves, with exit code 0
    rounds: list[float] = field(default_factory=list)  # seconds from start to end

    @property
    def late(self) -> int:
        """How many took too long."""
        return sum(each > STOP_SECONDS for each in self.seconds)


async def stop_under_load(trial: World, shop: Shop, *, stops: int) -> Stops:
    """Ask, stop in the middle, start again; in the end everything is answered.

    It does not matter whether the server runs at first; at the end it does.
    """
    found, unsure = Stops(), trial.uncertain()
    sent: list[tuple[People, Asked]] = []
    texts = itertools.cycle(question.text for question in shop.first)
    for _ in range(stops):
        began = time.monotonic()
        if not trial.server.running:
            trial.server.start()
        await trial.server.ready()
        for _ in range(8):
            sent += [(each, await each.ask(next(texts))) for each in trial.people]
        await asyncio.sleep(0.05)
        found.seconds.append(await trial.server.stop(seconds=3 * STOP_SECONDS))
        found.killed += trial.server.exit_code != 0
        found.rounds.append(time.monotonic() - began)
    trial.server.start()
    await trial.server.ready()
    await trial.settled()
    found.uncertain = trial.uncertain() - unsure
    for people, asked in sent:
        count = len(people.heard(asked))
        found.doubled += max(0, count - 1)
        if not count:
            found.lost.append(f"{people.platform} {asked.conversation_id}")
    return found


async def roll_back(trial: World, text: str) -> dict[str, Any]:
    """Go back a release; how long the command and the swap took, in seconds."""
    before, began = trial.live(), time.monotonic()
    told = await trial.server.run_json("rollback")
    command = time.monotonic() - began
    people = trial.telegram_people
    while True:
        asked = await people.ask(text)
        await reply_to(people, asked)
        if trial.turn(people.platform, asked).model_version != before:
            break
    return {
        "from": before,
        "to": told["live"],
        "command_seconds": command,
        "seconds_until_served": time.monotonic() - began,
    }
