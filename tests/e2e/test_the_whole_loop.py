"""One small shop, from its import to a release that answers better, and back."""

import asyncio
from pathlib import Path

import pytest

from storage.records import Run, RunState
from tests.driving.labels import Outcome, Shop
from tests.driving.people import Asked, Heard, People, reply_to, talk
from tests.driving.rounds import in_parallel, judged, wait_until
from tests.driving.world import World, world
from tests.e2e.small_shop import own_questions, small_shop

FIRST = "v0001"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def test_a_shop_opens_answers_learns_swaps_and_goes_back(
    tmp_path: Path, home: Path, settings: dict[str, str]
) -> None:
    shop = small_shop(tmp_path)
    async with world(home, settings=settings) as trial:
        imported = await trial.server.run_json("import", *shop.imports)
        assert imported["added"] > 0
        assert imported["rejected"] == []
        told = await trial.server.run_json("train", "--intents-only")
        assert (told["verdict"], trial.live()) == ("live", FIRST)
        trial.server.start()
        await trial.server.ready()
        await _both_channels_give_the_approved_answer(trial, shop)
        await _a_correction_answers_at_once(trial, shop)
        second = await _learn(trial, trial.slack_people)
        await _is_served(trial, second)
        await _new_phrasings_are_answered(trial, shop)
        told = await trial.server.run_json("rollback")
        assert told["live"] == FIRST
        await _is_served(trial, FIRST)
        assert await trial.server.stop() <= 10
        assert trial.dead() == []


async def _both_channels_give_the_approved_answer(trial: World, shop: Shop) -> None:
    question = own_questions(shop)[0]
    for people in trial.people:
        asked, reply = await talk(people, question.text)
        turn = trial.turn(people.platform, asked)
        assert shop.judge(question, turn, reply.text) is Outcome.RIGHT
        assert reply.votable
        assert turn.model_version == FIRST


async def _a_correction_answers_at_once(trial: World, shop: Shop) -> None:
    right = "Yes: our shop cat is called Mocha and she naps on the till."
    for number, people in enumerate(trial.people):
        asked, reply = await _disliked(trial, people, shop, number)
        await people.correct(asked, reply, f"{right} ({people.platform})")
        await trial.settled()
        _, again = await talk(people, asked.text)
        assert f"{right} ({people.platform})" in again.text


async def _disliked(
    trial: World, people: People, shop: Shop, number: int
) -> tuple[Asked, Heard]:
    """A votable reply in a place that an agent sees, with the customer's thumb down."""
    question = own_questions(shop)[number + 1]
    asked, reply = await talk(people, question.text, public=True)
    await people.thumb(asked, reply, good=False)
    await trial.settled()
    return asked, reply


async def _learn(trial: World, people: People) -> str:
    """The admin's /train: a child learns while customers are answered."""
    asked = await people.command("/train")
    await reply_to(people, asked)
    before = trial.last_run()
    await wait_until(lambda: trial.last_run() != before, seconds=60)
    await talk(trial.telegram_people, "hello")
    await wait_until(lambda: _ended(trial) is not None, seconds=180)
    run = _ended(trial)
    assert run
    assert run.pid != trial.server.pid
    assert (run.state, run.verdict) == (RunState.FINISHED, "live"), run.reasons
    assert run.candidate
    verdict = await reply_to(people, asked, after=1)
    assert run.candidate in verdict.text
    return run.candidate


def _ended(trial: World) -> Run | None:
    run = trial.last_run()
    return run if run and run.state is not RunState.RUNNING else None


async def _is_served(trial: World, version: str) -> None:
    """The server swaps by itself, within seconds."""
    people = trial.telegram_people
    async with asyncio.timeout(20):
        while True:
            asked, _ = await talk(people, "hello")
            if trial.turn(people.platform, asked).model_version == version:
                return
            await asyncio.sleep(0.1)


async def _new_phrasings_are_answered(trial: World, shop: Shop) -> None:
    heard, missing = await in_parallel(trial, shop.second[::2])
    answered = judged(trial, shop, heard)
    right = sum(each.outcome is Outcome.RIGHT for each in answered)
    wrong = sum(each.outcome is Outcome.WRONG for each in answered)
    assert not missing
    assert right >= 0.6 * len(answered)
    assert wrong <= 0.1 * len(answered)
