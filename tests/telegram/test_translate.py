"""What people do on Telegram becomes one event, or nothing, or a dead letter."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.keeper import UNREADABLE
from adapters.telegram.translate import Incoming, Me, Memory, translate
from storage.records import Message
from tests.fakes.telegram_chats import Chats

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ME = Me(id=7000000001, username="kefu_bot")
NOBODY = Memory(turn_of=lambda *_: None, disliked=lambda *_: False)
TURN = "0123456789abcdef" * 2
THUMBS = {
    "inline_keyboard": [
        [
            {"text": "👍", "callback_data": f"g:{TURN}"},
            {"text": "👎", "callback_data": f"b:{TURN}"},
        ]
    ]
}
OTHERS_COMMAND = {"type": "bot_command", "offset": 0, "length": 16}


@pytest.fixture
def chats() -> Chats:
    return Chats("kefu_bot")


def _read(update: Any, memory: Memory = NOBODY) -> Incoming:
    return translate(update, me=ME, workspace="shop", memory=memory, received_at=NOW)


def _message(message: dict[str, Any], memory: Memory = NOBODY) -> Message | None:
    event = _read({"update_id": 7, "message": message}, memory).event
    assert event is None or isinstance(event, Message)
    return event


def test_a_private_message(chats: Chats) -> None:
    written = chats.write("Where is it?", chat=42)
    incoming = _read({"update_id": 7, "message": written})
    assert incoming.key == "update:7"
    assert incoming.event == Message(
        platform="telegram",
        conversation_id="42",
        message_id="1",
        sender_id="42",
        text="Where is it?",
        sent_at=datetime.fromtimestamp(written["date"], UTC),
        workspace="shop",
    )


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "document", "location"])
def test_what_is_not_text_is_an_empty_message(chats: Chats, kind: str) -> None:
    fields: dict[str, Any] = {kind: {}}
    event = _message(chats.write(None, chat=42, **fields))
    assert event
    assert event.text == ""


def test_a_caption_is_what_is_asked(chats: Chats) -> None:
    event = _message(chats.write(None, chat=42, photo=[], caption="Is this broken?"))
    assert event
    assert event.text == "Is this broken?"


def test_an_album_is_one_message(chats: Chats) -> None:
    keys = {
        _read(
            {
                "update_id": number,
                "message": chats.write(None, chat=42, photo=[], media_group_id="9"),
            }
        ).key
        for number in range(3)
    }
    assert keys == {"album:42:9"}


@pytest.mark.parametrize(
    "fields",
    [
        {"pinned_message": {}},
        {"new_chat_members": []},
        {"text": "hi", "is_automatic_forward": True},
        {"text": "hi", "from": {"id": 5, "is_bot": True}},
        {"text": "hi", "sender_chat": {"id": -9}},
        {"text": "hi", "chat": {"id": -9, "type": "channel"}},
        {"text": "/start@other_bot", "entities": [OTHERS_COMMAND]},
    ],
    ids=str,
)
def test_what_no_person_says_to_us_is_nothing(
    chats: Chats, fields: dict[str, Any]
) -> None:
    assert _message(chats.write(None, chat=42) | fields) is None


@pytest.mark.parametrize(
    "kind", ["edited_message", "my_chat_member", "poll", "message_reaction"]
)
def test_other_kinds_of_update_are_nothing(kind: str) -> None:
    incoming = _read({"update_id": 7, kind: {"anything": 1}})
    assert (incoming.event, incoming.press) == (None, None)


def test_an_anonymous_administrator_is_a_person(chats: Chats) -> None:
    anonymous = {"id": 1087968824, "is_bot": True}
    event = _message(
        chats.write("/help", chat=-5, sender_chat={"id": -5}) | {"from": anonymous}
    )
    assert event
    assert event.sender_id == "-5"


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("What do you think?", None),
        ("@somebody what do you think?", None),
        ("@kefu_bot open today?", "open today?"),
        ("🙂🙂 open @Kefu_Bot today?", "🙂🙂 open  today?"),
        ("/help", "/help"),
        ("/help@kefu_bot now", "/help now"),
        ("/help@other_bot", None),
        ("@kefu_bot", ""),
    ],
)
def test_in_a_group_only_what_is_said_to_the_bot_is_heard(
    chats: Chats, written: str, heard: str | None
) -> None:
    event = _message(chats.write(written, chat=-5, user=42))
    assert (event.text if event else None) == heard


def test_a_person_without_a_user_name_can_mention_the_bot(chats: Chats) -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 4, "user": {"id": ME.id}}
    event = _message(chats.write("kefu hello", chat=-5, user=42, entities=[entity]))
    assert event
    assert event.text == "hello"


def test_in_a_group_a_reply_to_the_bot_is_heard_and_to_others_not(
    chats: Chats,
) -> None:
    chats.chat(-5)
    said = chats.post(-5, {"text": "Anything else?"}, None)
    other = chats.write("hm", chat=-5, user=43)
    event = _message(chats.write("yes", chat=-5, reply_to=said["message_id"]))
    assert event
    assert (event.text, event.reply_to) == ("yes", str(said["message_id"]))
    assert _message(chats.write("yes", chat=-5, reply_to=other["message_id"])) is None


def test_a_topic_made_by_the_bot_does_not_make_all_in_it_replies(
    chats: Chats,
) -> None:
    chats.chat(-5)
    made = chats.post(-5, {"forum_topic_created": {"name": "red"}}, None)
    written = chats.write("hm", chat=-5, reply_to=made["message_id"], thread=3)
    assert _message(written) is None


def test_topics_are_conversations_and_threads_of_replies_are_not(
    chats: Chats,
) -> None:
    topic = _message(chats.write("/help", chat=-5, thread=3))
    reply = _message(chats.write("/help", chat=-5, message_thread_id=3))
    assert topic
    assert reply
    assert (topic.conversation_id, reply.conversation_id) == ("-5:3", "-5")


@pytest.mark.parametrize(
    "update",
    [
        None,
        [],
        {},
        {"update_id": "x", "message": {}},
        {"update_id": 7, "message": None},
        {"update_id": 7, "message": {"text": "hi"}},
        {"update_id": 7, "message": {"text": "hi", "chat": 1, "from": 2}},
        {"update_id": 7, "callback_query": {"id": "1"}},
        {"update_id": 7, "callback_query": {"id": "1", "from": {}, "message": 3}},
    ],
    ids=str,
)
def test_what_is_malformed_is_refused_as_unreadable(update: Any) -> None:
    with pytest.raises(UNREADABLE):
        _read(update)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    field=st.sampled_from(
        ["message_id", "date", "chat", "from", "text", "entities", "reply_to_message"]
        + ["message_thread_id", "is_topic_message", "sender_chat", "media_group_id"]
    ),
    value=_JSON,
)
def test_whatever_a_field_holds_the_update_is_read_or_refused(
    field: str, value: Any
) -> None:
    message = Chats("kefu_bot").write("/help", chat=-5, user=42) | {field: value}
    try:
        _read({"update_id": 7, "message": message})
    except UNREADABLE:
        return
