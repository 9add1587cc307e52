"""Talking with kefu on Slack: where it listens, where it answers, and how often."""

import asyncio
from typing import Any

from adapters.slack.app import SlackChannel
from storage.database import Database
from storage.records import Message
from tests.fakes import slack_events as events
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_socket import until
from tests.slack.conftest import Answering, Rigging


async def test_a_direct_message_is_answered_in_its_thread(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    ts = slack.stamp()
    envelope = await slack.deliver(events.message("Where is my parcel?", ts=ts))
    await slack.acked(envelope)
    [asked] = answering.all()
    assert isinstance(asked, Message)
    assert asked.text == "Where is my parcel?"
    assert asked.conversation_id == f"T1:D1:{ts}"
    assert asked.workspace == "shop"
    channel.wake()
    await until(lambda: len(slack.posts) == 1)
    [post] = slack.posts
    assert (post["channel"], post["thread_ts"]) == ("D1", ts)
    assert post["text"] == "about: Where is my parcel?"
    assert post["unfurl_links"] is False
    assert post["unfurl_media"] is False
    assert channel.healthy


async def test_a_mention_is_answered_once_although_slack_tells_it_twice(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    ts = slack.stamp()
    first = await slack.deliver(events.mention("hello", ts=ts))
    second = await slack.deliver(events.message("<@UBOT> hello", ts=ts, channel="C1"))
    await slack.acked(first)
    await slack.acked(second)
    [asked] = answering.all()
    assert isinstance(asked, Message)
    assert asked.text == "hello"
    assert channel.healthy


async def test_people_who_talk_to_each_other_are_left_alone(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    root = slack.stamp()
    ours = [
        events.message("lunch?", ts=root, channel="C1"),
        events.message("yes", ts=slack.stamp(), channel="C1", thread_ts=root),
        events.message("@channel", ts=slack.stamp(), channel="G1", user="U2"),
    ]
    for payload in ours:
        await slack.acked(await slack.deliver(payload))
    assert answering.all() == []
    assert channel.healthy


async def test_a_follow_up_in_a_thread_that_was_answered_needs_no_mention(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    root = slack.stamp()
    await slack.acked(await slack.deliver(events.mention("hi", ts=root)))
    answering.all()
    later = events.message(
        "and refunds?", ts=slack.stamp(), channel="C1", thread_ts=root
    )
    await slack.acked(await slack.deliver(later))
    [asked] = answering.all()
    assert isinstance(asked, Message)
    assert asked.text == "and refunds?"
    assert asked.conversation_id == f"T1:C1:{root}"
    assert channel.healthy


async def test_an_event_that_comes_again_after_a_restart_is_answered_once(
    slack: FakeSlack, rigging: Rigging, answering: Answering
) -> None:
    payload = events.message("once", ts=slack.stamp())
    async with rigging():
        await slack.acked(await slack.deliver(payload))
        answering.all()
        await until(lambda: len(slack.posts) == 1)
    async with rigging():
        await slack.until_connected()
        await slack.acked(await slack.deliver(payload))
        assert answering.all() == []
        await asyncio.sleep(0.1)
    assert len(slack.posts) == 1


async def test_what_was_said_while_kefu_was_down_is_answered(
    slack: FakeSlack, rigging: Rigging, answering: Answering
) -> None:
    envelope = await slack.deliver(events.message("anyone?", ts=slack.stamp()))
    async with rigging():
        await slack.acked(envelope)
        assert len(answering.all()) == 1


async def test_the_ack_waits_for_the_commit_and_for_nothing_else(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    sent = [
        await slack.deliver(events.message(f"q{n}", ts=slack.stamp()))
        for n in range(30)
    ]
    slowest = max([await slack.acked(envelope) for envelope in sent])
    assert slowest < 3.0
    assert len(answering.all()) == 30  # nobody had answered when Slack got its acks
    assert channel.healthy


async def test_messages_of_a_conversation_keep_their_order(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    root = slack.stamp()
    sent = [await slack.deliver(events.message("0", ts=root))]
    for number in range(1, 20):
        payload = events.message(str(number), ts=slack.stamp(), thread_ts=root)
        sent.append(await slack.deliver(payload))
    for envelope in sent:
        await slack.acked(envelope)
    said = [event.text for event in answering.all() if isinstance(event, Message)]
    assert said == [str(number) for number in range(20)]
    assert channel.healthy


async def test_what_cannot_be_committed_is_not_acked_and_comes_again(
    slack: FakeSlack, channel: SlackChannel, database: Database, answering: Answering
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO away")
    envelope = await slack.deliver(events.message("keep me", ts=slack.stamp()))
    await asyncio.sleep(0.3)
    assert envelope.acked_at is None
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO inbox")
    await slack.acked(envelope)
    assert len(answering.all()) == 1
    assert channel.healthy


async def test_bots_edits_and_the_rest_are_acked_and_ignored(
    slack: FakeSlack, channel: SlackChannel, answering: Answering, database: Database
) -> None:
    def said(**more: Any) -> dict[str, Any]:
        return events.message("loop", ts=slack.stamp(), **more)

    edit = said(subtype="message_changed", message={"text": "x"}, previous_message={})
    del edit["event"]["user"]
    for payload in (
        said(bot_id="BBOT", user="UBOT"),
        said(bot_id="B77"),
        said(subtype="bot_message", bot_id="B77"),
        said(user="UBOT"),
        said(user="USLACKBOT"),
        said(subtype="channel_join"),
        edit,
        said(subtype="message_deleted", deleted_ts="1.1"),
        events.mention("loop", ts=slack.stamp(), bot_id="B77"),
        events.event_callback({"type": "reaction_added", "user": "U1"}),
        events.event_callback({"type": "app_home_opened", "user": "U1"}),
        {"type": "shortcut", "callback_id": "x"},
        {},
    ):
        await slack.acked(await slack.deliver(payload))
    assert answering.all() == []
    with database.reading() as stores:
        assert stores.inbox.dead(10) == []
    assert channel.healthy


async def test_a_malformed_event_is_kept_for_people_and_acked(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    nameless = events.message("hi", ts=slack.stamp())
    del nameless["event"]["channel"]
    broken = [
        nameless,
        events.message("hi", ts="yesterday"),
        {"type": "event_callback", "event": "a string"},
        {"type": "block_actions", "user": 5, "actions": "none"},
        {"type": "view_submission", "view": {"callback_id": "correction"}},
    ]
    for payload in broken:
        await slack.acked(await slack.deliver(payload))
        await slack.acked(await slack.deliver(payload))  # again: no second row
    with database.reading() as stores:
        dead = stores.inbox.dead(10)
    assert len(dead) == len(broken)
    assert all(letter.error and letter.raw for letter in dead)
    assert not any("old-shared-secret" in str(letter.raw) for letter in dead)
    assert channel.healthy


async def test_slash_commands_are_messages_and_their_reply_is_private(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    typed = [("/train", "status"), ("/human", ""), ("/kefu", "status"), ("/kefu", "")]
    for name, rest in typed:
        envelope = await slack.deliver(events.command(name, rest), "slash_commands")
        assert await slack.acked(envelope) < 3.0
    said = [e.text for e in answering.all(votable=False) if isinstance(e, Message)]
    assert said == ["/train status", "/human", "/status", "/help"]
    await until(lambda: len(slack.posts) == 4, 8.0)
    assert {p["method"] for p in slack.posts} == {"chat.postEphemeral"}
    assert {(p["channel"], p["user"]) for p in slack.posts} == {("C1", "U1")}
    assert channel.healthy


async def test_a_slash_command_where_the_bot_is_no_member_is_answered_directly(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    slack.members_only.add("C9")
    command = events.command("/kefu", "opening hours", channel="C9")
    await slack.acked(await slack.deliver(command, "slash_commands"))
    answering.all(votable=False)
    await until(lambda: len(slack.posts) == 1)
    [post] = slack.posts
    assert (post["method"], post["channel"]) == ("chat.postMessage", "U1")
    assert channel.healthy
