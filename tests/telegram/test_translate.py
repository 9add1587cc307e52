"""What people do on Telegram becomes one event, or nothing, or a dead letter."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.keeper import UNREADABLE
from adapters.telegram.translate import Incoming, Me, Memory, translate
from storage.records import Choice, Correction, Message, Vote
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


def _answer(chats: Chats, text: str = "At eight.", **fields: Any) -> int:
    chats.chat(42)
    return int(chats.post(42, {"text": text, **fields}, None)["message_id"])


def test_a_thumb_is_a_vote(chats: Chats) -> None:
    message_id = _answer(chats, reply_markup=THUMBS)
    query = chats.press(f"b:{TURN}", chat=42, message_id=message_id, language="zh-cn")
    incoming = _read({"update_id": 7, "callback_query": query})
    assert incoming.event == Vote(
        platform="telegram",
        conversation_id="42",
        voter_id="42",
        turn_id=TURN,
        good=False,
        voted_at=NOW,
        workspace="shop",
    )
    assert incoming.press
    assert incoming.press.language == "zh"


def test_a_press_on_a_choice_is_a_choice(chats: Chats) -> None:
    query = chats.press(f"c2:{TURN}", chat=42, message_id=_answer(chats))
    event = _read({"update_id": 7, "callback_query": query}).event
    assert isinstance(event, Choice)
    assert (event.number, event.turn_id) == (2, TURN)
    assert event.message_id == f"press:{query['id']}"


@pytest.mark.parametrize(
    "data", ["", "x", "g:", "c:1", "cx:1", "good", "g:a b", "g" * 64]
)
def test_an_unknown_button_is_a_press_and_no_event(chats: Chats, data: str) -> None:
    query = chats.press(data, chat=42, message_id=_answer(chats))
    incoming = _read({"update_id": 7, "callback_query": query})
    assert incoming.event is None
    assert incoming.press


def test_a_press_on_a_message_that_is_gone_is_a_press_and_no_event(
    chats: Chats,
) -> None:
    query = chats.press(f"g:{TURN}", chat=42, message_id=_answer(chats))
    del query["message"]
    incoming = _read({"update_id": 7, "callback_query": query})
    assert incoming.event is None
    assert incoming.press


def _knows(message_id: int, *, disliked_by: str = "") -> Memory:
    return Memory(
        turn_of=lambda chat, message: (
            TURN if (chat, message) == ("42", str(message_id)) else None
        ),
        disliked=lambda turn, person: (turn, person) == (TURN, disliked_by),
    )


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("correct: At nine.", "At nine."),
        ("Correct : At nine. ", "At nine."),
        ("更正：九点。", "九点。"),
        ("更正:九点。", "九点。"),
    ],
)
def test_a_reply_that_says_so_is_a_correction(
    chats: Chats, written: str, right: str
) -> None:
    message_id = _answer(chats)
    reply = chats.write(written, chat=42, reply_to=message_id)
    event = _read({"update_id": 7, "message": reply}, _knows(message_id)).event
    assert isinstance(event, Correction)
    assert (event.text, event.turn_id, event.author_id) == (right, TURN, "42")


def test_the_thumbs_of_an_answer_tell_its_turn_even_if_nobody_remembers(
    chats: Chats,
) -> None:
    message_id = _answer(chats, reply_markup=THUMBS)
    reply = chats.write("correct: At nine.", chat=42, reply_to=message_id)
    event = _read({"update_id": 7, "message": reply}).event
    assert isinstance(event, Correction)
    assert event.turn_id == TURN


@pytest.mark.parametrize("written", ["correct: At nine.", "correct:", "At nine."])
def test_without_a_turn_or_a_text_it_is_a_message(chats: Chats, written: str) -> None:
    reply = chats.write(written, chat=42, reply_to=_answer(chats))
    assert _message(reply) is not None


def test_a_reply_to_our_question_after_a_thumb_down_is_a_correction(
    chats: Chats,
) -> None:
    asked = _answer(chats, "What should I have said?")
    memory = _knows(asked, disliked_by="42")
    reply = chats.write("At nine.", chat=42, reply_to=asked)
    event = _read({"update_id": 7, "message": reply}, memory).event
    assert isinstance(event, Correction)
    assert (event.text, event.turn_id) == ("At nine.", TURN)


@pytest.mark.parametrize(
    ("disliked_by", "markup", "written"),
    [
        ("", None, "At nine."),  # no thumb is down
        ("43", None, "At nine."),  # somebody else's is
        ("42", THUMBS, "And on Sundays?"),  # a reply to the answer itself
        ("42", None, "/human"),  # a command stays one
    ],
)
def test_an_ordinary_reply_to_the_bot_is_an_ordinary_message(
    chats: Chats, disliked_by: str, markup: Any, written: str
) -> None:
    fields = {"reply_markup": markup} if markup else {}
    said = _answer(chats, **fields)
    reply = chats.write(written, chat=42, reply_to=said)
    event = _message(reply, _knows(said, disliked_by=disliked_by))
    assert event
    assert event.text == written


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
