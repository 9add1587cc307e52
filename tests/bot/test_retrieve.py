"""The shelf finds what was asked for, quickly, and knows what is new."""

import time
import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot import Shelf, Shelves, as_passage
from bot.text import character_bigrams
from storage.database import Database
from storage.records import Knowledge, KnowledgeKind
from tests.bot.small import MORNING, SHOP, answer


class Encoder:
    """Vectors of hashed words; synonyms share a direction. Counts its work."""

    same = {"package": "parcel", "refund": "money"}

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        vectors = np.full((len(texts), 64), 1e-6, np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in character_bigrams(text):
                row[zlib.crc32(self.same.get(word, word).encode()) % 64] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def shelf(knowledge: Sequence[Knowledge], encode: Encoder | None = None) -> Shelf:
    made = Shelf(encode=encode)
    made.refresh(knowledge, 1)
    return made


def test_the_best_comes_first_and_the_very_question_scores_one() -> None:
    for made in (shelf(SHOP), shelf(SHOP, Encoder())):
        found = made.search("Where is my order?", "en", 3)
        assert found[0].knowledge.question == "Where is my order?"
        assert found[0].score == pytest.approx(1.0, abs=1e-5)
        assert len(found) == 3
        zh = made.search("怎么才能取消订单", "zh", 1)
        assert zh[0].knowledge.question == "怎么取消订单？"


def test_scores_are_between_nothing_and_one() -> None:
    made = shelf(SHOP, Encoder())
    for text in ("order", "订单订单订单", "zebra", "!?", "", "🙂", "x" * 5000):
        for language in ("en", "zh", "fr"):
            for found in made.search(text, language, 50):
                assert 0.0 <= found.score <= 1.0


def test_meaning_finds_what_words_do_not() -> None:
    knowledge = [
        answer("Where is my parcel?", "The parcel is on the map."),
        answer("How do I pay?", "By card or in cash."),
        answer("Who are you?", "A shop for pots and pans."),
        answer("Is there a shop in Bonn?", "Not in Bonn yet."),
    ]
    by_words = shelf(knowledge).search("package", "en", 1)[0]
    by_meaning = shelf(knowledge, Encoder()).search("package", "en", 1)[0]
    assert by_words.score == 0.0
    assert by_meaning.knowledge.question == "Where is my parcel?"
    assert by_meaning.score > 0.1


def test_an_encoder_that_knows_nothing_gets_no_say() -> None:
    def noise(texts: Sequence[str]) -> NDArray[np.float32]:
        numbers = [zlib.crc32(text.encode()) for text in texts]
        rows = [np.random.default_rng(number).normal(size=64) for number in numbers]
        vectors = np.asarray(rows, np.float32) + 3
        normal: NDArray[np.float32] = vectors / np.linalg.norm(
            vectors, axis=1, keepdims=True
        )
        return normal

    knowledge = [
        answer(f"What about thing {n}x?", f"About thing {n}x nothing is known.")
        for n in range(200)
    ]
    made = Shelf(encode=noise)
    made.refresh(knowledge, 1)
    for number in range(0, 200, 20):
        best = made.search(f"tell me of thing {number}x", "en", 1)[0]
        assert best.knowledge.question == f"What about thing {number}x?"


def test_only_what_changed_is_encoded_again() -> None:
    encode = Encoder()
    made = shelf(SHOP, encode)
    before = len(encode.encoded)
    made.refresh([*SHOP, answer("New?", "Brand new.")], 2)
    assert encode.encoded[before:] == ["New?", "Brand new."]
    assert made.version == 2
    made.refresh(SHOP[:1], 3)
    assert len(encode.encoded) == before + 2
    assert made.search("New?", "en", 5)[0].knowledge == SHOP[0]


def test_passages_and_answers_can_be_asked_for_apart() -> None:
    made = shelf(SHOP)
    passages = made.search("gift wrap", "en", 9, KnowledgeKind.PASSAGE)
    assert [each.knowledge.question for each in passages] == ["Gift wrap"]
    answers = made.search("gift wrap", "en", 9, KnowledgeKind.ANSWER)
    assert {each.knowledge.kind for each in answers} == {KnowledgeKind.ANSWER}
    assert made.exact("gift wrap", "en") is None  # a passage is no question


def test_the_last_word_on_an_intent_or_a_question_stands() -> None:
    later = MORNING.replace(hour=12)
    old = answer("Where?", "Old.", intent="where")
    new = answer("Where?", "New.", intent="where", source="b.csv", updated_at=later)
    ours = answer("where", "Corrected.", source="correction")
    for order in ([old, new, ours], [ours, new, old]):
        made = shelf(order)
        exact, canonical = made.exact("WHERE?", "en"), made.by_intent("where", "en")
        assert exact is not None
        assert exact.text == "Corrected."
        assert canonical is not None
        assert canonical.text == "New."


def test_other_languages_answer_only_where_there_is_none_of_ones_own() -> None:
    made = shelf(SHOP)
    assert {p.knowledge.language for p in made.search("订单", "zh", 9)} == {"zh"}
    assert made.search("order", "fr", 1)[0].knowledge.question.endswith("order?")
    assert made.by_intent("order_status", "fr") is not None
    assert made.by_intent("nothing", "zh") is None


def test_an_empty_shelf_finds_nothing() -> None:
    empty = Shelf(encode=None)
    assert empty.search("anything", "en", 5) == ()
    assert empty.exact("anything", "en") is None
    assert empty.exact("?", "en") is None
    assert empty.by_intent("anything", "en") is None
    assert empty.get("anything") is None


def test_a_passage_is_written_from_with_its_heading() -> None:
    assert (
        as_passage(SHOP[-2]) == "Gift wrap\nGift wrap costs ¥12 and comes with a card."
    )
    assert as_passage(answer("", "Only text.")) == "Only text."


def test_a_change_in_the_database_is_seen_at_once(sqlite_database: Database) -> None:
    encode = Encoder()
    shelves = Shelves(reading=sqlite_database.reading, encode=encode)
    assert shelves.of("default").search("umbrella", "en", 1) == ()
    new = answer("Do you sell umbrellas?", "Yes.")
    with sqlite_database.transaction() as stores:
        stores.knowledge.put(new)
    assert shelves.of("default").exact("do you sell umbrellas", "en") == new
    assert shelves.of("another").exact("do you sell umbrellas", "en") is None
    encoded = len(encode.encoded)
    shelves.of("default")
    assert len(encode.encoded) == encoded
    with sqlite_database.transaction() as stores:
        stores.knowledge.retire(new.id)
    assert shelves.of("default").exact("do you sell umbrellas", "en") is None


def many(count: int) -> list[Knowledge]:
    return [
        answer(
            f"How do I mend the handle of lamp number {n} in room {n % 37}?",
            f"Take the screwdriver of lamp {n}, turn twice and wait {n % 9} days for "
            "the glue to dry; the manual of the room shows every step with pictures.",
        )
        for n in range(count)
    ]


def refreshed_in(count: int) -> float:
    """Seconds of processor time to put so many entries on a shelf."""

    def quick(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), 384), 384**-0.5, np.float32)

    knowledge, made = many(count), Shelf(encode=quick)
    started = time.process_time()
    made.refresh(knowledge, 1)
    return time.process_time() - started


def test_filling_a_shelf_grows_with_what_is_put_on_it_and_not_faster() -> None:
    refreshed_in(100)  # the first pays for imports
    assert refreshed_in(2000) < 4 * 8 * refreshed_in(250)
