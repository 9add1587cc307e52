"""The shelf finds what was asked for, quickly, and knows what is new."""

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot import Shelf, Shelves, as_passage
from bot.text import character_bigrams
from bot.typical import NEAREST
from bot.vectors import Vectors
from storage.database import Database
from storage.records import Knowledge, KnowledgeKind
from tests.bot.small import MORNING, SHOP, answer
from tests.growth import times_as_much


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


def quick(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.full((len(texts), 384), 384**-0.5, np.float32)


def test_filling_a_shelf_grows_with_what_is_put_on_it_and_not_faster() -> None:
    few, eight_times = many(125), many(1000)
    cost = times_as_much(
        lambda: Shelf(encode=quick).refresh(eight_times, 1),
        lambda: Shelf(encode=quick).refresh(few, 1),
    )
    assert cost < 24  # 8 where it grows evenly, 64 where it grows by the square


def ids(made: Shelf, text: str, limit: int = 3, language: str = "en") -> list[str]:
    return [each.knowledge.id for each in made.search(text, language, limit)]


def test_a_shelf_that_was_changed_finds_what_one_filled_at_once_finds() -> None:
    knowledge, encode = many(60), Encoder()
    step_by_step, wanted = Shelf(encode=encode), knowledge[:1]
    step_by_step.refresh(wanted, 1)
    for number, new in enumerate(knowledge[1:], start=2):
        retired = [knowledge[number - 3].id] if number % 4 == 0 else []
        step_by_step.change([new], retired, number)
        wanted = [each for each in [*wanted, new] if each.id not in retired]
    at_once = Shelf(encode=encode)
    at_once.refresh(wanted, 1)
    for number in range(0, 60, 7):
        asked = f"mend lamp {number} in which room"
        assert ids(step_by_step, asked) == ids(at_once, asked)
        for one, other in zip(
            step_by_step.search(asked, "en", 3),
            at_once.search(asked, "en", 3),
            strict=True,
        ):
            assert one.score == pytest.approx(other.score, abs=0.05)
    assert all(step_by_step.get(each.id) == each for each in wanted)
    gone = {each.id for each in knowledge} - {each.id for each in wanted}
    assert gone
    assert not any(map(step_by_step.get, gone))


def test_a_change_that_comes_late_does_not_bring_back_the_old() -> None:
    made = shelf(SHOP)
    newer, older = answer("New?", "Second."), answer("New?", "First.")
    made.change([newer], [], 3)
    made.change([older], [], 2)
    found = made.exact("new", "en")
    assert found is not None
    assert (found.text, made.version) == ("Second.", 3)


def test_a_changed_answer_replaces_the_old_and_may_change_its_language() -> None:
    made = shelf(SHOP)
    old = SHOP[0]
    new = replace(old, question="Wo ist mein Paket?", text="Unterwegs.", language="de")
    made.change([new], [], 2)
    assert made.get(old.id) == new
    assert made.exact("Where is my order?", "en") is None
    assert made.search("Paket", "de", 1)[0].knowledge == new
    assert old.id not in ids(made, "Where is my order?", 20)


LARGE = 4200


@pytest.fixture(scope="module")
def large() -> tuple[Shelf, Shelf]:
    """The same entries twice: in lists, and as parts whose every entry is measured."""
    knowledge, encode = many(LARGE), Encoder()
    listed, plain = Shelf(encode=encode), Shelf(encode=encode)
    listed.refresh(knowledge, 1)
    for start in range(0, LARGE, 2100):
        plain.change(knowledge[start : start + 2100], [], start + 2)
    return listed, plain


def test_a_large_shelf_finds_what_looking_at_everything_finds(
    large: tuple[Shelf, Shelf],
) -> None:
    listed, plain = large
    same = 0
    for number in range(0, LARGE, 84):
        asked = f"mend the handle of lamp {number}"
        best = ids(plain, asked, 1)
        same += best == ids(listed, asked, 1)
        assert best[0] in ids(listed, asked, 8)
    assert same >= 48  # of 50; equal ranks may be ordered otherwise


def test_a_large_shelf_is_changed_at_the_cost_of_the_change(
    large: tuple[Shelf, Shelf],
) -> None:
    listed, _ = large
    numbers, few, encode = itertools.count(), many(LARGE // 20), Encoder()

    def change() -> None:
        number = next(numbers)
        new = answer(f"Where is umbrella {number}x?", f"In stand {number}.")
        listed.change([new], [], 10 + number)
        found = listed.search(f"where is umbrella {number}x", "en", 1)
        assert found[0].knowledge == new
        assert found[0].score == pytest.approx(1.0, abs=0.01)

    def fill() -> None:
        Shelf(encode=encode).refresh(few, 1)

    # One more is on the shelf and found before a twentieth of it could be made anew.
    assert times_as_much(change, fill) < 0.5
    first = listed.search("lamp 17 in room 17", "en", 1)[0].knowledge
    listed.change([], [first.id], 99)
    assert first.id not in ids(listed, "lamp 17 in room 17", 20)
    assert listed.get(first.id) is None


def test_passages_are_found_among_very_many_answers(
    large: tuple[Shelf, Shelf],
) -> None:
    listed, _ = large
    passage = answer("Lamps", "Lamps need oil.", kind=KnowledgeKind.PASSAGE)
    listed.change([passage], [], 100)
    found = listed.search("how do I mend the lamp", "en", 9, KnowledgeKind.PASSAGE)
    assert [each.knowledge for each in found] == [passage]


def test_a_text_without_a_heading_is_found_by_what_it_says() -> None:
    texts = [
        ("", "水壶要用软布擦干，不能放进洗碗机。"),
        ("", "会员每消费一元得一分，一百分可换一元。"),
        ("", "门店每天十点开门，晚上九点关门。"),
    ]
    knowledge = [
        replace(answer(q, t, "zh", kind=KnowledgeKind.PASSAGE), id=t) for q, t in texts
    ]
    made = shelf(knowledge, Encoder())
    best = made.search("门店几点关门？", "zh", 1)[0]
    assert best.knowledge == knowledge[2]
    assert made.exact("", "zh") is None


def test_after_a_restart_knowledge_is_not_encoded_again(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.transaction() as stores:
        for each in SHOP:
            stores.knowledge.put(each)
    encoded = []
    for _ in range(2):
        encode = Encoder()
        vectors = Vectors(encode, tmp_path / "texts", 64)
        shelves = Shelves(
            reading=sqlite_database.reading, encode=encode, vectors=vectors
        )
        assert shelves.of("default").search("gift wrap", "en", 1)
        encoded.append(len(encode.encoded))
    assert encoded[0] > 20
    assert encoded[1] == 1  # the question alone


CANCEL = (
    answer("how do I cancel order 1", "Open My orders and tap Cancel.", intent="stop"),
    answer("cancel it, please", "Tap Cancel below My orders.", intent="stop"),
    answer("I cancel my order", "Open My orders and tap Cancel it.", intent="stop"),
    answer("stop the order", "Sorry about the delay, have a nice day!", intent="stop"),
)


@pytest.mark.parametrize("encode", [None, Encoder()])
def test_of_many_answers_to_an_intent_the_typical_one_is_said(
    encode: Encoder | None,
) -> None:
    made = Shelf(encode=encode)
    made.refresh(CANCEL, 1)
    found = made.by_intent("stop", "en", "how can I cancel an order?")
    assert found is not None
    assert found.text == "Open My orders and tap Cancel."
    newest = replace(CANCEL[3], updated_at=CANCEL[3].updated_at + timedelta(days=1))
    made.refresh((*CANCEL[1:3], newest), 2)
    again = made.by_intent("stop", "en", "how can I cancel an order?")
    assert again is not None
    assert again.text != newest.text
    assert made.by_intent("stop", "en") == newest  # nobody asked


def test_of_two_answers_the_newer_and_of_many_a_correction_is_said() -> None:
    made = shelf(CANCEL[2:])
    newer = replace(CANCEL[3], updated_at=CANCEL[3].updated_at + timedelta(days=1))
    made.refresh((CANCEL[2], newer), 2)
    assert made.by_intent("stop", "en", "cancel") == newer
    corrected = replace(CANCEL[3], id=CANCEL[3].id[::-1], source="correction")
    made.refresh((*CANCEL, corrected), 3)
    assert made.by_intent("stop", "en", "how can I cancel an order?") == corrected


def test_only_answers_to_the_nearest_questions_have_a_say() -> None:
    def many(count: int, asked: str, *texts: str) -> list[Knowledge]:
        return [
            answer(f"{asked} {n}", texts[n % len(texts)], intent="stop")
            for n in range(count)
        ]

    lamps = many(2 * NEAREST, "my lamp is broken", "Send the lamp back.")
    orders = many(NEAREST, "stop the order", "Tap Cancel.", "Tap on Cancel.")
    made = shelf([*lamps, *orders], Encoder())
    for asked, said in (("stop the order", "Tap"), ("my lamp is broken", "Send")):
        found = made.by_intent("stop", "en", asked)
        assert found is not None
        assert found.text.startswith(said)
