"""Releases, runs, leases, hand-overs: what learning and people rely on."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.problems import BadInput
from storage.records import HandOver, Release, RunState, Stage
from tests.storage.make import LEASE, NOW, later, run, turn


def release(version: str, stage: Stage = Stage.CANDIDATE) -> Release:
    return Release(
        version=version,
        stage=stage,
        manifest={"seed": 7, "scores": {"zh": 0.9}},
        reasons=("more right answers",),
        created_at=NOW,
    )


def test_a_release_comes_out_as_it_went_in(database: Database) -> None:
    with database.transaction() as stores:
        stores.releases.add(release("v0001"))
    with database.reading() as stores:
        assert stores.releases.get("v0001") == release("v0001")
        assert stores.releases.get("v0002") is None
        assert stores.releases.live() is None


def test_a_workspace_keeps_its_release_when_another_s_goes_live(
    database: Database,
) -> None:
    def of(workspace: str) -> str | None:
        with database.reading() as stores:
            live = stores.releases.live(workspace)
        return live.version if live else None

    with database.transaction() as stores:
        for number, workspace in enumerate(("bank", "shop", "bank"), start=1):
            one = release(f"v000{number}")
            named = {**one.manifest, "workspace": workspace}
            stores.releases.add(replace(one, manifest=named))
        stores.releases.promote("v0001", "cycle", NOW)
        stores.releases.promote("v0003", "cycle", later(1))
        stores.releases.promote("v0002", "cycle", later(2))
    assert (of("bank"), of("shop"), of("clinic")) == ("v0003", "v0002", None)
    with database.transaction() as stores:
        stores.releases.promote("v0001", "U9", later(3))  # the bank goes back
    assert (of("bank"), of("shop")) == ("v0001", "v0002")
    with database.transaction() as stores:
        stores.releases.retire_live()
    assert of("bank") is None


def test_versions_count_up_and_are_never_used_twice(database: Database) -> None:
    with database.transaction() as stores:
        assert stores.releases.next_version() == "v0001"
        for version in ("v0001", "v0002", "v9999"):
            stores.releases.add(release(version))
        assert stores.releases.next_version() == "v10000"
    with pytest.raises(IntegrityError), database.transaction() as stores:
        stores.releases.add(release("v0002"))


def test_promoting_retires_the_one_that_was_live_and_back_again(
    database: Database,
) -> None:
    with database.transaction() as stores:
        stores.releases.add(release("v0001"))
        stores.releases.add(release("v0002"))
        stores.releases.promote("v0001", "cycle", NOW)
        stores.releases.promote("v0002", "U9", later(1))
        stages = [each.stage for each in stores.releases.all()]
        assert stages == [Stage.RETIRED, Stage.LIVE]
        stores.releases.promote("v0001", "U9", later(2))
        live = stores.releases.live()
        assert live is not None
        assert (live.version, live.promoted_at, live.promoted_by) == (
            "v0001",
            later(2),
            "U9",
        )
        stores.releases.retire_live()
        assert stores.releases.live() is None


def test_promoting_what_is_live_already_keeps_it_live(database: Database) -> None:
    with database.transaction() as stores:
        stores.releases.add(release("v0001"))
        stores.releases.promote("v0001", "cycle", NOW)
        stores.releases.promote("v0001", "U9", NOW)
        live = stores.releases.live()
        assert live is not None
        assert live.version == "v0001"


def test_the_database_itself_refuses_two_live_releases(database: Database) -> None:
    with database.transaction() as stores:
        stores.releases.add(release("v0001", Stage.LIVE))
    with pytest.raises(IntegrityError), database.transaction() as stores:
        stores.releases.add(release("v0002", Stage.LIVE))


def test_promotions_at_the_same_time_leave_one_live(database: Database) -> None:
    versions = [f"v{number:04d}" for number in range(1, 7)]
    with database.transaction() as stores:
        for version in versions:
            stores.releases.add(release(version))

    def promote(version: str) -> None:
        with database.transaction() as stores:
            stores.releases.promote(version, "U9", NOW)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(promote, versions * 3))
    with database.reading() as stores:
        stages = [each.stage for each in stores.releases.all()]
    assert sorted(stages) == [Stage.LIVE] + [Stage.RETIRED] * 5


def test_a_rejected_release_is_kept_with_its_reasons(database: Database) -> None:
    with database.transaction() as stores:
        stores.releases.add(release("v0001"))
        stores.releases.reject("v0001", ["worse in Chinese"])
    with database.reading() as stores:
        kept = stores.releases.get("v0001")
    expected = replace(
        release("v0001"), stage=Stage.REJECTED, reasons=("worse in Chinese",)
    )
    assert kept == expected


def test_an_unknown_release_is_neither_promoted_nor_rejected(
    database: Database,
) -> None:
    with pytest.raises(BadInput, match="KF-112"), database.transaction() as stores:
        stores.releases.promote("v0009", "U9", NOW)
    with pytest.raises(BadInput, match="KF-112"), database.transaction() as stores:
        stores.releases.reject("v0009", [])


def test_a_run_tells_how_far_it_is_and_how_it_ended(database: Database) -> None:
    with database.transaction() as stores:
        assert stores.runs.current() is None
        assert stores.runs.last() is None
        stores.runs.start(run(1))
        stores.runs.start(run(2, trigger="schedule", pid=77))
        assert stores.runs.current() == run(2, trigger="schedule", pid=77)
    with database.transaction() as stores:
        stores.runs.update("r2", "train", 0.5, later(1))
        stores.runs.request_stop("r2")
    with database.transaction() as stores:
        half = stores.runs.current()
        assert half is not None
        assert (half.stage, half.progress, half.stop_requested) == ("train", 0.5, True)
        ended = ("v0004", "rejected", ["no better"])
        stores.runs.finish("r2", RunState.FINISHED, later(2), *ended)
        assert stores.runs.current() == run(1)
        last = stores.runs.last()
        assert last is not None
        assert (last.id, last.candidate, last.verdict) == ("r2", "v0004", "rejected")
        assert (last.reasons, last.updated_at) == (("no better",), later(2))
        assert stores.runs.get("r1") == run(1)


def test_an_unknown_run_is_a_clear_mistake(database: Database) -> None:
    with pytest.raises(BadInput, match="KF-114"), database.transaction() as stores:
        stores.runs.request_stop("r9")


def test_a_lease_has_one_holder_until_it_ends(database: Database) -> None:
    with database.transaction() as stores:
        leases = stores.leases
        assert leases.acquire("train", "a", NOW, LEASE)
        assert not leases.acquire("train", "b", later(59), LEASE)
        assert leases.acquire("train", "a", later(30), LEASE)
        assert not leases.acquire("train", "b", later(60), LEASE)
        assert leases.acquire("other", "b", NOW, LEASE)
        assert leases.acquire("train", "b", later(90), LEASE)
        assert not leases.renew("train", "a", later(91), LEASE)
        assert leases.renew("train", "b", later(100), LEASE)
        assert not leases.acquire("train", "a", later(151), LEASE)
        leases.release("train", "a")
        assert not leases.acquire("train", "a", later(151), LEASE)
        leases.release("train", "b")
        assert leases.acquire("train", "a", later(151), LEASE)


def test_of_many_that_want_a_lease_one_gets_it(database: Database) -> None:
    def acquire(holder: str) -> bool:
        with database.transaction() as stores:
            return stores.leases.acquire("train", holder, NOW, LEASE)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(acquire, "abcdefgh")) == 1


def test_a_slot_of_the_schedule_fires_once(database: Database) -> None:
    def tick(slot: str) -> bool:
        with database.transaction() as stores:
            return stores.leases.tick("train", slot, NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tick, ["2026-03-01"] * 8)) == 1
    assert tick("2026-03-02")


def test_a_request_for_a_person_is_open_until_somebody_takes_it(
    database: Database,
) -> None:
    wanted = HandOver(
        id="h1",
        workspace="default",
        platform="slack",
        conversation_id="C1",
        turn_id="t1",
        customer_id="U1",
        reason="asked",
        requested_at=NOW,
    )
    with database.transaction() as stores:
        stores.hand_overs.add(wanted)  # before its turn: one commit, any order
        stores.turns.add(turn(1))
    with database.transaction() as stores:
        assert stores.hand_overs.open("default") == [wanted]
        assert stores.hand_overs.open("another") == []
        stores.hand_overs.close("h1", later(1))
        stores.hand_overs.close("h1", later(2))
        assert stores.hand_overs.open("default") == []
