"""The nightly cycle: once a night, once in a cluster, and only when there is news."""

import json
import time
from pathlib import Path

from bot.app import App, now
from bot.cli.schedule import Schedule, parse_time
from bot.cli.trainer import Trainer
from storage.records import Turn, Vote
from tests.storage.make import turn


def _rated(app: App) -> Turn:
    made = turn(1)
    vote = Vote(
        platform=made.message.platform,
        conversation_id=made.message.conversation_id,
        voter_id="U1",
        turn_id=made.id,
        good=True,
        voted_at=now(),
    )
    with app.database.transaction() as stores:
        stores.turns.add(made)
        stores.feedback.vote(vote, made)
    return made


def _outcome_in(log: Path, seconds: float = 90) -> dict[str, object]:
    """What the child printed: one JSON object on its last line."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        lines = log.read_text().splitlines() if log.exists() else []
        for line in reversed(lines):
            if line.startswith("{"):
                return dict(json.loads(line))
        time.sleep(0.1)
    raise AssertionError(log.read_text() if log.exists() else "no log")


def test_without_new_feedback_the_schedule_waits_and_says_why(app: App) -> None:
    schedule = Schedule(app, Trainer(app.settings, app.profile))
    assert schedule.fire() == "0 new feedback items, 1 are needed"


def test_a_slot_fires_once_among_many_processes(app: App) -> None:
    _rated(app)
    trainers = [Trainer(app.settings, app.profile) for _ in range(3)]
    reasons = [Schedule(app, trainer).fire() for trainer in trainers]
    assert reasons[0] == ""
    assert reasons[1:] == ["another process has started it"] * 2
    assert trainers[0].running
    assert not any(trainer.running for trainer in trainers[1:])
    told = _outcome_in(app.settings.home / "logs" / "trainer.log")
    assert told["verdict"] == "nothing to learn"


def test_a_second_cycle_is_not_started_beside_the_first(app: App) -> None:
    trainer = Trainer(app.settings, app.profile)
    assert trainer.start(trigger="command", requested_by="terminal:me")
    assert not trainer.start(trigger="command", requested_by="terminal:me")
    trainer.stop()
    assert not trainer.running


def test_the_time_is_an_hour_and_a_minute() -> None:
    assert parse_time("03:05") == (3, 5)
