"""Questions that recur and nothing answers: found in the log that the bot keeps."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot import Shelf
from bot.cli.gaps import text, write
from bot.clusters import cluster, vectors
from bot.gaps import ADD_WORDING, EXTEND, MEND, WRITE, Asked, Gap, Seen, gaps, look
from bot.importing.waiting import Waiting, keep
from bot.model.encoder import Encoder
from bot.text import question_key
from storage.database import Database
from storage.records import Turn, Vote
from tests.bot.events import press
from tests.bot.small import MORNING, SHOP, THRESHOLDS, Shop, answer, message, open_shop
from tests.model.conftest import encoder

__all__ = ["encoder"]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database)


def ask(
    shop: Shop, words: str, conversation: str = "C1", sender: str = "carla"
) -> Turn:
    asked = message(words, conversation=conversation, sender=sender)
    return shop.desk.answer(asked)


def thumb_down(shop: Shop, turn: Turn, times: int = 1) -> None:
    event = Vote(
        platform="slack",
        conversation_id=turn.message.conversation_id,
        voter_id="carla",
        turn_id=turn.id,
        good=False,
        voted_at=MORNING,
    )
    for _ in range(times):
        shop.desk.learn(event)


def seen(shop: Shop, since: datetime = LONG_AGO) -> Seen:
    with shop.looking() as stores:
        return look(stores.turns.judged("default", since))


def reasons(shop: Shop) -> dict[str, list[str]]:
    return {each.text: sorted(each.reasons) for each in seen(shop).unanswered}


def found(shop: Shop, encoder: Encoder, least: int = 2) -> list[Gap]:
    with shop.looking() as stores:
        knowledge = stores.knowledge.all("default")
    shelf = Shelf(encode=encoder.encode)
    shelf.refresh(knowledge, 1)
    return gaps(
        seen(shop).unanswered,
        encode=encoder.encode,
        shelf=shelf,
        thresholds={"en": THRESHOLDS, "zh": THRESHOLDS},
        least=least,
    )


def test_what_nothing_answers_counts_and_what_is_answered_does_not(shop: Shop) -> None:
    ask(shop, "where is my parcel")
    ask(shop, "hello there")
    ask(shop, "/help")
    ask(shop, "?!")
    ask(shop, "do you sell gift cards", "C2")
    assert reasons(shop) == {"do you sell gift cards": ["declined"]}
    assert seen(shop).questions == 2


def test_a_question_back_counts_only_while_it_led_nowhere(shop: Shop) -> None:
    ask(shop, "something about an order", "open")
    shop.desk.answer(press(ask(shop, "an order of mine", "C1").id, 0))
    shop.desk.answer(press(ask(shop, "the order thing", "C1").id, 2))
    ask(shop, "order order", "again")
    ask(shop, "the order of last week", "again")
    ask(shop, "about this order", "settled")
    ask(shop, "where is my parcel", "settled")
    assert reasons(shop) == {
        "something about an order": ["clarified"],
        "the order thing": ["declined"],
        "the order of last week": ["declined"],
    }


def test_going_to_a_person_counts_for_the_question_before(shop: Shop) -> None:
    ask(shop, "where is my parcel")
    ask(shop, "/human")
    ask(shop, "sing me a song", "C2")
    ask(shop, "yes", "C2")
    ask(shop, "转人工", "C3")
    assert reasons(shop) == {
        "where is my parcel": ["handed_over"],
        "sing me a song": ["declined", "handed_over"],
    }
    assert seen(shop).wordless == 1


def test_a_thumb_down_counts_until_it_is_taken_back(shop: Shop) -> None:
    thumb_down(shop, ask(shop, "where is my parcel"))
    thumb_down(shop, ask(shop, "how do I send back a pan", "C2"), times=2)
    chosen = shop.desk.answer(press(ask(shop, "this order", "C1").id, 0))
    thumb_down(shop, chosen)
    assert reasons(shop) == {
        "where is my parcel": ["disliked"],
        "this order": ["disliked"],
    }


def test_personal_data_is_never_shown(shop: Shop) -> None:
    ask(shop, "call 13812345678 or mail a.b@example.com about order number A-10012")
    [only] = seen(shop).unanswered
    for secret in ("13812345678", "example.com", "10012"):
        assert secret not in only.text
    assert "[phone]" in only.text


def test_only_the_days_asked_for_and_the_workspace_count(shop: Shop) -> None:
    ask(shop, "do you sell gift cards")
    shop.clock.wait(86_400)
    ask(shop, "is there a student discount")
    with shop.looking() as stores:
        assert not look(stores.turns.judged("bank", LONG_AGO)).questions
    late = seen(shop, MORNING + timedelta(hours=1))
    assert [each.text for each in late.unanswered] == ["is there a student discount"]


def test_recurring_questions_come_together_in_both_languages_the_commonest_first(
    shop: Shop, encoder: Encoder
) -> None:
    cards = ["do you sell gift cards", "Do you sell gift cards?", "有礼品卡卖吗"]
    cards += ["can I buy a gift card here", "你们卖礼品卡吗"]
    students = ["is there a student discount", "discount for students?"]
    for number, words in enumerate([*cards, *students, "sing me a song"]):
        ask(shop, words, f"C{number}", f"customer {number % 4}")
        shop.clock.wait(60)
    first, second = found(shop, encoder)
    assert (first.count, first.customers) == (5, 4)
    assert first.languages == ("en", "zh")
    assert first.examples[0] == "do you sell gift cards"
    assert (first.first_seen, first.last_seen) == (
        MORNING,
        MORNING + timedelta(minutes=4),
    )
    assert first.reasons == {"declined": 5}
    assert second.count == 2
    assert len(found(shop, encoder, least=1)) == 3
    assert found(shop, encoder) == [first, second]  # the same again


def test_what_was_approved_meanwhile_is_no_gap(shop: Shop, encoder: Encoder) -> None:
    ask(shop, "do you sell gift cards")
    ask(shop, "Do you sell gift cards?", "C2")
    assert found(shop, encoder)
    with shop.database.transaction() as stores:
        stores.knowledge.put(answer("Do you sell gift cards?", "Yes."))
    assert not found(shop, encoder)


def test_what_to_do_depends_on_what_is_near(shop: Shop, encoder: Encoder) -> None:
    for number, words in enumerate(
        ["is there a student discount", "wrapping of a gift", "Hello how is it"]
    ):
        ask(shop, words, f"C{number}")
    for each in found(shop, encoder, least=1):
        assert each.nearest is not None
        near = each.nearest.score
        wanted = WRITE if near < THRESHOLDS.ground else EXTEND
        if near >= THRESHOLDS.match:
            wanted = ADD_WORDING
        assert each.todo == wanted
    thumb_down(shop, ask(shop, "where is my parcel", "C9"))
    mended = [each for each in found(shop, encoder, least=1) if each.todo == MEND]
    assert [each.examples for each in mended] == [("where is my parcel",)]


def test_the_file_can_be_answered_and_holds_no_formula(
    shop: Shop, encoder: Encoder, tmp_path: Path
) -> None:
    ask(shop, "=HYPERLINK(1) gift cards")
    ask(shop, "你们卖礼品卡吗", "C2")
    some = found(shop, encoder, least=1)
    write(tmp_path / "gaps.csv", some)
    with (tmp_path / "gaps.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["question"] for row in rows} == {
        "'=HYPERLINK(1) gift cards",
        "你们卖礼品卡吗",
    }
    assert {row["answer"] for row in rows} == {""}
    told = text(30, seen(shop), some, 1)
    assert "2 questions in 30 days; 2 were not answered" in told
    assert "and 1 more" in told


# --- clusters ------------------------------------------------------------------------


def test_what_a_person_answered_in_an_old_chat_is_no_gap(shop: Shop) -> None:
    old = Waiting(
        workspace="default",
        question="do you sell gift cards",
        answer="Yes, in every shop.",
        language="en",
        source="export.zip",
        conversation_id="C9",
        imported_at=MORNING,
    )
    with shop.database.transaction() as stores:
        assert keep(stores, old) == "added"
    assert not seen(shop).unanswered
    assert not seen(shop).wordless


def test_an_empty_log_has_no_gaps(encoder: Encoder) -> None:
    shelf = Shelf(encode=encoder.encode)
    assert look([]) == Seen(questions=0, unanswered=(), wordless=0)
    for asked in ([], [_asked("?!")]):
        assert gaps(asked, encode=encoder.encode, shelf=shelf, thresholds={}) == []
    alone = gaps([_asked("hi")], encode=encoder.encode, shelf=shelf, thresholds={})
    assert [(each.count, each.nearest, each.todo) for each in alone] == [
        (1, None, WRITE)
    ]


def test_the_shops_own_questions_fall_into_their_topics(encoder: Encoder) -> None:
    texts = [each.question for each in SHOP]
    texts += ["Where's my order", "我的订单去哪儿了？", "how to cancel an order"]
    labels = cluster(vectors(texts, encoder.encode))
    of = dict(zip(map(question_key, texts), labels, strict=True))

    def same(one: str, other: str) -> bool:
        return of[question_key(one)] == of[question_key(other)]

    assert same("Where is my order?", "Where's my order")
    assert same("我的订单到哪里了？", "我的订单去哪儿了？")
    assert same("How can I cancel my order?", "how to cancel an order")
    assert not same("Where is my order?", "Do you ship to Japan?")


def test_beyond_what_is_compared_each_with_each_the_rest_joins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.clusters._EXACT", 40)
    chance = np.random.default_rng(1)
    centres = chance.normal(size=(20, 64))
    rows = np.repeat(centres, 10, axis=0) + chance.normal(size=(200, 64)) * 0.2
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    order = chance.permutation(200)
    labels = cluster(rows[order].astype(np.float32))
    truth: Sequence[int] = [int(place) // 10 for place in order]
    pairs = set(zip(labels, truth, strict=True))
    assert len(pairs) == len(set(labels)) == 20


def _asked(words: str) -> Asked:
    return Asked(text=words, language="en", at=MORNING, sender="slack:carla")
