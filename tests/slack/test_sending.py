"""Replies leave once, in order and in their place, whatever Slack does meanwhile."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from adapters.delivery import Pace
from adapters.slack.app import SlackChannel
from storage.database import Database
from storage.records import Outgoing
from tests.fakes.slack import FakeSlack, Fault
from tests.fakes.slack_socket import until
from tests.slack.conftest import PACE, Rigging, now

POST = "chat.postMessage"


def reply(
    id: str, *, channel: str = "C1", text: str = "hello", **more: Any
) -> Outgoing:
    given = {"platform": "slack", "language": "en", "reply_to": "1760000000.000100"}
    thread = more.pop("thread", "1760000000.000100")
    return Outgoing(
        id=id,
        conversation_id=f"T1:{channel}:{thread}",
        text=text,
        **(given | more),
    )


def put(database: Database, *outgoing: Outgoing) -> None:
    with database.transaction() as stores:
        for each in outgoing:
            stores.outbox.add(each, now())


def counts(database: Database) -> dict[str, int]:
    with database.reading() as stores:
        return {k: v for k, v in stores.outbox.counts().items() if v}


async def all_gone(database: Database, seconds: float = 10.0) -> None:
    await until(lambda: set(counts(database)) <= {"sent", "failed"}, seconds)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("lost_after"),
        Fault("lost_before"),
        Fault("status", status=500),
        Fault("status", status=503),
        Fault("limit", seconds=1),
        Fault("error", error="internal_error"),
        Fault("slow", seconds=0.3),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
async def test_a_reply_arrives_exactly_once(
    slack: FakeSlack, channel: SlackChannel, database: Database, fault: Fault
) -> None:
    slack.fail(POST, fault)
    put(database, reply("a"))
    await all_gone(database)
    assert [post["metadata"]["event_payload"]["id"] for post in slack.posts] == ["a"]
    assert counts(database) == {"sent": 1}
    with database.reading() as stores:
        assert stores.outbox.uncertain() == []
        stamp = slack.posts[0]["ts"]
        place = "T1:C1:1760000000.000100"
        assert stores.outbox.turn_of("slack", place, stamp) is None
    assert channel.healthy


async def test_a_reply_arrives_once_although_the_answer_is_lost_twice(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    slack.fail(POST, Fault("lost_before"), Fault("lost_after"))
    slack.fail("conversations.replies", Fault("status"), Fault("limit", seconds=1))
    put(database, reply("a"))
    await all_gone(database)
    assert len(slack.posts) == 1
    assert channel.healthy


async def test_slacks_wish_to_wait_is_honoured_and_the_order_kept(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    slack.fail(POST, Fault("limit", seconds=2))
    put(database, reply("a", text="1"), reply("b", text="2"), reply("c", text="3"))
    await all_gone(database, 15.0)
    refused = next(call.at for call in slack.calls if call.method == POST)
    times = [post["at"] for post in slack.posts]
    assert [post["text"] for post in slack.posts] == ["1", "2", "3"]
    assert times[0] - refused >= 2.0
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 1.0
    assert channel.healthy


async def test_a_channel_is_not_filled_faster_than_slack_allows_and_others_go_on(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    busy = [reply(f"b{n}", channel="C1", thread=f"{n}.1") for n in range(4)]
    quiet = [reply(f"q{n}", channel=f"C{n + 2}") for n in range(10)]
    put(database, *busy, *quiet)
    await all_gone(database, 15.0)
    times = sorted(p["at"] for p in slack.posts if p["channel"] == "C1")
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 1.0
    assert times[-1] - times[0] < 6.0
    others = [p["at"] for p in slack.posts if p["channel"] != "C1"]
    assert max(others) - times[0] < 2.0
    assert channel.healthy


@pytest.mark.parametrize("arrived", [True, False])
async def test_after_a_crash_a_reply_is_looked_up_before_it_is_sent_again(
    slack: FakeSlack, database: Database, rigging: Rigging, arrived: bool
) -> None:
    put(database, reply("a"))
    with database.transaction() as stores:  # and there the process died
        stores.outbox.claim(
            platform="slack", worker="dead", now=now(), lease=timedelta(hours=1)
        )
    if arrived:
        slack.messages.append(
            {
                "channel": "C1",
                "thread_ts": "1760000000.000100",
                "ts": "1760000009.000100",
                "metadata": {
                    "event_type": "kefu_reply",
                    "event_payload": {"id": "a", "part": 1, "parts": 1},
                },
            }
        )
    async with rigging():
        await all_gone(database)
    assert len(slack.posts) == (0 if arrived else 1)
    with database.reading() as stores:
        assert stores.outbox.uncertain() == []


async def test_a_long_reply_is_continued_where_it_was_broken_off(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "words & more " * 60 for n in range(30))
    slack.fail(POST, Fault("slow", seconds=0.01), Fault("lost_after"))
    put(database, reply("a", text=text))
    await all_gone(database, 15.0)
    numbers = [post["metadata"]["event_payload"]["part"] for post in slack.posts]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 2
    together = " ".join(post["text"] for post in slack.posts)
    assert together.split() == text.replace("&", "&amp;").split()
    assert channel.healthy


async def test_only_the_recipient_sees_a_private_reply(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    put(database, reply("a", recipient_id="U7"))
    await all_gone(database)
    [post] = slack.posts
    assert (post["method"], post["user"]) == ("chat.postEphemeral", "U7")
    assert post["thread_ts"] == "1760000000.000100"
    assert channel.healthy


async def test_a_private_reply_that_cannot_be_found_again_is_recorded_uncertain(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    slack.fail("chat.postEphemeral", Fault("lost_after"))
    put(database, reply("a", recipient_id="U7"))
    await all_gone(database)
    with database.reading() as stores:
        assert [each.id for each in stores.outbox.uncertain()] == ["a"]
    assert channel.healthy


async def test_a_reply_that_slack_will_never_take_does_not_hold_up_the_next(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    slack.fail(POST, Fault("error", error="is_archived"))
    put(database, reply("a"), reply("b"), reply("c", thread="nonsense"))
    await all_gone(database)
    assert counts(database) == {"sent": 1, "failed": 2}
    assert channel.healthy


async def test_without_its_buttons_if_slack_dislikes_them(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    slack.fail(POST, Fault("error", error="invalid_blocks"))
    put(database, reply("a", turn_id="t" * 32, votable=True))
    await all_gone(database)
    [post] = slack.posts
    assert post["text"] == "hello"
    assert "blocks" not in post
    assert channel.healthy


async def test_a_token_refused_later_holds_the_replies_and_loses_none(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    revoked = Fault("error", error="token_revoked")
    slack.fail(POST, revoked, revoked)  # both lanes may be on their way
    put(database, reply("a"), reply("b", channel="C2"))
    await until(lambda: not channel.healthy)
    await asyncio.sleep(0.2)
    assert "failed" not in counts(database)
    assert slack.posts == []


async def test_stopping_lets_the_reply_in_hand_finish(
    slack: FakeSlack, database: Database, rigging: Rigging
) -> None:
    slack.fail(POST, Fault("slow", seconds=0.5))
    async with rigging():
        put(database, reply("a"), reply("b"))
        await until(lambda: any(call.method == POST for call in slack.calls))
    assert [post["text"] for post in slack.posts] == ["hello"]
    assert counts(database) == {"sent": 1, "due": 1}


async def test_a_reply_too_slow_to_finish_is_looked_up_at_the_next_start(
    slack: FakeSlack, database: Database, rigging: Rigging
) -> None:
    slack.fail(POST, Fault("slow", seconds=1.0))
    async with rigging(pace=Pace(poll=0.02, stop=0.1)):
        put(database, reply("a"))
        await until(lambda: any(call.method == POST for call in slack.calls))
    assert counts(database) == {"sending": 1}
    await until(lambda: len(slack.posts) == 1)
    async with rigging(pace=PACE):
        await all_gone(database)
    assert len(slack.posts) == 1
