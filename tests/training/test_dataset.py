"""What people taught becomes examples: masked, once each, and never on both sides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.database import Database
from storage.records import (
    LabelledQuestion,
    ReviewState,
    Role,
    Source,
    StoredCorrection,
    Turn,
    Vote,
)
from tests.storage.make import message, turn
from tests.training.workspace import ANSWERS, START, fill
from training.dataset import Dataset, build, is_held_out


@pytest.fixture
def shop(sqlite_database: Database) -> Database:
    fill(sqlite_database)
    return sqlite_database


def made(database: Database) -> Dataset:
    with database.reading() as stores:
        return build(stores, "default")


def label(database: Database, text: str, intent: str, number: int = 900) -> None:
    with database.transaction() as stores:
        stores.questions.put(
            LabelledQuestion(
                id=f"q{number}",
                workspace="default",
                text=text,
                intent=intent,
                language="en",
                source="test",
                created_at=START,
            )
        )


def asked(number: int, text: str, intent: str = "track") -> Turn:
    source = Source(knowledge_id=f"{intent}-en", title="", score=1.0)
    base = turn(number, conversation=f"C{number}")
    return replace(
        base,
        message=message(number, f"C{number}", text=text),
        reply=replace(base.reply, text=ANSWERS[intent, "en"], sources=(source,)),
    )


def thumb(database: Database, said: Turn, *, good: bool, voter: str = "U1") -> None:
    with database.transaction() as stores:
        if stores.turns.get(said.id) is None:
            stores.turns.add(said)
        stores.feedback.vote(
            Vote(
                platform="slack",
                conversation_id=said.message.conversation_id,
                voter_id=voter,
                turn_id=said.id,
                good=good,
                voted_at=START,
            ),
            said,
        )


def test_one_group_in_ten_is_held_out_for_ever() -> None:
    sides = [is_held_out(f"group {number}") for number in range(5000)]
    assert 0.08 < sum(sides) / len(sides) < 0.12
    assert [number for number in range(40) if is_held_out(f"group {number}")] == [
        number for number in range(40) if sides[number]
    ]


def test_training_and_held_out_share_no_text(shop: Database) -> None:
    dataset = made(shop)
    train = {(each.language, each.text.lower()) for each in dataset.train}
    held_out = {(each.language, each.text.lower()) for each in dataset.held_out}
    assert train
    assert held_out
    assert not train & held_out


def test_the_same_rows_give_the_same_dataset_and_a_new_one_another(
    shop: Database,
) -> None:
    first = made(shop)
    assert made(shop) == first
    label(shop, "a question nobody asked before", "track")
    assert made(shop).fingerprint != first.fingerprint


def test_what_people_contradict_each_other_about_is_left_out(shop: Database) -> None:
    label(shop, "My thing!", "track", 901)
    label(shop, "my thing", "refund", 902)
    dataset = made(shop)
    assert "my thing" not in {each.text.lower() for each in dataset.train}
    why = {each.row_id: each.why for each in dataset.excluded}
    assert "contradict" in why["q901"]
    assert "contradict" in why["q902"]


def test_personal_data_is_masked_before_it_is_learnt(shop: Database) -> None:
    label(shop, "call me at +86 138 0013 8000 about jane@example.com", "track", 903)
    dataset = made(shop)
    found = [
        each.text for each in (*dataset.train, *dataset.held_out) if each.id == "q903"
    ]
    assert found
    assert "8000" not in found[0]
    assert "jane" not in found[0]


def test_a_thumb_up_confirms_and_a_thumb_down_teaches_nothing(shop: Database) -> None:
    thumb(shop, asked(1, "is the teapot near me yet"), good=True)
    thumb(shop, asked(2, "teapots are nice are they not"), good=False)
    thumb(shop, asked(3, "lids near me"), good=True)
    thumb(shop, asked(3, "lids near me"), good=False, voter="U2")
    dataset = made(shop)
    learnt = {
        each.text: each.intent
        for each in (*dataset.train, *dataset.held_out)
        if each.source == "vote"
    }
    assert learnt == {"is the teapot near me yet": "track"}
    assert {each.row_id for each in dataset.excluded} >= {"t2", "t3"}


def test_an_approved_correction_is_believed_before_a_vote(shop: Database) -> None:
    said = asked(4, "teapot gone astray", intent="hours")
    thumb(shop, said, good=True)
    with shop.transaction() as stores:
        for number, state in enumerate((ReviewState.APPROVED, ReviewState.PENDING)):
            stores.feedback.add_correction(
                StoredCorrection(
                    id=f"c{number}",
                    turn_id=said.id,
                    workspace="default",
                    platform="slack",
                    author_id="U9",
                    role=Role.AGENT,
                    question=said.message.text,
                    text=ANSWERS["track", "en"],
                    state=state,
                    knowledge_id=None,
                    created_at=START + timedelta(seconds=number),
                )
            )
    dataset = made(shop)
    every = (*dataset.train, *dataset.held_out)
    learnt = [each for each in every if each.text == "teapot gone astray"]
    assert [(each.source, each.intent) for each in learnt] == [("correction", "track")]
    assert ("c1", "waits for review") in {
        (each.row_id, each.why) for each in dataset.excluded
    }
