"""Presses and replies on Telegram become votes, choices and corrections."""

from datetime import UTC, datetime
from typing import Any

import pytest

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


@pytest.fixture
def chats() -> Chats:
    return Chats("kefu_bot")


def _read(update: Any, memory: Memory = NOBODY) -> Incoming:
    return translate(update, me=ME, workspace="shop", memory=memory, received_at=NOW)


def _message(message: dict[str, Any], memory: Memory = NOBODY) -> Message | None:
    event = _read({"update_id": 7, "message": message}, memory).event
    assert event is None or isinstance(event, Message)
    return event


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
