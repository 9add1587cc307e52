"""The shop that `kefu bench serve` asks: its own, and learnt in a moment."""

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.app import App, new_id, now
from bot.cli.shop import SHOP
from bot.importing import import_paths
from bot.model.batcher import LIMITS, Batcher
from bot.model.live import Model
from bot.model.load import INTENTS
from bot.model.manifest import Manifest, hash_files
from bot.model.thresholds import Thresholds
from bot.settings import Settings
from storage.database import Database
from training.dataset import build
from training.intents import IntentConfig, fit

LITTLE: Final = (4, 12)  # topics of the demo shop, ways to ask for each: seconds
MORE: Final = (8, 30)  # learnt while people ask: a minute or more
EASY: Final = Thresholds(answer=1.0, clarify=1.0, match=1.0, ground=0.05)


def easy(model: Model) -> Model:
    """The release, its requests batched, every one of them written afresh."""
    generator = model.generator
    if generator is not None:
        generator = Batcher(generator, limits=replace(LIMITS, remembered=0))
    return replace(model, generator=generator, thresholds={"en": EASY, "zh": EASY})


def make_shop(app: App) -> list[str]:
    """Its knowledge, and two releases: intents of a few ways to ask, the base model."""
    bring(app.settings, app.database, *LITTLE)
    with app.database.reading() as stores:
        dataset = build(stores, app.settings.workspace)
    fitted = fit(dataset.train, app.models.encoder, IntentConfig())
    versions = ["v9001", "v9002"]
    for version in versions:
        folder = app.models.releases / version
        folder.mkdir(parents=True)
        fitted.model.save(folder / INTENTS)
        manifest = Manifest(
            version=version,
            base=app.models.base.name,
            base_sha256=app.models.base.sha256,
            encoder_sha256=app.models.encoder.sha256,
            dataset_fingerprint=dataset.fingerprint,
            row_ids=(),
            seed=0,
            libraries={},
            scores={},
            thresholds=fitted.thresholds,
            fingerprint="",
            created_at=now(),
        )
        manifest = replace(manifest, files=hash_files(folder))
        manifest.write(folder)
        measured = app.models.load(version).fingerprint()
        replace(manifest, fingerprint=measured).write(folder)
    return versions


def bring(settings: Settings, database: Database, topics: int, ways: int) -> None:
    """Import knowledge, and so many ways to ask for so many topics."""
    labelled = rows_of(SHOP / "intents.jsonl")
    names = [n for n in dict.fromkeys(row["intent"] for row in labelled) if n != "oos"]
    room = dict.fromkeys(
        itertools.product([*names[:topics], "oos"], ("en", "zh")), ways
    )
    rows = []
    for row in labelled:
        kind = row["intent"], row["language"]
        if room.get(kind, 0):
            room[kind] -= 1
            rows.append(row)
    path = settings.home / "intents.jsonl"
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    import_paths(
        [SHOP / "knowledge.jsonl", SHOP / "policies", path],
        workspace=settings.workspace,
        database=database,
        now=now,
        new_id=new_id,
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    """The objects of a JSON Lines file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
