"""Related questions are buttons under an answer on Slack, above the thumbs."""

import asyncio

from adapters.slack.app import SlackChannel
from storage.database import Database
from tests.fakes import slack_events as events
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_socket import until
from tests.offering import ANSWER, HOURS, NEXT, offering_desk, work


def labels(post: events.Json) -> list[str]:
    return [
        element["text"]["text"]
        for block in post["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


async def test_a_related_question_is_pressed_and_answered(
    slack: FakeSlack, channel: SlackChannel, database: Database
) -> None:
    shop, desk = await asyncio.to_thread(offering_desk, database)
    ts = slack.stamp()
    await slack.acked(await slack.deliver(events.message("my parcel?", ts=ts)))
    await asyncio.to_thread(work, shop, desk)
    channel.wake()
    await until(lambda: len(slack.posts) == 1)
    [post] = slack.posts
    assert post["text"] == ANSWER
    assert labels(post)[0] == HOURS
    assert labels(post)[-2:] == ["👍", "👎"]

    pressed = events.press(post, "choice:0")
    await slack.acked(await slack.deliver(pressed, "interactive"))
    voted = events.press(post, "vote:good")
    await slack.acked(await slack.deliver(voted, "interactive"))
    await asyncio.to_thread(work, shop, desk)
    channel.wake()
    await until(lambda: len(slack.posts) == 2)
    assert slack.posts[1]["text"] == NEXT
    assert slack.posts[1]["thread_ts"] == ts
    with database.reading() as stores:
        first, second = stores.turns.history("slack", f"T1:D1:{ts}", 5)
        [feedback] = stores.feedback.of_turn(first.id)
        assert feedback.good is True
        assert second.why["route"] == "related"
