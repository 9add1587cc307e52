"""An agent who writes in a customer's thread speaks to the customer, not to kefu."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.slack.app import SlackChannel
from bot.taking_part import TAKING_PART
from storage.database import Database
from storage.records import Role, Turn
from tests.bot.small import SHOP, Shop, open_shop
from tests.fakes import slack_events as events
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_socket import until
from tests.offering import work

PARCEL, TRACK = "where is my parcel", "Open My orders, tap Track."
Say = Callable[..., Awaitable[None]]


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database, knowledge=[replace(e, workspace="shop") for e in SHOP])


@pytest.fixture
def root(slack: FakeSlack) -> str:
    """The thread that a customer began by asking kefu for her parcel."""
    return slack.stamp()


@pytest.fixture
async def say(slack: FakeSlack, channel: SlackChannel, shop: Shop, root: str) -> Say:
    """Say something in the thread, and let the desk see to it."""

    async def said(text: str, user: str = "U1", *, to_kefu: bool = False) -> None:
        make = events.mention if to_kefu else events.message
        payload = make(text, ts=slack.stamp(), channel="C1", user=user, thread_ts=root)
        await slack.acked(await slack.deliver(payload))
        await asyncio.to_thread(work, shop, shop.desk)
        channel.wake()

    asked = events.mention(PARCEL, ts=root, channel="C1")
    await slack.acked(await slack.deliver(asked))
    await asyncio.to_thread(work, shop, shop.desk)
    channel.wake()
    await until(lambda: said_by(slack) == [TRACK])
    return said


def said_by(slack: FakeSlack) -> list[str]:
    return [post["text"] for post in slack.posts]


def turns(database: Database, root: str) -> list[Turn]:
    with database.reading() as stores:
        return stores.turns.history("slack", f"T1:C1:{root}", 20)


@pytest.mark.parametrize("agent", ["ann", "boss"])
async def test_what_an_agent_says_to_a_customer_is_kept_and_not_answered(
    agent: str, say: Say, slack: FakeSlack, database: Database, root: str
) -> None:
    await say("Do you ship to Japan?", agent)  # kefu would know
    await say("Do you ship to Japan?")
    await until(lambda: len(slack.posts) == 2)
    assert said_by(slack) == [TRACK, "Yes, from ¥68."]  # the customer's alone
    _, kept, _ = turns(database, root)
    assert (kept.message.text, kept.reply.text) == ("Do you ship to Japan?", "")
    assert kept.message.role in (Role.AGENT, Role.ADMIN)
    assert kept.why[TAKING_PART] == kept.message.role
    with database.reading() as stores:
        assert stores.inbox.dead(5) == []
        assert stores.inbox.pending() == 0


async def test_an_agent_who_mentions_kefu_or_commands_is_heard(
    say: Say, slack: FakeSlack, shop: Shop
) -> None:
    await say("Do you ship to Japan?", "ann", to_kefu=True)
    await until(lambda: said_by(slack)[1:] == ["Yes, from ¥68."])
    await say("!why", "ann")
    await until(lambda: said_by(slack)[2:] == ["did why"])
    assert [each.name for each in shop.errands.done] == ["why"]


async def test_a_question_of_kefus_own_may_be_answered_by_the_agent_it_went_to(
    say: Say, slack: FakeSlack, database: Database, root: str
) -> None:
    await say("something about an order", "ann", to_kefu=True)
    await until(lambda: len(slack.posts) == 2)
    await say("1", "ann")
    await until(lambda: len(slack.posts) == 3)
    assert turns(database, root)[-1].why["route"] == "choice"


async def test_a_customer_whom_an_agent_interrupts_goes_on_where_she_was(
    say: Say, slack: FakeSlack, database: Database, root: str
) -> None:
    await say("something about an order")
    await until(lambda: len(slack.posts) == 2)
    await say("I am having a look", "ann")
    await say("1")
    await until(lambda: len(slack.posts) == 3)
    assert turns(database, root)[-1].why["route"] == "choice"


async def test_who_waited_for_a_person_has_one_when_an_agent_writes(
    say: Say, database: Database
) -> None:
    def waiting() -> int:
        with database.reading() as stores:
            return len(stores.hand_overs.open("shop"))

    await say("转人工")
    assert waiting() == 1
    await say("Hello, this is Ann.", "ann")
    assert waiting() == 0


async def test_an_agent_in_a_thread_of_her_own_is_a_customer_like_any(
    slack: FakeSlack, channel: SlackChannel, shop: Shop
) -> None:
    shop.clock.time = datetime.now(UTC)
    mine = slack.stamp()
    first = events.mention(PARCEL, ts=mine, channel="C1", user="ann")
    more = events.message(
        "Do you ship to Japan?",
        ts=slack.stamp(),
        channel="C1",
        user="ann",
        thread_ts=mine,
    )
    for payload in (first, more):
        await slack.acked(await slack.deliver(payload))
        await asyncio.to_thread(work, shop, shop.desk)
    channel.wake()
    await until(lambda: said_by(slack) == [TRACK, "Yes, from ¥68."])
