"""Thumbs, choices, and the question what it should have said."""

import json

import pytest

from adapters.slack.app import SlackChannel
from storage.records import Choice, Correction, Vote
from tests.fakes import slack_events as events
from tests.fakes.slack import FakeSlack, Fault
from tests.fakes.slack_socket import until
from tests.slack.conftest import Answering

Json = events.Json


@pytest.fixture
async def post(slack: FakeSlack, channel: SlackChannel, answering: Answering) -> Json:
    """A reply with choices and thumbs, in a channel's thread."""
    assert channel.healthy
    payload = events.mention("refund?", ts=slack.stamp())
    await slack.acked(await slack.deliver(payload))
    answering.all(choices=("Refund time", "Refund how"), text="Which one?")
    await until(lambda: len(slack.posts) == 1)
    return slack.posts[0]


async def press(slack: FakeSlack, post: Json, button: str, user: str = "U1") -> Json:
    pressed = events.press(post, button, user=user)
    assert await slack.acked(await slack.deliver(pressed, "interactive")) < 3.0
    return pressed


async def test_a_thumb_up_is_a_vote_on_that_turn(
    slack: FakeSlack, answering: Answering, post: Json
) -> None:
    await press(slack, post, "vote:good", user="U5")
    [vote] = answering.all()
    assert isinstance(vote, Vote)
    assert vote.good
    assert vote.voter_id == "U5"
    assert vote.conversation_id == f"T1:C1:{post['thread_ts']}"
    assert vote.workspace == "shop"
    assert slack.views == []


async def test_a_press_that_slack_tells_twice_counts_once(
    slack: FakeSlack, answering: Answering, post: Json
) -> None:
    pressed = await press(slack, post, "vote:bad")
    await slack.acked(await slack.deliver(pressed, "interactive"))
    assert len(answering.all()) == 1
    await until(lambda: len(slack.views) == 1)


async def test_a_thumb_down_asks_what_it_should_have_said(
    slack: FakeSlack, answering: Answering, post: Json
) -> None:
    await press(slack, post, "vote:bad")
    await until(lambda: len(slack.views) == 1)
    [view] = slack.views
    assert "refund?" in json.dumps(view["blocks"])
    assert "Which one?" in json.dumps(view["blocks"])
    sent = events.submission(view, " Five working days. ", user="U1")
    envelope = await slack.deliver(sent, "interactive")
    assert await slack.acked(envelope) < 3.0
    assert envelope.payload_ack is None
    vote, correction = answering.all()
    assert isinstance(vote, Vote)
    assert isinstance(correction, Correction)
    assert not vote.good
    assert correction.text == "Five working days."
    assert correction.turn_id == vote.turn_id
    assert correction.conversation_id == vote.conversation_id
    assert correction.author_id == "U1"
    assert correction.workspace == "shop"


async def test_the_question_is_asked_in_the_language_of_the_turn(
    slack: FakeSlack, channel: SlackChannel, answering: Answering
) -> None:
    payload = events.message("退款多久？", ts=slack.stamp())
    await slack.acked(await slack.deliver(payload))
    answering.all(language="zh")
    await until(lambda: len(slack.posts) == 1)
    await press(slack, slack.posts[0], "vote:bad")
    await until(lambda: len(slack.views) == 1)
    assert "应该怎么回答" in json.dumps(slack.views, ensure_ascii=False)
    assert channel.healthy


async def test_taking_a_thumb_down_back_asks_nothing(
    slack: FakeSlack, answering: Answering, post: Json
) -> None:
    await press(slack, post, "vote:bad")
    answering.all()
    await until(lambda: len(slack.views) == 1)
    await press(slack, post, "vote:bad")
    answering.all()
    await press(slack, post, "vote:bad")  # up, down, up
    await until(lambda: len(slack.views) == 2)


async def test_an_answer_without_words_keeps_the_modal_open(
    slack: FakeSlack, answering: Answering, post: Json
) -> None:
    await press(slack, post, "vote:bad")
    await until(lambda: len(slack.views) == 1)
    answering.all()
    for text in ("   ", None):
        sent = events.submission(slack.views[0], text)
        envelope = await slack.deliver(sent, "interactive")
        await slack.acked(envelope)
        assert envelope.payload_ack is not None
        assert envelope.payload_ack["response_action"] == "errors"
    assert answering.all() == []


async def test_the_vote_counts_although_the_modal_does_not_open(
    slack: FakeSlack, channel: SlackChannel, answering: Answering, post: Json
) -> None:
    slack.fail("views.open", Fault("error", error="expired_trigger_id"))
    await press(slack, post, "vote:bad")
    assert len(answering.all()) == 1
    assert slack.views == []
    assert channel.healthy


async def test_a_choice_is_an_event_of_its_own(
    slack: FakeSlack, answering: Answering, post: Json
) -> None:
    await press(slack, post, "choice:1")
    [choice] = answering.all()
    assert isinstance(choice, Choice)
    assert choice.number == 1
    assert choice.conversation_id == f"T1:C1:{post['thread_ts']}"
    assert choice.sender_id == "U1"
    assert choice.turn_id


async def test_buttons_that_are_not_ours_are_acked_and_ignored(
    slack: FakeSlack, answering: Answering, post: Json
) -> None:
    pressed = events.press(post, "choice:1")
    pressed["actions"][0]["action_id"] = "somebody:else"
    await slack.acked(await slack.deliver(pressed, "interactive"))
    view = {"callback_id": "another", "id": "V1", "blocks": [], "type": "modal"}
    other = {"type": "view_submission", "view": view, "user": {"id": "U1"}}
    await slack.acked(await slack.deliver(other, "interactive"))
    assert answering.all() == []
