"""The line to Slack: refused, cut, refreshed, gone for a while, and hung up."""

import asyncio

import pytest

from adapters.slack.app import SlackChannel
from storage.database import Database
from storage.problems import BadInput, PlatformRefused
from tests.fakes import slack_events as events
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Fault
from tests.fakes.slack_socket import until
from tests.slack.conftest import Answering, Rigging, make

Log = pytest.LogCaptureFixture


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"bot_token": ""}, "SLACK_BOT_TOKEN"),
        ({"app_token": ""}, "SLACK_APP_TOKEN"),
        ({"bot_token": APP_TOKEN}, "SLACK_BOT_TOKEN"),
        ({"app_token": BOT_TOKEN}, "SLACK_APP_TOKEN"),
    ],
)
async def test_a_token_missing_or_in_the_wrong_place_is_named(
    slack: FakeSlack, database: Database, given: dict[str, str], named: str
) -> None:
    with pytest.raises(BadInput, match=named) as caught:
        make(slack, database, **given)
    assert caught.value.fix
    assert BOT_TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"bot_token": "xoxb-old"}, "SLACK_BOT_TOKEN"),
        ({"app_token": "xapp-old"}, "SLACK_APP_TOKEN"),
    ],
)
async def test_a_refused_token_is_named_with_what_to_do(
    slack: FakeSlack, database: Database, given: dict[str, str], named: str
) -> None:
    channel = make(slack, database, **given)
    with pytest.raises(PlatformRefused, match=named) as caught:
        await channel.start()
    assert "invalid_auth" in caught.value.why
    assert "fix:" in str(caught.value)
    assert not channel.healthy
    await channel.stop()


async def test_slack_not_reachable_at_the_start_is_tried_again(
    slack: FakeSlack, database: Database, answering: Answering
) -> None:
    await slack.stop()
    channel = make(slack, database)
    await channel.start()
    assert not channel.healthy
    await slack.start()
    await until(lambda: channel.healthy, 15.0)
    payload = events.message("there?", ts=slack.stamp())
    await slack.acked(await slack.deliver(payload))
    assert len(answering.all()) == 1
    await channel.stop()


async def test_a_refreshed_and_a_cut_line_are_mended(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    await slack.hang_up()
    await until(lambda: bool(slack.sockets), 5.0)
    await slack.acked(await slack.deliver(events.message("1", ts=slack.stamp())))
    slack.cut()
    late = await slack.deliver(events.message("2", ts=slack.stamp()))
    await slack.acked(late, 10.0)
    assert len(answering.all()) == 2
    await until(lambda: channel.healthy)


async def test_slack_asking_for_a_new_line_gets_one(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    await slack.sockets[-1].send_json({"type": "disconnect", "reason": "warning"})
    await until(
        lambda: (
            len([c for c in slack.calls if c.method == "apps.connections.open"]) == 2
        )
    )
    await slack.until_connected()
    await slack.acked(await slack.deliver(events.message("1", ts=slack.stamp())))
    assert len(answering.all()) == 1
    assert channel.healthy


async def test_an_outage_loses_nothing_and_no_secret_is_logged(
    slack: FakeSlack, rigging: Rigging, answering: Answering, caplog: Log
) -> None:
    caplog.set_level("DEBUG", logger="kefu")
    async with rigging() as channel:
        await slack.acked(await slack.deliver(events.message("1", ts=slack.stamp())))
        await slack.stop()
        answering.all()
        await until(lambda: not channel.healthy)
        await asyncio.sleep(3.0)
        slack.fail("apps.connections.open", Fault("status"), Fault("limit"))
        await slack.start()
        missed = await slack.deliver(events.message("2", ts=slack.stamp()))
        await slack.acked(missed, 20.0)
        answering.all()
        await until(lambda: len(slack.posts) == 2, 10.0)
        await until(lambda: channel.healthy)
    assert caplog.records
    assert BOT_TOKEN not in caplog.text
    assert APP_TOKEN not in caplog.text
    assert "ticket=secret" not in caplog.text


async def test_stopping_is_quick_and_leaves_no_socket(
    slack: FakeSlack, database: Database
) -> None:
    channel = make(slack, database)
    await channel.start()
    started = asyncio.get_running_loop().time()
    await channel.stop_intake()
    assert not channel.healthy
    await channel.stop()
    await channel.stop()
    assert asyncio.get_running_loop().time() - started < 2.0
    await until(lambda: not slack.sockets)
    late = await slack.deliver(events.message("too late", ts=slack.stamp()))
    assert late.acked_at is None
