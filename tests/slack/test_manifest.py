"""kefu asks Slack for what it uses and for nothing else."""

import json
from datetime import timedelta

import pytest

from adapters.slack.manifest import COMMANDS, EVENTS, SCOPES, manifest
from storage.database import Database
from storage.records import Outgoing
from tests.fakes import slack_events as events
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_socket import until
from tests.slack.conftest import Answering, Rigging, now

# Slack keeps these for itself and refuses a manifest that has one.
RESERVED = {"/status", "/me", "/join", "/remind", "/search", "/who", "/leave", "/open"}


async def test_every_scope_is_used_and_none_is_missing(
    slack: FakeSlack, database: Database, rigging: Rigging, answering: Answering
) -> None:
    rows = {c: f"T1:{c}:1760000000.000100" for c in ("C1", "G1", "D1", "M1")}
    with database.transaction() as stores:  # four sends that a crash cut off
        for channel, place in rows.items():
            stores.outbox.add(
                Outgoing(
                    id=channel,
                    platform="slack",
                    conversation_id=place,
                    text="hello",
                    language="en",
                ),
                now(),
            )
        while stores.outbox.claim(
            platform="slack", worker="dead", now=now(), lease=timedelta(hours=1)
        ):
            pass
    async with rigging():
        await until(lambda: len(slack.posts) == 4)
        kinds = {"D1": "im", "M1": "mpim", "G1": "groups", "C1": "channels"}
        used = set(slack.scopes_used)
        for channel in kinds:
            payload = events.message("<@UBOT> hi", ts=slack.stamp(), channel=channel)
            await slack.acked(await slack.deliver(payload))
            used.add(EVENTS[f"message.{kinds[channel]}"])
        mention = events.mention("hi", ts=slack.stamp())
        await slack.acked(await slack.deliver(mention))
        used.add(EVENTS["app_mention"])
        for name, _, _ in COMMANDS:
            typed = await slack.deliver(events.command(name), "slash_commands")
            await slack.acked(typed)
            used.add("commands")
    assert len(answering.all()) == 5 + len(COMMANDS)
    assert used == set(SCOPES)


def test_the_manifest_is_whole_and_each_scope_says_why() -> None:
    made = json.loads(json.dumps(manifest()))
    assert made["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert all(len(why) > 10 for why in SCOPES.values())
    settings = made["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert set(settings["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert set(EVENTS.values()) <= set(SCOPES)
    names = {command["command"] for command in made["features"]["slash_commands"]}
    assert names == {"/kefu", "/human", "/forget", "/why", "/train"}
    assert not names & RESERVED
    assert len(made["display_information"]["description"]) <= 140


async def test_an_app_that_lacks_scopes_is_told_so(
    slack: FakeSlack, rigging: Rigging, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.granted = "chat:write,commands"
    async with rigging() as channel:
        assert channel.healthy
    told = capsys.readouterr()  # stderr, once a command of the process set logs up
    assert "im:history" in told.out + told.err
