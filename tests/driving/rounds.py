"""Many questions through both channels, judged, and the feedback their labels imply."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from storage.records import Action, Turn
from tests.driving.figures import percentile
from tests.driving.labels import ANSWERS, Labelled, Outcome, Shop
from tests.driving.people import Asked, Heard, People, Unanswered, reply_to
from tests.driving.world import World

AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question, what was shown for it and what it came to.

    `seconds` is from the message in to the reply posted, both at the platform.
    """

    question: Labelled
    people: People
    asked: Asked
    reply: Heard
    turn: Turn
    outcome: Outcome

    @property
    def seconds(self) -> float:
        """From the message in to the reply posted."""
        return self.reply.at - self.asked.at

    @property
    def answered_as_known(self) -> bool:
        """Whether it got an answer, right or wrong."""
        return self.turn.action in ANSWERS


async def in_parallel(
    world: World,
    questions: Iterable[Labelled],
    *,
    at_once: int = AT_ONCE,
    public: bool = False,
    pause: float = 0.0,
    seconds: float = 60.0,
    go_on: Callable[[], bool] = lambda: True,
) -> tuple[list[tuple[Labelled, People, Asked, Heard]], list[str]]:
    """Put each question to each channel; what came back, and what did not.

    Args:
        questions: a list goes to both channels; of an iterator each takes a part.
        at_once: conversations at any time, over both channels.
        pause: seconds a customer waits before the next conversation.
        seconds: after which a reply counts as missing.
        go_on: asked before each question.
    """
    heard: list[tuple[Labelled, People, Asked, Heard]] = []
    missing: list[str] = []

    async def customer(people: People, line: Iterable[Labelled]) -> None:
        for question in line:
            if not go_on():
                return
            asked = await people.ask(question.text, public=public)
            try:
                reply = await reply_to(people, asked, seconds=seconds)
            except Unanswered as nothing:
                missing.append(str(nothing))
            else:
                heard.append((question, people, asked, reply))
            await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as group:
        for people in world.people:
            line = iter(questions)
            for _ in range(at_once // 2):
                group.create_task(customer(people, line))
    return heard, missing


def judged(
    world: World, shop: Shop, heard: Iterable[tuple[Labelled, People, Asked, Heard]]
) -> list[Answered]:
    """Look up what the server did for each, and compare with the right answer."""
    found = []
    for question, people, asked, reply in heard:
        turn = world.turn(people.platform, asked)
        outcome = shop.judge(question, turn, reply.text)
        found.append(
            Answered(
                question=question,
                people=people,
                asked=asked,
                reply=reply,
                turn=turn,
                outcome=outcome,
            )
        )
    return found


async def give_feedback(shop: Shop, answered: Sequence[Answered]) -> dict[str, int]:
    """The customer's thumb for each answer; an agent's correction where one is due."""
    counts = {"good": 0, "bad": 0, "corrections": 0, "not correctable": 0}
    for each in answered:
        if each.reply.votable:
            good = each.outcome is Outcome.RIGHT
            await each.people.thumb(each.asked, each.reply, good=good)
            counts["good" if good else "bad"] += 1
        right = shop.answer(each.question)
        if each.outcome is Outcome.RIGHT or right is None:
            continue
        if each.people.can_correct(each.reply):
            await each.people.correct(each.asked, each.reply, right)
            counts["corrections"] += 1
        else:
            counts["not correctable"] += 1
    return counts


def times(answered: Iterable[Answered]) -> dict[str, float]:
    """p50 and p95 in seconds, at the platform and inside the bot."""
    rows = list(answered)
    outside = [each.seconds for each in rows]
    inside = [each.turn.latency_ms / 1000 for each in rows]
    return {
        "p50": percentile(outside, 0.5),
        "p95": percentile(outside, 0.95),
        "bot_p50": percentile(inside, 0.5),
        "bot_p95": percentile(inside, 0.95),
    }


def actions(answered: Iterable[Answered]) -> dict[str, int]:
    """How often the bot did what."""
    counts = {action.value: 0 for action in Action}
    for each in answered:
        counts[each.turn.action.value] += 1
    return counts


async def wait_until(what: Callable[[], bool], *, seconds: float) -> float:
    """Wait until something is so; the seconds that took. AssertionError if never."""
    began = time.monotonic()
    while not await asyncio.to_thread(what):
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds:.0f} s")
        await asyncio.sleep(0.05)
    return time.monotonic() - began
