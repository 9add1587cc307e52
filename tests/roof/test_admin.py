"""What admins command in chat, carried out through the desk that serves."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import App, new_id, now
from bot.cli.admin import Admin
from bot.cli.trainer import Trainer
from bot.cli.training import run_cycle
from storage.records import Action, Message, Release, Role, Run, RunState, Stage, Turn
from tests.training.workspace import fill
from training.work import LEASE, LEASE_TIME

_MINUTE = timedelta(minutes=1)


def _say(app: App, text: str, role: Role = Role.ADMIN) -> Turn:
    desk = app.desk("test", Admin(app, Trainer(app.settings, app.profile)))
    message = Message(
        platform="slack",
        conversation_id="T:C:1",
        message_id=new_id(),
        sender_id="U1",
        text=text,
        sent_at=now(),
        role=role,
    )
    return desk.answer(message)


def _release(version: str, stage: Stage) -> Release:
    return Release(
        version=version, stage=stage, manifest={}, reasons=("why",), created_at=now()
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/status", "v0000"),
        ("/train status", "none yet"),
        ("/train stop", "none yet"),
        ("/releases", "No release yet"),
        ("/rollback", "KF-608"),
        ("/why", "no reply to explain"),
        ("/依据", "还没有"),
        ("/rollback v0009", "KF-405"),
        ("/状态", "线上版本 v0000"),
        ("/版本", "还没有训练版本"),
    ],
)
def test_each_command_says_how_things_stand(app: App, text: str, part: str) -> None:
    assert part in _say(app, text).reply.text


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT])
def test_nobody_but_an_admin_is_obeyed(app: App, role: Role) -> None:
    turn = _say(app, "/train", role)
    assert "administrators only" in turn.reply.text
    with app.database.reading() as stores:
        assert stores.runs.last() is None


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
def test_staff_are_told_why_in_the_chat(app: App, role: Role) -> None:
    asked = _say(app, "sing me a song", Role.CUSTOMER)
    assert _say(app, "/status").reply.text
    told = _say(app, "/why", role).reply.text
    assert "What was decided, and why" in told
    assert asked.action is Action.DECLINE
    assert "administrators only" in _say(app, "/why", Role.CUSTOMER).reply.text


def test_the_releases_are_listed_newest_first(app: App) -> None:
    with app.database.transaction() as stores:
        stores.releases.add(_release("v0001", Stage.RETIRED))
        stores.releases.add(_release("v0002", Stage.REJECTED))
    rows = _say(app, "/releases").reply.text.splitlines()
    assert [row.split()[:2] for row in rows] == [
        ["v0002", "rejected"],
        ["v0001", "retired"],
    ]


def test_train_starts_one_child_and_stop_ends_it(app: App) -> None:
    trainer = Trainer(app.settings, app.profile)
    desk = app.desk("test", Admin(app, trainer))
    message = Message(
        platform="slack",
        conversation_id="T:C:1",
        message_id=new_id(),
        sender_id="U1",
        text="/train",
        sent_at=now(),
        role=Role.ADMIN,
    )
    try:
        assert "started" in desk.answer(message).reply.text
        again = desk.answer(replace(message, message_id=new_id())).reply.text
        assert "running already" in again
    finally:
        trainer.stop()


def test_the_verdict_is_told_where_it_was_asked_for(app: App) -> None:
    run_cycle(app.settings, trigger="terminal", notify="slack T:C:1 zh")
    with app.database.transaction() as stores:
        claimed = stores.outbox.claim(
            platform="slack", worker="test", now=now(), lease=_MINUTE
        )
    assert claimed is not None
    assert claimed.outgoing.conversation_id == "T:C:1"
    assert "nothing to learn" in claimed.outgoing.text


def test_a_cycle_started_by_hand_waits_for_the_one_that_runs(app: App) -> None:
    fill(app.database)
    other = Run(
        id="other",
        trigger="schedule",
        requested_by="",
        state=RunState.RUNNING,
        stage="generator",
        progress=0.5,
        started_at=now(),
        updated_at=now(),
        pid=os.getppid(),  # a process that lives
    )
    with app.database.transaction() as stores:
        stores.runs.start(other)
        assert stores.leases.acquire(LEASE, other.id, now(), LEASE_TIME)
    result = run_cycle(app.settings, trigger="terminal", generator=False)
    assert result.verdict == "already running"
    with app.database.reading() as stores:
        assert stores.runs.current() == other
