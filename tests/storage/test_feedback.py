"""One vote per voter and turn, changed or withdrawn at will; corrections stay."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.problems import BadInput
from storage.records import Feedback, ReviewState, Role
from tests.storage.make import NOW, correction, later, turn, vote


def cast(database: Database, good: bool, seconds: int, voter: str = "U1") -> Feedback:
    with database.transaction() as stores:
        return stores.feedback.vote(vote(good, later(seconds), voter), turn(1))


@pytest.fixture(autouse=True)
def _a_turn(database: Database) -> None:
    with database.transaction() as stores:
        stores.turns.add(turn(1))


def test_a_vote_says_which_release_and_knowledge_it_is_about(
    database: Database,
) -> None:
    stands = cast(database, True, 0)
    assert stands == Feedback(
        turn_id="t1",
        voter_id="U1",
        platform="slack",
        role=Role.CUSTOMER,
        good=True,
        model_version="v0003",
        knowledge_ids=("k1",),
        created_at=NOW,
        updated_at=NOW,
    )
    with database.reading() as stores:
        assert stores.feedback.of_turn("t1") == [stands]


def test_the_same_thumb_again_withdraws_and_the_other_one_changes(
    database: Database,
) -> None:
    thumbs = [True, True, True, False, False, False]
    stands = [cast(database, good, at).good for at, good in enumerate(thumbs)]
    assert stands == [True, None, True, False, None, False]
    with database.reading() as stores:
        [kept] = stores.feedback.of_turn("t1")
    assert (kept.created_at, kept.updated_at) == (NOW, later(5))


def test_every_voter_has_a_vote_of_their_own(database: Database) -> None:
    cast(database, True, 0, "U1")
    cast(database, False, 1, "U2")
    with database.reading() as stores:
        votes = stores.feedback.of_turn("t1")
    assert [(each.voter_id, each.good) for each in votes] == [
        ("U1", True),
        ("U2", False),
    ]


def test_hammering_the_thumb_leaves_one_vote(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: cast(database, True, at), range(21)))
    with database.reading() as stores:
        [kept] = stores.feedback.of_turn("t1")
    assert kept.good is True  # an odd number of presses


def test_a_vote_on_a_turn_that_is_not_there_is_not_kept(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as stores:
        stores.feedback.vote(vote(True, turn="gone"), turn(2, id="gone"))


def test_a_correction_is_reviewed_and_stays(database: Database) -> None:
    with database.transaction() as stores:
        stores.feedback.add_correction(correction(1))
        stores.feedback.add_correction(correction(2))
    with database.transaction() as stores:
        stores.feedback.review("c2", ReviewState.APPROVED, "k2")
    with database.reading() as stores:
        assert stores.feedback.corrections(ReviewState.PENDING) == [correction(1)]
        [approved] = stores.feedback.corrections(ReviewState.APPROVED)
        assert approved.knowledge_id == "k2"
        assert [each.id for each in stores.feedback.corrections()] == ["c1", "c2"]


def test_new_feedback_can_be_counted(database: Database) -> None:
    cast(database, True, 10, "U1")
    cast(database, True, 20, "U2")
    cast(database, True, 30, "U3")
    cast(database, True, 31, "U3")  # withdrawn
    with database.transaction() as stores:
        stores.feedback.add_correction(correction(1))
        assert stores.feedback.count_since(None) == 3
        assert stores.feedback.count_since(NOW) == 3
        assert stores.feedback.count_since(later(15)) == 1


def test_an_unknown_correction_cannot_be_reviewed(database: Database) -> None:
    with pytest.raises(BadInput, match="KF-113"), database.transaction() as stores:
        stores.feedback.review("c9", ReviewState.REJECTED)
