"""What others asked next: learnt from the log, offered under an answer, taken there."""

import zlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bot import Bot, Desk, Shelf
from bot.related import LEAST, NEAR, Related
from bot.retrieve import CORRECTION
from bot.text import character_bigrams
from storage.database import Database
from storage.records import Action, Knowledge, Role, Turn
from storage.stores import Stores
from tests.bot.events import arguments_of, correction, desk_with, press, vote
from tests.bot.small import SHOP, Shop, answer, message, open_shop
from tests.growth import times_as_much

PARCEL, BACK = "where is my parcel", "how do I send back a pan"
ASIDE = answer("What are your opening hours?", "From nine to nine.", intent="hours")


def offering(shop: Shop, most: int = 2) -> tuple[Desk, Related]:
    """A desk whose bot offers related questions, and what it learns them with."""
    related = Related(reading=shop.database.reading, most=most)
    return desk_with(
        shop, Bot(**arguments_of(shop.bot) | {"related": related})
    ), related


@pytest.fixture
def shop(sqlite_database: Database) -> Shop:
    return open_shop(sqlite_database, knowledge=(*SHOP, ASIDE))


def say(desk: Desk, text: str, who: str, conversation: str = "") -> Turn:
    asked = message(text, sender=who, conversation=conversation or f"of {who}")
    return desk.answer(asked)


def history(desk: Desk, people: Sequence[str], *texts: str) -> None:
    for who in people:
        for text in texts:
            say(desk, text, who)


FEW = [f"u{n}" for n in range(LEAST - 1)]
ENOUGH = [f"u{n}" for n in range(LEAST)]


def test_what_enough_people_asked_next_is_offered(
    database: Database,
) -> None:
    shop = open_shop(database, knowledge=(*SHOP, ASIDE))
    desk, related = offering(shop)
    history(desk, ENOUGH, PARCEL, "what are your opening hours")
    related.learn("default")
    turn = say(desk, PARCEL, "carla")
    assert turn.reply.text == "Open My orders, tap Track."
    assert turn.reply.choices[0] == "What are your opening hours?"
    first = turn.why["related"][0]
    assert (first["because"], first["people"]) == ("asked_next", LEAST)
    with shop.looking() as stores:
        assert stores.turns.get(turn.id) == turn


def test_fewer_people_teach_nothing_and_one_person_counts_once(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, FEW, PARCEL, "what are your opening hours")
    for number in range(9):
        for text in (PARCEL, "what are your opening hours"):
            say(desk, text, FEW[0], f"again {number}")
    related.learn("default")
    assert not [
        each
        for each in say(desk, PARCEL, "carla").why.get("related", ())
        if each["because"] == "asked_next"
    ]


def test_what_one_language_teaches_the_other_knows(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, ENOUGH, "我的包裹呢", "怎么退货")
    related.learn("default")
    turn = say(desk, PARCEL, "carla")
    assert turn.reply.choices[0] == "How do I return an item?"
    assert turn.why["related"][0]["because"] == "asked_next"


def test_a_customers_own_words_are_never_offered(shop: Shop) -> None:
    desk, related = offering(shop)
    turn = say(desk, "my number is A-1, is there a discount for me", "carla")
    said = replace(correction(turn, "Yes, ten percent.", author="ann"), role=Role.AGENT)
    shop.desk.learn(replace(said, conversation_id="of carla"))
    history(desk, ENOUGH, PARCEL, "my number is A-1, is there a discount for me")
    related.learn("default")
    with shop.looking() as stores:
        learnt = [k for k in stores.knowledge.all("default") if k.source == CORRECTION]
    assert learnt  # it is approved, and still not shown
    turn = say(desk, PARCEL, "dora")
    assert not [each for each in turn.reply.choices if "A-1" in each]


def test_small_talk_and_what_is_retired_are_never_offered(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, ENOUGH, PARCEL, "hello", "what are your opening hours")
    with shop.database.transaction() as stores:
        stores.knowledge.retire(ASIDE.id)
    related.learn("default")
    choices = say(desk, PARCEL, "carla").reply.choices
    assert not {"Hello", "What are your opening hours?"} & set(choices)


def test_a_press_leads_to_the_answer_and_to_what_comes_after(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, ENOUGH, PARCEL, "what are your opening hours", BACK)
    related.learn("default")
    asked = say(desk, PARCEL, "carla", "C1")
    turn = desk.answer(press(asked.id, 0))
    assert (turn.action, turn.reply.text) == (Action.ANSWER, "From nine to nine.")
    assert turn.message.text == "What are your opening hours?"
    assert turn.understanding.intent == "hours"
    assert turn.why["route"] == "related"
    assert turn.why["question"] == "What are your opening hours?"
    assert turn.reply.choices[0] == "How do I return an item?"
    assert "Where is my order?" not in turn.reply.choices  # that was answered already


def test_a_related_question_may_be_typed_in_its_words(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, ENOUGH, PARCEL, "what are your opening hours")
    related.learn("default")
    say(desk, PARCEL, "carla")
    turn = say(desk, "WHAT are your opening hours", "carla")
    assert (turn.why["route"], turn.reply.text) == ("related", "From nine to nine.")


def test_a_number_after_an_answer_is_a_message(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, ENOUGH, PARCEL, "what are your opening hours")
    related.learn("default")
    assert say(desk, PARCEL, "carla").reply.choices
    assert say(desk, "1", "carla").why["route"] == "decline"
    say(desk, "something about an order", "dora")
    assert say(desk, "1", "dora").why["route"] == "choice"  # there it is a choice


def test_what_was_offered_and_taken_teaches_nothing(shop: Shop) -> None:
    desk, related = offering(shop, most=3)
    history(desk, ENOUGH, PARCEL, "what are your opening hours")
    related.learn("default")
    for number in range(7):
        turn = say(desk, PARCEL, f"v{number}", "C1")
        desk.answer(replace(press(turn.id, 0), sender_id=f"v{number}"))
    related.learn("default")
    first = say(desk, PARCEL, "carla", "C2").why["related"][0]
    assert first["people"] == LEAST


def test_nothing_is_offered_to_the_angry_or_where_it_is_off(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, ENOUGH, PARCEL, "what are your opening hours")
    related.learn("default")
    angry = "where is my parcel?! this is outrageous, you useless idiots!!!"
    assert not say(desk, angry, "carla").reply.choices
    off, related = offering(shop, most=0)
    related.learn("default")
    assert not say(off, PARCEL, "dora").reply.choices
    assert not shop.desk.answer(message(PARCEL, conversation="C7")).reply.choices


def test_a_thumb_counts_for_the_answer_and_questions_back_stay(shop: Shop) -> None:
    desk, related = offering(shop)
    history(desk, ENOUGH, PARCEL, "what are your opening hours")
    related.learn("default")
    turn = say(desk, PARCEL, "carla", "C1")
    assert turn.reply.choices
    desk.learn(vote(turn))
    with shop.looking() as stores:
        [feedback] = stores.feedback.of_turn(turn.id)
        assert feedback.knowledge_ids == (turn.reply.sources[0].knowledge_id,)
    asked = say(desk, "something about an order", "carla", "C2")
    assert asked.reply.choices[-1] == "None of these"
    assert "related" not in asked.why


# --- without a log: what is near ------------------------------------------------------


def _encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Words in common are meaning in common."""
    rows = np.zeros((len(texts), 512), np.float32)
    for place, text in enumerate(texts):
        for token in character_bigrams(text):
            rows[place, zlib.crc32(token.encode()) % 512] += 1.0
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows


def stocked(knowledge: Sequence[Knowledge]) -> Shelf:
    shelf = Shelf(encode=_encode)
    shelf.refresh(knowledge, 1)
    return shelf


def test_without_a_log_the_nearest_questions_are_offered(
    sqlite_database: Database,
) -> None:
    pieces = [
        answer("How long does delivery take?", "2 days.", intent="a"),
        answer("How long does delivery take to Tibet?", "8 days.", intent="b"),
        answer("How long does the delivery take", "2 days.", source="copy", intent="a"),
        answer("Who are you?", "A shop.", intent="c"),
        answer("配送要多久？", "两天。", "zh", intent="a"),
        answer("送到西藏要多久？", "八天。", "zh", intent="b"),
    ]
    related = Related(reading=sqlite_database.reading, most=3)
    shelf = stocked(pieces)
    offers = related.offers(pieces[0].id, "default", shelf, [])
    assert [each.knowledge.question for each in offers] == [pieces[1].question]
    assert offers[0].because == NEAR
    assert not related.offers(pieces[0].id, "default", shelf, [pieces[1].id])
    assert not related.offers("gone", "default", shelf, [])
    [chinese] = related.offers(pieces[4].id, "default", shelf, [])
    assert chinese.knowledge.language == "zh"


class Counting:
    """Counts what is slow: texts that are encoded, and times the database is read."""

    def __init__(self, database: Database) -> None:
        self.encoded, self.read, self._database = 0, 0, database

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        return _encode(texts)

    def reading(self) -> AbstractContextManager[Stores]:
        self.read += 1
        return self._database.reading()


def test_it_costs_a_reply_little_beside_the_searches_for_it(
    sqlite_database: Database,
) -> None:
    pieces = [
        answer(
            f"How do I {n} the {n * 7 % 90} of a {n % 40}?", f"Do {n}.", intent=f"{n}"
        )
        for n in range(2000)
    ]
    counting = Counting(sqlite_database)
    related = Related(reading=counting.reading, most=2)
    related.learn("default")
    shelf = Shelf(encode=counting.encode)
    shelf.refresh(pieces, 1)
    counting.encoded = counting.read = 0

    def offer() -> None:
        for piece in pieces[::100]:
            related.offers(piece.id, "default", shelf, [])

    def search() -> None:
        for piece in pieces[::100]:
            shelf.search(piece.question, "en", 5)

    offer()
    assert (counting.encoded, counting.read) == (0, 0)
    assert times_as_much(offer, search) < 4  # about one search of the same shelf
