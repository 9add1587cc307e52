"""The learning cycle, end to end, on a real database with real but tiny models."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.encoder import Encoder
from bot.model.load import BaseModel, load_generator
from bot.model.manifest import Manifest
from bot.text import question_key
from storage.database import Database
from storage.records import Run, RunState, Stage
from tests.training.workspace import (
    START,
    Models,
    cycle_of,
    fill,
    labelled_question,
    questions,
)
from training.cycle import Cycle
from training.dataset import is_held_out
from training.registry import Registry
from training.result import CycleResult
from training.work import LEASE, LEASE_TIME

_CHILD = """
import sys
from pathlib import Path
from bot.model.encoder import Encoder
from bot.model.load import resolve_base
from storage.database import Database
from tests.training.workspace import Models, cycle_of
url, home, base, cache, first = sys.argv[1:]
models = Models(resolve_base(base), Encoder.load(None, Path(cache)), Path(home))
def tell(stage, share):
    print(stage, flush=True)
from dataclasses import replace
cycle = cycle_of(Database(url), models, first_id=int(first))
cycle = replace(cycle, progress=tell)
cycle.run(trigger="command", requested_by="x", workspace="default", force=True)
"""


@pytest.fixture
def shop(sqlite_database: Database) -> Database:
    fill(sqlite_database)
    return sqlite_database


def learn(
    cycle: Cycle, *, generator: bool = False, force: bool = False, dry_run: bool = False
) -> CycleResult:
    return cycle.run(
        trigger="command",
        requested_by="slack:U1",
        workspace="default",
        generator=generator,
        force=force,
        dry_run=dry_run,
    )


def live(database: Database) -> str | None:
    with database.reading() as stores:
        release = stores.releases.live()
    return release.version if release else None


def relabel_what_is_trained_on(database: Database) -> None:
    """Shuffle the labels, but not those of the questions that measure."""
    shuffled = list(questions(shuffled=True))
    with database.transaction() as stores:
        for number, labelled in enumerate(shuffled):
            if not is_held_out(question_key(labelled[0])):
                stores.questions.put(labelled_question(number, *labelled))


def test_a_cycle_makes_a_release_that_answers_what_it_never_saw(
    shop: Database, models: Models
) -> None:
    stages: list[str] = []
    cycle = replace(
        cycle_of(shop, models), progress=lambda stage, _: stages.append(stage)
    )
    result = learn(cycle, generator=True)
    assert (result.verdict, result.candidate, live(shop)) == ("live", "v0001", "v0001")
    assert result.scores["overall"]["right"]["share"] > 0.6
    assert list(dict.fromkeys(stages)) == [
        "intents",
        "generator",
        "evaluate",
        "promote",
    ]
    folder = models.releases / "v0001"
    assert {path.name for path in folder.iterdir()} >= {
        "manifest.json",
        "lora",
        "intents",
        "report.md",
        "report.json",
        "README.md",
    }
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert "labelled questions used" in report
    curves = models.releases.parent / "runs" / "v0001"
    assert list(curves.glob("events.out.tfevents*"))
    model = models.load("v0001")
    assert model.manifest is not None
    assert model.intents is not None
    assert model.intents.predict("track my big kettle", "en").intent == "track"
    with shop.reading() as stores:
        run = stores.runs.last()
    assert run is not None
    assert (run.state, run.candidate) == (RunState.FINISHED, "v0001")
    assert learn(cycle).verdict == "nothing to learn"


def test_the_base_writes_on_where_what_was_tuned_chooses_worse(
    shop: Database, models: Models, tmp_path: Path
) -> None:
    result = learn(cycle_of(shop, models), generator=True)
    told = [each for each in result.reasons if "the tuned generator was right" in each]
    folder = models.releases / "v0001"
    manifest = Manifest.read(folder)
    assert [("the base goes on writing" in each) for each in told] == [
        manifest.base_writes
    ]
    base = load_generator(models.base, kept=tmp_path / "engine").logits_fingerprint()
    for base_writes in (True, False):
        shutil.rmtree(folder / "engine", ignore_errors=True)
        replace(manifest, base_writes=base_writes).write(folder)
        writer = models.load("v0001").generator
        assert writer is not None
        assert (writer.logits_fingerprint() == base) is base_writes


def test_a_candidate_trained_on_shuffled_labels_is_rejected(
    shop: Database, models: Models
) -> None:
    cycle = cycle_of(shop, models)
    assert learn(cycle).verdict == "live"
    relabel_what_is_trained_on(shop)
    result = learn(cycle)
    assert (result.verdict, result.live, live(shop)) == ("rejected", "v0001", "v0001")
    assert result.reasons
    with shop.reading() as stores:
        release = stores.releases.get("v0002")
    assert release is not None
    assert (release.stage, release.reasons) == (Stage.REJECTED, result.reasons)
    told = (models.releases / "v0002" / "report.md").read_text(encoding="utf-8")
    assert told.startswith("# v0002: rejected")


def test_the_same_data_and_seed_give_the_same_scores(
    shop: Database, tiny_base: BaseModel, encoder: Encoder, tmp_path: Path
) -> None:
    again = Models(tiny_base, encoder, tmp_path / "again")
    first = learn(cycle_of(shop, Models(tiny_base, encoder, tmp_path / "first")))
    with shop.transaction() as stores:
        stores.releases.retire_live()
    second = learn(cycle_of(shop, again, first_id=100), force=True)
    assert first.scores == second.scores
    one = (tmp_path / "first" / "releases" / "v0001" / "intents").iterdir()
    other = (again.releases / "v0002" / "intents").iterdir()
    assert [path.read_bytes() for path in sorted(one)] == [
        path.read_bytes() for path in sorted(other)
    ]


def test_a_dry_run_says_what_would_be_learnt_and_writes_nothing(
    shop: Database, models: Models
) -> None:
    result = learn(cycle_of(shop, models), dry_run=True)
    assert result.verdict == "dry run"
    assert any("would be used" in reason for reason in result.reasons)
    assert not models.releases.exists()
    with shop.reading() as stores:
        assert stores.runs.last() is None


def test_an_empty_workspace_has_nothing_to_learn(
    sqlite_database: Database, models: Models
) -> None:
    assert learn(cycle_of(sqlite_database, models)).verdict == "nothing to learn"


def test_only_one_cycle_runs_at_a_time(shop: Database, models: Models) -> None:
    cycle = replace(cycle_of(shop, models), is_alive=lambda _pid: True)
    with shop.transaction() as stores:
        stores.leases.acquire(LEASE, "another", START, LEASE_TIME * 1000)
    result = learn(cycle)
    assert result.verdict == "already running"
    assert live(shop) is None


def test_an_admin_can_stop_a_cycle_and_nothing_changes(
    shop: Database, models: Models
) -> None:
    def stop(stage: str, share: float) -> None:
        if stage == "evaluate" and share == 0.0:
            return
        with shop.transaction() as stores:
            run = stores.runs.current()
            if run is not None and not run.stop_requested:
                stores.runs.request_stop(run.id)

    result = learn(replace(cycle_of(shop, models), progress=stop))
    assert (result.verdict, live(shop)) == ("stopped", None)
    assert not list(models.releases.iterdir())
    with shop.reading() as stores:
        run = stores.runs.last()
    assert isinstance(run, Run)
    assert run.state is RunState.STOPPED


@pytest.mark.slow
def test_killed_at_any_stage_it_leaves_the_live_release_intact(
    shop: Database, sqlite_url: str, models: Models
) -> None:
    assert learn(cycle_of(shop, models)).verdict == "live"
    before = {
        path: path.read_bytes() for path in (models.releases / "v0001").rglob("*.*")
    }
    cache = Path(tempfile.gettempdir()) / "kefu-tests-cache"
    home = models.releases.parent
    command = [sys.executable, "-c", _CHILD, sqlite_url, str(home)]
    command += [str(models.base.directory), str(cache)]
    for number, stage in enumerate(("intents", "generator", "evaluate", "promote"), 1):
        child = subprocess.Popen(
            [*command, str(1000 * number)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            text=True,
        )
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == stage:
                break
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        assert models.load(str(live(shop))).version == live(shop)
    assert {path: path.read_bytes() for path in before} == before
    last = cycle_of(shop, models, first_id=9000)
    assert learn(last, force=True).verdict in {"live", "rejected"}
    with shop.reading() as stores:
        known = {each.version for each in stores.releases.all()}
    assert {path.name for path in models.releases.iterdir()} == known
    for version in known:
        Registry(models.releases).check(version)


def test_going_live_and_the_end_of_the_run_are_one_step(
    shop: Database, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Cycle, "_end", killed)
    with pytest.raises(KeyboardInterrupt):
        learn(cycle_of(shop, models))
    with shop.reading() as stores:
        run = stores.runs.last()
    assert run is not None
    assert (run.state, run.candidate) == (RunState.FINISHED, live(shop))
