"""kill -9 while messages are under way, and the count of what each one came to."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.driving.labels import Labelled
from tests.driving.people import Asked, People
from tests.driving.world import World

Sent = list[tuple[People, Asked]]


@dataclass
class Damage:
    """What crashes did: everything but `kills` and `messages` ought to be nothing.

    Only on Telegram may a reply come twice, and then the outbox has it on record.
    """

    kills: int = 0
    messages: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    doubled: dict[str, int] = field(default_factory=dict)
    uncertain: int = 0
    dead_letters: list[str] = field(default_factory=list)
    twice_in_books: int = 0  # messages with more than one turn

    @property
    def is_none(self) -> bool:
        """Whether the delivery promise was kept."""
        on_telegram = self.doubled.get("telegram", 0)
        return (
            not self.lost
            and not self.dead_letters
            and not self.twice_in_books
            and not self.doubled.get("slack", 0)
            and on_telegram <= self.uncertain
        )


async def kill_at_random(
    trial: World,
    questions: Sequence[Labelled],
    *,
    kills: int,
    per_kill: int,
    seed: int = 11,
    longest: float = 1.5,
) -> Damage:
    """Kill the server over and over while `per_kill` messages per channel come in.

    Every tenth kill hits a server that is still starting. The server is left running.

    Args:
        longest: seconds at most from the messages to the kill.
    """
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    sent: Sent = []
    for number in range(kills):
        trial.server.start()
        if number % 10 != 9:
            await trial.server.ready()
        else:
            await asyncio.sleep(chance.uniform(0, 4))
        burst = asyncio.create_task(_burst(trial, questions, per_kill, chance))
        await asyncio.sleep(chance.uniform(0, longest))
        trial.server.kill()
        sent += await burst
    trial.server.start()
    await trial.server.ready()
    await all_arrived(trial, sent)
    return damage(trial, sent, kills=kills)


async def _burst(
    trial: World, questions: Sequence[Labelled], count: int, chance: random.Random
) -> Sent:
    sent: Sent = []
    for _ in range(count):
        for people in trial.people:
            sent.append((people, await people.ask(chance.choice(questions).text)))
        await asyncio.sleep(chance.uniform(0, 0.1))
    return sent


async def all_arrived(trial: World, sent: Sent, *, seconds: float = 180.0) -> None:
    """Wait until every message has a reply, or `seconds` pass; then for quiet."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        if all(people.heard(asked) for people, asked in sent):
            break
        await asyncio.sleep(0.2)
    await trial.settled()


def damage(trial: World, sent: Sent, *, kills: int) -> Damage:
    """Count the replies to each message."""
    found = Damage(kills=kills, uncertain=trial.uncertain())
    found.dead_letters = trial.dead()
    found.messages = dict(Counter(people.platform for people, _ in sent))
    doubled: Counter[str] = Counter()
    for people, asked in sent:
        replies = len(people.heard(asked))
        if not replies:
            found.lost.append(f"{people.platform} {asked.conversation_id}")
        doubled[people.platform] += max(0, replies - 1)
        if len(trial.turns(people.platform, asked)) > 1:
            found.twice_in_books += 1
    found.doubled = dict(doubled)
    return found
