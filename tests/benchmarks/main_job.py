"""The main job on real input: ask, correct, learn, swap, and ask what nobody saw.

Everything goes through the platforms' sockets. The first round is asked where an
agent can see it (Slack channels, Telegram groups), the second in private.
"""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.records import RunState
from tests.driving.figures import Share, percentile
from tests.driving.labels import Labelled, Outcome, Shop
from tests.driving.memory import MemoryWatch
from tests.driving.people import reply_to
from tests.driving.rounds import (
    Answered,
    actions,
    give_feedback,
    in_parallel,
    judged,
    times,
    wait_until,
)
from tests.driving.world import World, world

_WORSE = (Outcome.RIGHT, Outcome.UNANSWERED, Outcome.WRONG)  # the last is worst
CYCLE_SECONDS = 3600.0
IDLE_QUESTIONS = 60  # of the load that p95 is compared under
PAUSE_SECONDS = 1.0  # a customer's, between two conversations of that load
ASKED_AGAIN = 40  # corrected questions that are asked again before any training


async def main_job(
    shop: Shop, home: Path, *, settings: dict[str, str]
) -> dict[str, Any]:
    """Run it once on a fresh home. All times in seconds, memory in MiB."""
    async with world(home, settings=settings) as trial:
        imported = await trial.server.run_json("import", *shop.imports)
        figures: dict[str, Any] = {"shop": shop.name, "imported": _counts(imported)}
        trial.server.start()
        figures["start_seconds"] = await trial.server.ready()
        with MemoryWatch(trial.server.pid) as memory:
            await _learn_and_compare(trial, shop, figures)
        figures["server_peak"] = memory.server_peak
        figures["trainer_peak"] = memory.trainer_peak
        figures["stop_seconds"] = await trial.server.stop()
        figures["dead_letters"] = trial.dead()
        return figures


async def accuracy(
    shop: Shop, home: Path, *, settings: dict[str, str]
) -> dict[str, Any]:
    """Only what a first cycle from the imported files answers, without feedback.

    The generator stays as it is, so this takes minutes where the main job takes more.
    """
    async with world(home, settings=settings) as trial:
        await trial.server.run_json("import", *shop.imports)
        began = asyncio.get_running_loop().time()
        told = await trial.server.run_json("train", "--intents-only")
        figures: dict[str, Any] = {
            "shop": shop.name,
            "verdict": told["verdict"],
            "train_seconds": asyncio.get_running_loop().time() - began,
        }
        trial.server.start()
        await trial.server.ready()
        with MemoryWatch(trial.server.pid) as memory:
            second, missing = await _round(trial, shop, shop.second, public=False)
            figures["after"] = _told(second, missing)
            figures["strange_after"] = await _strange(trial, shop)
        figures["server_peak"] = memory.server_peak
        figures["mistakes"] = _mistakes(second)
        return figures


async def _learn_and_compare(trial: World, shop: Shop, figures: dict[str, Any]) -> None:
    first, missing = await _round(trial, shop, shop.first, public=True)
    figures["before"] = _told(first, missing)
    _note(shop, f"before: right {figures['before']['right']}")
    figures["strange_before"] = await _strange(trial, shop)
    figures["feedback"] = await give_feedback(shop, first)
    await trial.settled()
    figures["at_once"] = await _again(trial, shop, first)
    _note(shop, f"corrected, then asked again: right {figures['at_once']}")
    figures["cycle"] = await _cycle(trial, shop)
    _note(shop, f"the cycle took {figures['cycle']['train_seconds']:.0f} s")
    second, missing = await _round(trial, shop, shop.second, public=False)
    figures["after"] = _told(second, missing)
    figures["strange_after"] = await _strange(trial, shop)
    figures["mistakes"] = _mistakes(second)


async def _round(
    trial: World, shop: Shop, questions: Sequence[Labelled], *, public: bool
) -> tuple[list[Answered], list[str]]:
    heard, missing = await in_parallel(trial, questions, public=public)
    return await asyncio.to_thread(judged, trial, shop, heard), missing


async def _strange(trial: World, shop: Shop) -> Share:
    """Out-of-scope questions that were answered as if known."""
    answered, _ = await _round(trial, shop, shop.strange, public=False)
    known = {each.question: False for each in answered}
    for each in answered:
        known[each.question] |= each.answered_as_known
    return Share(sum(known.values()), len(known))


async def _again(trial: World, shop: Shop, first: Sequence[Answered]) -> Share:
    """Questions that went wrong and were corrected, asked again without training."""
    failed = [
        each.question
        for each in first
        if each.outcome is not Outcome.RIGHT and each.people.can_correct(each.reply)
    ]
    distinct = list(dict.fromkeys(failed))[:ASKED_AGAIN]
    answered, _ = await _round(trial, shop, distinct, public=False)
    return _share(answered, Outcome.RIGHT)


@dataclass
class _Load:
    """The same questions over and over, until told to stop."""

    questions: Sequence[Labelled]
    answered: list[Answered] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    going: bool = True

    async def run(self, trial: World, shop: Shop, *, limit: int | None = None) -> None:
        line = itertools.islice(itertools.cycle(self.questions), limit)
        heard, missing = await in_parallel(
            trial, line, pause=PAUSE_SECONDS, go_on=lambda: self.going
        )
        self.answered = await asyncio.to_thread(judged, trial, shop, heard)
        self.missing = missing


@contextmanager
def _under(load: _Load, trial: World, shop: Shop) -> Iterator["asyncio.Task[None]"]:
    task = asyncio.create_task(load.run(trial, shop))
    try:
        yield task
    finally:
        load.going = False


async def _cycle(trial: World, shop: Shop) -> dict[str, Any]:
    """The admin's /train under load, from the command to the swap."""
    idle = _Load(shop.first)
    await idle.run(trial, shop, limit=2 * IDLE_QUESTIONS)
    load = _Load(shop.first)
    before = trial.live()
    with _under(load, trial, shop) as task:
        asked = await trial.slack_people.command("/train")
        said = (await reply_to(trial.slack_people, asked)).text
        await wait_until(lambda: trial.last_run() is not None, seconds=120)
        await wait_until(lambda: _ended(trial), seconds=CYCLE_SECONDS)
        swap = await _swapped(trial, shop, before)
    await task
    run = trial.last_run()
    assert run
    return {
        "said": said,
        "state": run.state.value,
        "verdict": run.verdict,
        "reasons": list(run.reasons),
        "train_seconds": (run.updated_at - run.started_at).total_seconds(),
        "swap_seconds": swap,
        "idle": times(idle.answered),
        "during": times(load.answered),
        "asked_during": len(load.answered),
        "errors": load.missing,
    }


def _ended(trial: World) -> bool:
    run = trial.last_run()
    return run is not None and run.state is not RunState.RUNNING


async def _swapped(trial: World, shop: Shop, before: str | None) -> float | None:
    """Seconds from the verdict until a reply comes from the new release."""
    live = trial.live()
    if live == before or live is None:
        return None
    people, began = trial.telegram_people, asyncio.get_running_loop().time()
    while True:
        asked = await people.ask(shop.second[0].text)
        await reply_to(people, asked)
        if trial.turn(people.platform, asked).model_version == live:
            return asyncio.get_running_loop().time() - began


def _mistakes(answered: Sequence[Answered]) -> list[list[str]]:
    return [
        [each.question.text, each.question.intent, each.turn.reply.text[:80]]
        for each in answered
        if each.outcome is Outcome.WRONG
    ]


def _note(shop: Shop, text: str) -> None:
    print(f"  {shop.name}: {text}", flush=True)


def _share(answered: Sequence[Answered], outcome: Outcome) -> Share:
    """Each question counts once: two channels that agree are no two witnesses."""
    worst: dict[Labelled, Outcome] = {}
    for each in answered:
        before = worst.get(each.question, Outcome.RIGHT)
        worst[each.question] = max(before, each.outcome, key=_WORSE.index)
    return Share(sum(each is outcome for each in worst.values()), len(worst))


def _told(answered: Sequence[Answered], missing: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        outcome.value: _share(answered, outcome) for outcome in Outcome
    }
    for platform in ("slack", "telegram"):
        mine = [each for each in answered if each.people.platform == platform]
        told[platform] = times(mine) | {"right": _share(mine, Outcome.RIGHT)}
    told |= {"times": times(answered), "actions": actions(answered)}
    told["origins"] = {
        origin: sum(each.turn.reply.origin == origin for each in answered)
        for origin in ("approved", "generated", "fixed")
    }
    told["missing"] = missing
    told["slowest"] = percentile([each.seconds for each in answered], 1.0)
    return told


def _counts(imported: dict[str, Any]) -> dict[str, Any]:
    return {
        name: len(value) if isinstance(value, list) else value
        for name, value in imported.items()
    }
