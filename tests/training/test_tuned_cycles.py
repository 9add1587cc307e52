"""The way of tuning that is set is what a cycle does, and what is served afterwards."""

from dataclasses import replace
from typing import Any

import pytest
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from bot.model.generate import Request
from bot.model.live import Live
from storage.database import Database
from tests.training.workspace import Models, cycle_of, fill
from training.methods import Method
from training.result import CycleResult
from training.work import Work


def learn(
    database: Database,
    models: Models,
    method: Method,
    *,
    processes: int = 1,
    **changes: Any,
) -> CycleResult:
    """A cycle that tunes so; forced where its configuration is changed."""
    cycle = cycle_of(database, models)
    made = replace(cycle.finetuning, method=method, virtual=4, **changes)
    with database.reading() as stores:
        ids = len(stores.releases.all())
    cycle = replace(
        cycle,
        finetuning=made,
        processes=processes,
        new_id=lambda: f"{method}-{ids}-{processes}",
    )
    return cycle.run(
        trigger="command",
        requested_by="slack:U1",
        workspace="default",
        force=bool(changes),
    )


def test_another_way_of_tuning_is_learnt_evaluated_and_served(
    sqlite_database: Database, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A base of drawn weights is no worse than what it learns in a moment.
    monkeypatch.setattr(Work, "_earns", lambda *_: True)
    fill(sqlite_database)
    assert learn(sqlite_database, models, "prefix").candidate == "v0001"
    folder = models.releases / "v0001"
    told = (folder / "lora" / "adapter_config.json").read_text(encoding="utf-8")
    assert "PREFIX_TUNING" in told
    assert not (folder / "engine").exists()
    assert learn(sqlite_database, models, "prefix").verdict == "nothing to learn"
    # The recorded fingerprint is that of what is loaded now, by transformers.
    live = Live(models.load("v0000"))
    model = live.change_to(lambda: models.load("v0001"))
    assert model.manifest is not None
    assert model.manifest.tuning == "prefix"
    assert "generator:float32" in model.manifest.fingerprint
    assert model.generator is not None
    asked = Request(question="my kettle?", language="en", max_new_tokens=4)
    assert len(model.generator.generate([asked])) == 1
    # Untuned is another way, too, and leaves nothing beside the base.
    second = learn(sqlite_database, models, "none")
    assert second.candidate == "v0002"
    assert not (models.releases / "v0002" / "lora").exists()
    tuning = models.load("v0002").manifest
    assert tuning is not None
    assert tuning.tuning == "none"


def test_two_processes_tune_what_one_tunes_that_accumulates(
    sqlite_database: Database, models: Models
) -> None:
    fill(sqlite_database)
    same: dict[str, Any] = {"precision": "float32", "batch_tokens": 320}
    learn(sqlite_database, models, "lora", accumulation=2, **same)
    learn(sqlite_database, models, "lora", accumulation=1, processes=2, **same)
    losses = []
    for version in ("v0001", "v0002"):
        curves = EventAccumulator(str(models.releases.parent / "runs" / version))
        curves.Reload()
        losses.append([each.value for each in curves.Scalars("train/loss")])
    assert len(losses[0]) > 3
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    one, two = (
        load_file(models.releases / version / "lora" / "adapter_model.safetensors")
        for version in ("v0001", "v0002")
    )
    assert one.keys() == two.keys()
    assert all(one[name].allclose(two[name], atol=1e-4) for name in one)
    assert not (models.releases.parent / "cache" / "tuning-job").exists()
