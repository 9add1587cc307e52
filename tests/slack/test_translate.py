"""Reading Slack's payloads: plain text, the right place, and never a surprise."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import mrkdwn
from adapters.slack.place import Place, place_of
from adapters.slack.translate import Arrival, Malformed, Me, to_arrival
from storage.records import Choice, Correction, Message, Vote
from tests.fakes import slack_events as events

ME = Me(user_id="UBOT", workspace="shop")
AT = datetime(2026, 11, 1, tzinfo=UTC)


def read(payload: dict[str, Any]) -> Arrival | None:
    return to_arrival(payload, ME, AT)


def message_of(payload: dict[str, Any]) -> Message:
    arrival = read(payload)
    assert arrival is not None
    assert isinstance(arrival.event, Message)
    return arrival.event


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("<@UBOT> hello", "hello"),
        ("hello <@UBOT>", "hello"),
        ("see <https://a.example/x?a=1&amp;b=2>", "see https://a.example/x?a=1&b=2"),
        ("see <https://a.example|the page>", "see the page"),
        ("write <mailto:a@b.example|a@b.example>", "write a@b.example"),
        ("<tel:+8613800138000|138 0013 8000>", "138 0013 8000"),
        ("in <#C1|general> or <#C2>", "in #general or #C2"),
        ("ask <@U5|ann> or <@U6>", "ask @ann or @U6"),
        ("<!here> and <!subteam^S1|@team>", "@here and @team"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;", "&lt;"),
        ("退款多久到账？", "退款多久到账？"),
        ("", ""),
    ],
)
def test_slacks_markup_is_read_as_plain_text(sent: str, plain: str) -> None:
    assert message_of(events.message(sent, ts="1.1")).text == plain


def test_the_message_carries_slacks_own_names_and_time() -> None:
    payload = events.mention(
        "hi", ts="1760000001.000200", thread_ts="1760000000.000100"
    )
    arrival = read(payload)
    assert arrival is not None
    assert arrival.key == "message:C1:1760000001.000200"
    assert not arrival.if_taking_part
    message = message_of(payload)
    assert message.conversation_id == "T1:C1:1760000000.000100"
    assert message.message_id == "1760000001.000200"
    assert message.sender_id == "U1"
    assert message.sent_at == datetime.fromtimestamp(1760000001.0002, UTC)


def test_a_mention_in_a_group_message_and_a_file_are_for_us() -> None:
    group = message_of(events.message("<@UBOT> hi", ts="1.1", channel="M1"))
    assert group.text == "hi"
    shared = events.message("", ts="1.1", subtype="file_share", files=[{"id": "F1"}])
    assert message_of(shared).text == ""
    broadcast = events.message("hi", ts="1.2", subtype="thread_broadcast")
    assert message_of(broadcast).text == "hi"


def test_a_reply_in_a_channels_thread_is_ours_only_if_we_take_part() -> None:
    reply = events.message("and?", ts="2.1", channel="C1", thread_ts="1.1")
    arrival = read(reply)
    assert arrival is not None
    assert arrival.if_taking_part
    asked = "<@U9> can you look at this?"
    assert read(events.message(asked, ts="2.1", channel="C1", thread_ts="1.1")) is None
    direct = read(events.message("and?", ts="2.1", thread_ts="1.1"))
    assert direct is not None
    assert not direct.if_taking_part


@pytest.mark.parametrize(
    ("name", "rest", "said"),
    [
        ("/kefu", "", "/help"),
        ("/kefu", "Status", "/Status"),
        ("/kefu", "train stop", "/train stop"),
        ("/kefu", "why", "/why"),
        ("/kefu", "forget", "/forget"),
        ("/kefu", "why is it late", "why is it late"),
        ("/kefu", "status of my order?", "status of my order?"),
        ("/kefu", "how do I return a pan?", "how do I return a pan?"),
        ("/train", "", "/train"),
        ("/status", "", "/status"),
    ],
)
def test_slash_commands_say_what_they_would_say_elsewhere(
    name: str, rest: str, said: str
) -> None:
    message = message_of(events.command(name, rest))
    assert message.text == said
    assert message.conversation_id == "T1:C1:@U1"
    assert message.sent_at == AT


def post(**more: Any) -> dict[str, Any]:
    button = {
        "action_id": "vote:good",
        "value": "t1",
        "text": {"type": "plain_text", "text": "x"},
    }
    made = {
        "method": "chat.postMessage",
        "channel": "C1",
        "ts": "2.1",
        "thread_ts": "1.1",
        "text": "x",
        "blocks": [{"type": "actions", "elements": [button]}],
    }
    return made | more


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (post(), "T1:C1:1.1"),
        (post(thread_ts=None), "T1:C1:2.1"),
        (post(thread_ts=None, method="chat.postEphemeral"), "T1:C1:@U1"),
        (post(thread_ts=None, channel="D1"), "T1:D1:@U1"),
    ],
)
def test_a_press_belongs_to_the_conversation_of_its_post(
    made: dict[str, Any], place: str
) -> None:
    arrival = read(events.press(made, "vote:good", action_ts="3.1"))
    assert arrival is not None
    assert arrival.key == "action:3.1:U1:vote:good"
    assert arrival.event.conversation_id == place
    assert place_of(place).conversation_id == place


@pytest.mark.parametrize("bad", ["T1:C1", "T1:C1:x", "T1:C1:", "T1:C1:1.1:2", ""])
def test_a_conversation_that_is_not_slacks_is_no_place(bad: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        place_of(bad)


def test_a_place_knows_a_direct_channel() -> None:
    assert Place("T1", "D1", thread="1.1").is_direct
    assert not Place("T1", "C1", thread="1.1").is_direct


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
GOOD = [
    events.message("hi", ts="1.1"),
    events.mention("hi", ts="1.1"),
    events.command("/train", "status"),
    events.press(post(), "vote:good"),
    events.submission(
        {
            "callback_id": "correction",
            "id": "V1",
            "private_metadata": json.dumps({"turn_id": "t", "conversation_id": "c"}),
            "blocks": [
                {"type": "input", "block_id": "text", "element": {"action_id": "text"}}
            ],
        },
        "better",
    ),
]


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A good payload with one value, somewhere, replaced by another."""
    payload: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(GOOD))))
    at: Any = payload
    while True:
        keys = [*at] if isinstance(at, dict) else [*range(len(at))]
        key = draw(st.sampled_from(keys))
        if isinstance(at[key], dict | list) and at[key] and draw(st.booleans()):
            at = at[key]
            continue
        at[key] = draw(values)
        return payload


@given(broken())
def test_whatever_slack_sends_is_an_event_or_none_or_malformed(
    payload: dict[str, Any],
) -> None:
    try:
        arrival = read(payload)
    except Malformed:
        return
    if arrival is not None:
        assert isinstance(arrival.event, Message | Vote | Correction | Choice)
        assert arrival.key


@given(st.text())
def test_what_is_written_is_read_back_as_it_was(text: str) -> None:
    written = mrkdwn.write(text)
    assert mrkdwn.read(written) == text.strip()
