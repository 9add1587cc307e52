"""Turns are kept exactly as they happened, and found again in their order."""

from datetime import UTC, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from storage.database import Database
from storage.records import Action, Origin, Reply, ReviewState
from tests.storage.make import NOW, correction, later, message, turn, vote


def test_a_turn_comes_out_as_it_went_in(database: Database) -> None:
    whole = turn(
        message=message(
            text="\x00 half \ud83d a pair, DLE \x10, مرحبا 👍", reply_to="m0"
        ),
        reply=Reply(text="?", origin=Origin.FIXED, choices=("一", "二")),
        action=Action.CLARIFY,
    )
    with database.transaction() as stores:
        stores.turns.add(whole)
    with database.reading() as stores:
        assert stores.turns.get("t1") == whole
        assert stores.turns.get("t2") is None


def test_history_is_the_last_turns_oldest_first(database: Database) -> None:
    with database.transaction() as stores:
        for number in range(1, 8):
            stores.turns.add(turn(number, "C1" if number % 2 else "C2"))
    with database.reading() as stores:
        odd = stores.turns.history("slack", "C1", 3)
        assert [each.id for each in odd] == ["t3", "t5", "t7"]
        assert stores.turns.history("telegram", "C1", 3) == []
        assert len(stores.turns.history("slack", "C1", 100)) == 4


def test_a_message_is_answered_by_one_turn_only(database: Database) -> None:
    with database.transaction() as stores:
        stores.turns.add(turn(1))
    with pytest.raises(IntegrityError), database.transaction() as stores:
        stores.turns.add(turn(1, id="another"))


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="zone"), database.transaction() as stores:
        stores.turns.add(turn(1, answered_at=naive))


def test_times_of_any_zone_come_back_as_the_same_moment(database: Database) -> None:
    beijing = timezone(timedelta(hours=8))
    with database.transaction() as stores:
        stores.turns.add(turn(1, answered_at=NOW.astimezone(beijing)))
    with database.reading() as stores:
        kept = stores.turns.get("t1")
        assert kept is not None
        assert (kept.answered_at, kept.answered_at.tzinfo) == (NOW, UTC)
        assert len(list(stores.turns.since(NOW.astimezone(beijing)))) == 1


def test_turns_since_a_moment_come_in_order_however_many(database: Database) -> None:
    with database.transaction() as stores:
        for number in range(1200):
            stores.turns.add(turn(number))
    with database.reading() as stores:
        found = [each.id for each in stores.turns.since(later(100))]
    assert found == [f"t{number}" for number in range(100, 1200)]


def test_reviewed_turns_come_with_standing_votes_and_corrections(
    database: Database,
) -> None:
    with database.transaction() as stores:
        turns = [turn(number) for number in range(4)]
        for each in turns:
            stores.turns.add(each)
        stores.feedback.vote(vote(True, turn="t1"), turns[1])
        stores.feedback.vote(vote(False, voter="U2", turn="t1"), turns[1])
        stores.feedback.vote(vote(False, turn="t2"), turns[2])
        stores.feedback.vote(vote(False, turn="t2"), turns[2])  # withdrawn
        stores.feedback.add_correction(correction(1, "t3"))
        stores.feedback.review("c1", ReviewState.APPROVED, "k9")
    with database.reading() as stores:
        reviewed = list(stores.turns.reviewed())
    assert [each[0].id for each in reviewed] == ["t1", "t3"]
    assert [vote.good for vote in reviewed[0][1]] == [True, False]
    assert not reviewed[0][2]
    assert not reviewed[1][1]
    [kept] = reviewed[1][2]
    assert (kept.state, kept.knowledge_id) == (ReviewState.APPROVED, "k9")


def test_a_workspaces_turns_since_a_day_come_with_the_votes_that_stand(
    database: Database,
) -> None:
    with database.transaction() as stores:
        for number in range(1, 701):
            name = "shop" if number % 4 else "bank"
            stores.turns.add(turn(number, message=message(number, workspace=name)))
        for number, voter in ((301, "U1"), (301, "U2"), (699, "U1")):
            voted = stores.turns.get(f"t{number}")
            assert voted is not None
            stores.feedback.vote(vote(False, voter=voter, turn=voted.id), voted)
        taken_back = stores.turns.get("t302")
        assert taken_back is not None
        for _ in range(2):
            stores.feedback.vote(vote(False, turn="t302"), taken_back)
    with database.reading() as stores:
        judged = list(stores.turns.judged("shop", later(20)))
    assert [each.id for each, _ in judged] == [f"t{n}" for n in range(20, 701) if n % 4]
    voters = {each.id: [v.voter_id for v in votes] for each, votes in judged if votes}
    assert voters == {"t301": ["U1", "U2"], "t699": ["U1"]}
