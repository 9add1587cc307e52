"""What a learning cycle does once it has begun: train, measure, judge, register."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from bot.model.encoder import Encoder
from bot.model.live import NO_RELEASE, Model
from bot.model.load import ENTITIES, INTENTS, LORA, BaseModel, load_release
from bot.model.manifest import Manifest, hash_files
from bot.policy import Policy
from storage.database import Database
from storage.records import Release, Run, RunState, Stage
from training import report as reports
from training.board import Boards
from training.dataset import Dataset
from training.earning import MOST, earned
from training.entities import learn_entities
from training.evaluate import Evaluation, Evaluator, shown
from training.finetune import tune
from training.intents import IntentConfig, fit
from training.job import tune_together
from training.lessons import lessons
from training.methods import FinetuneConfig
from training.promote import Verdict, verdict
from training.registry import Registry
from training.result import CycleResult
from training.tagger import TaggerConfig

log = structlog.get_logger()

LEASE: Final = "learning cycle"
LEASE_TIME: Final = timedelta(seconds=60)
BEAT: Final = timedelta(seconds=2)  # between two looks at the run's row
SEED: Final = 20260101
LIBRARIES: Final = (
    "ctranslate2",
    "numpy",
    "peft",
    "scikit-learn",
    "tokenizers",
    "torch",
    "transformers",
)
# How much of a cycle's time each stage takes, roughly: (from, to).
STAGES: Final = {
    "dataset": (0.0, 0.02),
    "intents": (0.02, 0.18),
    "entities": (0.18, 0.2),
    "generator": (0.2, 0.8),
    "evaluate": (0.8, 0.98),
    "promote": (0.98, 1.0),
}
_TUNING: Final = 0.9  # of the generator's stage; the rest compares it with its base


class Models(Protocol):
    """What releases of this installation are loaded with."""

    @property
    def base(self) -> BaseModel:
        """The base model."""
        ...

    @property
    def encoder(self) -> Encoder:
        """The sentence encoder."""
        ...

    @property
    def device(self) -> str:
        """ "cpu" or "cuda"."""
        ...

    @property
    def releases(self) -> Path:
        """The folder of the releases."""
        ...

    def load(self, version: str) -> Model:
        """A release in memory; v0000 is the base alone."""
        ...


class Stopped(Exception):
    """An admin asked the cycle to stop, or its lease is lost."""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What the work is done with, handed in.

    Args:
        threads: processor threads that training may use.
        processes: that fine-tune together; several where there are several GPUs.
        wandb: a project of Weights & Biases that curves go to, too; empty is none.
        progress: told a stage and the share of it that is done.
    """

    database: Database
    models: Models
    policy: Policy
    now: Callable[[], datetime]
    threads: int
    progress: Callable[[str, float], None] = lambda _stage, _share: None
    seed: int = SEED
    intents: IntentConfig = field(default_factory=IntentConfig)
    entities: TaggerConfig = field(default_factory=TaggerConfig)
    finetuning: FinetuneConfig = field(default_factory=FinetuneConfig)
    processes: int = 1
    wandb: str = ""


class Work:
    """A cycle that has begun."""

    def __init__(
        self, *, shop: Workshop, run: Run, dataset: Dataset, workspace: str
    ) -> None:
        self._shop, self._run, self._dataset = shop, run, dataset
        self._workspace = workspace
        self._registry = Registry(shop.models.releases)
        self._beat_at = run.started_at
        self._entities: Mapping[str, Any] | None = None  # how well they are told
        self._told: tuple[str, ...] = ()  # what people should know beside the verdict

    def candidate(self, *, generator: bool) -> CycleResult:
        """Train, measure and judge a candidate."""
        shop, models = self._shop, self._shop.models
        with shop.database.reading() as stores:
            version = stores.releases.next_version()
            live = stores.releases.live(self._workspace)
            known = {each.version for each in stores.releases.all()}
        self._registry.sweep(known)
        with self._registry.making(version) as folder:
            manifest = self._train(folder, version, generator=generator)
            candidate = self._load(folder)
            manifest = replace(manifest, fingerprint=candidate.fingerprint())
            current = models.load(live.version if live else NO_RELEASE)
            ours, theirs = self._evaluate(candidate, current)
            judged = verdict(ours.outcomes, theirs.outcomes, seed=shop.seed)
            judged = replace(judged, reasons=(*judged.reasons, *self._told))
            self._write(folder, manifest, ours, theirs, judged)
            self._report("promote", 0.5)
            self._registry.keep(folder, version)
        return self._register(version, judged, ours, live.version if live else None)

    def _train(self, folder: Path, version: str, *, generator: bool) -> Manifest:
        shop, models, dataset = self._shop, self._shop.models, self._dataset
        self._report("intents", 0.0)
        fitted = fit(
            dataset.train,
            models.encoder,
            shop.intents,
            knowledge=shown(dataset),
            seed=shop.seed,
            progress=lambda share: self._report("intents", share),
        )
        fitted.model.save(folder / INTENTS)
        method = shop.finetuning.method if generator else "none"
        base_writes = False
        if method != "none":
            self._tune(folder / LORA, version)
            base_writes = not self._earns(folder / LORA)
        self._learn_entities(folder)
        manifest = Manifest(
            version=version,
            base=models.base.name,
            base_sha256=models.base.sha256,
            encoder_sha256=models.encoder.sha256,
            dataset_fingerprint=dataset.fingerprint,
            row_ids=tuple(each.id for each in dataset.train),
            seed=shop.seed,
            libraries={"python": platform.python_version()}
            | {name: version_of(name) for name in LIBRARIES},
            scores={},
            thresholds=fitted.thresholds,
            fingerprint="",
            created_at=shop.now(),
            tuning=method,
            base_writes=base_writes,
            workspace=self._workspace,
        )
        replace(manifest, files=hash_files(folder)).write(folder)
        return manifest

    def _tune(self, out: Path, version: str) -> None:
        shop, models, dataset = self._shop, self._shop.models, self._dataset
        together = partial(tune_together, shop.processes)
        tune_anyhow = tune if shop.processes < 2 else together
        tune_anyhow(
            lessons(
                dataset.train,
                knowledge=shown(dataset),
                encode=models.encoder.encode,
                most=shop.finetuning.most,
                seed=shop.seed,
                by_heart=not shop.finetuning.choosing,
            ),
            base=models.base,
            out=out,
            boards=Boards(logs=self._registry.curves(version), wandb=shop.wandb),
            config=replace(shop.finetuning, seed=shop.seed, threads=shop.threads),
            device=models.device,
            unfinished=self._registry.unfinished,
            progress=lambda share: self._report("generator", _TUNING * share),
        )

    def _earns(self, lora: Path) -> bool:
        """Whether what was tuned chooses no worse than the base; told in the report.

        Without held-out questions, or where it writes freely, it stays.
        """
        shop, models, dataset = self._shop, self._shop.models, self._dataset
        if not dataset.held_out or shop.policy.write_freely:
            return True
        found = earned(
            lessons(
                dataset.held_out,
                knowledge=shown(dataset),
                encode=models.encoder.encode,
                most=MOST,
                seed=shop.seed,
            ),
            base=models.base,
            lora=lora,
            device=models.device,
            threads=shop.threads,
            progress=lambda share: self._report(
                "generator", _TUNING + (1 - _TUNING) * share
            ),
        )
        self._told = (found.text(),)
        return found.stays

    def _learn_entities(self, folder: Path) -> None:
        if not self._dataset.marked:
            return
        learnt = learn_entities(
            self._dataset.marked,
            self._shop.entities,
            seed=self._shop.seed,
            progress=lambda share: self._report("entities", share),
        )
        self._entities = learnt.report
        if learnt.tagger is not None:
            learnt.tagger.save(folder / ENTITIES)

    def _load(self, folder: Path) -> Model:
        models = self._shop.models
        return load_release(
            folder,
            base=models.base,
            encoder=models.encoder,
            device=models.device,
            threads=self._shop.threads,
        )

    def _evaluate(
        self, candidate: Model, current: Model
    ) -> tuple[Evaluation, Evaluation]:
        evaluator = Evaluator(
            self._dataset,
            encode=self._shop.models.encoder.encode,
            policy=self._shop.policy,
            now=self._shop.now,
        )
        ours = evaluator.evaluate(
            candidate, lambda share: self._report("evaluate", share / 2)
        )
        theirs = evaluator.evaluate(
            current, lambda share: self._report("evaluate", 0.5 + share / 2)
        )
        return ours, theirs

    def _write(
        self,
        folder: Path,
        manifest: Manifest,
        ours: Evaluation,
        theirs: Evaluation,
        judged: Verdict,
    ) -> None:
        reports.write(
            folder,
            version=manifest.version,
            base=manifest.base,
            dataset=self._dataset,
            scores=ours.to_json(),
            live=theirs.to_json(),
            accepted=judged.accepted,
            reasons=judged.reasons,
            entities=self._entities,
        )
        scored = replace(manifest, scores=ours.to_json(), files=hash_files(folder))
        scored.write(folder)

    def _register(
        self, version: str, judged: Verdict, ours: Evaluation, live: str | None
    ) -> CycleResult:
        shop = self._shop
        manifest = Manifest.read(self._registry.path(version))
        moment = shop.now()
        result = CycleResult(
            verdict="live" if judged.accepted else "rejected",
            candidate=version,
            live=version if judged.accepted else live,
            reasons=judged.reasons,
            scores=ours.to_json(),
        )
        shop.progress("promote", 1.0)
        # Together: a cycle that is killed here went live and ended, or did neither.
        with shop.database.transaction() as stores:
            stores.releases.add(
                Release(
                    version=version,
                    stage=Stage.CANDIDATE,
                    manifest=manifest.to_json(),
                    reasons=judged.reasons,
                    created_at=moment,
                )
            )
            if judged.accepted:
                stores.releases.promote(version, f"cycle {self._run.id}", moment)
            else:
                stores.releases.reject(version, judged.reasons)
            stores.runs.finish(
                self._run.id,
                RunState.FINISHED,
                moment,
                candidate=version,
                verdict=result.verdict,
                reasons=judged.reasons,
            )
        return result

    def _report(self, stage: str, share: float) -> None:
        """Tell how far it is; now and then note it, and see whether to stop."""
        shop = self._shop
        shop.progress(stage, share)
        moment = shop.now()
        if moment < self._beat_at + BEAT:
            return
        self._beat_at = moment
        begins, ends = STAGES[stage]
        done = begins + (ends - begins) * min(1.0, max(0.0, share))
        with shop.database.transaction() as stores:
            stores.runs.update(self._run.id, stage, done, moment)
            held = stores.leases.renew(LEASE, self._run.id, moment, LEASE_TIME)
            run = stores.runs.get(self._run.id)
        if not held or (run is not None and run.stop_requested):
            log.info("learning cycle stops", run=self._run.id, lease=held)
            raise Stopped
