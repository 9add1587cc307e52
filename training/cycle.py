"""One learning cycle: dataset, training, evaluation, verdict; live or rejected.

Only one runs at a time. Until its last transaction the live release is untouched:
a cycle that is stopped, killed or out of memory at any point changes nothing, and
what it left on disk is swept by the next one.
"""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from bot.model.encoder import Encoder
from bot.model.intents import OUT_OF_SCOPE
from bot.model.live import NO_RELEASE, Model
from bot.model.load import INTENTS, LORA, BaseModel, load_release
from bot.model.manifest import Manifest, hash_files
from bot.policy import Policy
from storage.database import Database
from storage.records import Release, Run, RunState, Stage
from training import report as reports
from training.dataset import Dataset, build, thinned
from training.evaluate import Evaluation, Evaluator, shown
from training.finetune import FinetuneConfig, finetune
from training.intents import IntentConfig, fit
from training.promote import Verdict, verdict
from training.registry import Registry

log = structlog.get_logger()

LEASE: Final = "learning cycle"
LEASE_TIME: Final = timedelta(seconds=60)
BEAT: Final = timedelta(seconds=2)  # between two looks at the run's row
SEED: Final = 20260101
FEWEST_PER_INTENT: Final = 2
QUICK_EACH: Final = 20  # examples of an intent and language in a quick cycle
QUICK_HELD_OUT: Final = 240
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
    "intents": (0.02, 0.2),
    "generator": (0.2, 0.8),
    "evaluate": (0.8, 0.98),
    "promote": (0.98, 1.0),
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleResult:
    """How a cycle ended.

    `verdict` is "live", "rejected", "nothing to learn", "dry run", "stopped" or
    "already running".
    """

    verdict: str
    candidate: str | None = None
    live: str | None = None
    reasons: tuple[str, ...] = ()
    scores: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As the command contract promises it."""
        return {
            "verdict": self.verdict,
            "candidate": self.candidate,
            "live": self.live,
            "reasons": list(self.reasons),
            "scores": dict(self.scores),
        }

    def text(self) -> str:
        """For people."""
        head = self.verdict if self.candidate is None else ""
        if self.candidate is not None:
            head = f"{self.candidate}: {self.verdict}"
        return "\n".join([head, *(f"- {reason}" for reason in self.reasons)])


class _Stopped(Exception):
    """An admin asked the cycle to stop, or its lease is lost."""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """All that a cycle needs, handed in.

    Args:
        pid: of this process, so that others see whether it still lives.
        threads: processor threads that training may use.
        progress: told a stage and the share of it that is done.
    """

    database: Database
    models: Models
    policy: Policy
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    pid: int
    threads: int
    progress: Callable[[str, float], None] = lambda _stage, _share: None
    seed: int = SEED
    intents: IntentConfig = field(default_factory=IntentConfig)
    finetuning: FinetuneConfig = field(default_factory=FinetuneConfig)
    is_alive: Callable[[int], bool] = lambda _pid: False

    def run(
        self,
        *,
        trigger: str,
        requested_by: str,
        workspace: str,
        dry_run: bool = False,
        force: bool = False,
        generator: bool = True,
        quick: bool = False,
    ) -> CycleResult:
        """Run it to its verdict.

        Args:
            dry_run: only say what would be learnt; nothing is written.
            force: also when nothing new is there.
            generator: False leaves the generator as the base is.
            quick: learn from a part of the examples, measure on a part.

        Raises:
            Problem: the database, the disk or a model is not as it must be.
        """
        dataset = self._dataset(workspace)
        if quick:
            dataset = thinned(dataset, each=QUICK_EACH, held_out=QUICK_HELD_OUT)
        if dry_run:
            return CycleResult(verdict="dry run", reasons=_described(dataset))
        why = self._reason_to_wait(dataset, force)
        if why:
            return CycleResult(verdict="nothing to learn", reasons=why)
        run = self._begin(trigger, requested_by)
        if run is None:
            why = ("another learning cycle is running",)
            return CycleResult(verdict="already running", reasons=why)
        work = _Work(cycle=self, run=run, dataset=dataset)
        result = CycleResult(verdict="failed")
        state = RunState.FAILED
        try:
            result = work.candidate(generator=generator)
            state = RunState.FINISHED
        except _Stopped:
            result = CycleResult(verdict="stopped", reasons=("it was stopped",))
            state = RunState.STOPPED
        finally:
            self._end(run, state, result)
        return result

    def _dataset(self, workspace: str) -> Dataset:
        with self.database.reading() as stores:
            return build(stores, workspace)

    def _reason_to_wait(self, dataset: Dataset, force: bool) -> tuple[str, ...]:
        counts: dict[str, int] = {}
        for example in dataset.train:
            if example.intent not in {None, OUT_OF_SCOPE}:
                counts[str(example.intent)] = counts.get(str(example.intent), 0) + 1
        enough = [name for name, count in counts.items() if count >= FEWEST_PER_INTENT]
        if len(enough) < 2:
            return (
                "at least two intents with two questions each are needed; "
                f"there are {len(enough)}",
                "import labelled questions, or correct some answers first",
            )
        if not dataset.held_out:
            return ("no question is held out to measure with; bring in more",)
        with self.database.reading() as stores:
            live = stores.releases.live()
        same = live and live.manifest.get("dataset_fingerprint") == dataset.fingerprint
        if same and not force:
            return ("nothing has changed since the live release was trained",)
        return ()

    def _begin(self, trigger: str, requested_by: str) -> Run | None:
        """Take the lease and note the run; None when another one holds it."""
        moment = self.now()
        run = Run(
            id=self.new_id(),
            trigger=trigger,
            requested_by=requested_by,
            state=RunState.RUNNING,
            stage="dataset",
            progress=0.0,
            started_at=moment,
            updated_at=moment,
            pid=self.pid,
        )
        with self.database.transaction() as stores:
            earlier = stores.runs.current()
            if earlier is not None and not self.is_alive(earlier.pid or 0):
                stores.leases.release(LEASE, earlier.id)
            if not stores.leases.acquire(LEASE, run.id, moment, LEASE_TIME):
                return None
            if earlier is not None:
                why = ("its process ended before it did",)
                stores.runs.finish(earlier.id, RunState.FAILED, moment, reasons=why)
            stores.runs.start(run)
        return run

    def _end(self, run: Run, state: RunState, result: CycleResult) -> None:
        with self.database.transaction() as stores:
            stores.runs.finish(
                run.id,
                state,
                self.now(),
                candidate=result.candidate,
                verdict=result.verdict,
                reasons=result.reasons,
            )
            stores.leases.release(LEASE, run.id)


class _Work:
    """A cycle that has begun."""

    def __init__(self, *, cycle: Cycle, run: Run, dataset: Dataset) -> None:
        self._cycle, self._run, self._dataset = cycle, run, dataset
        self._registry = Registry(cycle.models.releases)
        self._beat_at = run.started_at

    def candidate(self, *, generator: bool) -> CycleResult:
        """Train, measure and judge a candidate."""
        cycle, models = self._cycle, self._cycle.models
        with cycle.database.reading() as stores:
            version = stores.releases.next_version()
            live = stores.releases.live()
            known = {each.version for each in stores.releases.all()}
        self._registry.sweep(known)
        with self._registry.making(version) as folder:
            manifest = self._train(folder, version, generator=generator)
            candidate = self._load(folder)
            manifest = replace(manifest, fingerprint=candidate.fingerprint())
            current = models.load(live.version if live else NO_RELEASE)
            ours, theirs = self._evaluate(candidate, current)
            judged = verdict(ours.outcomes, theirs.outcomes, seed=cycle.seed)
            self._write(folder, manifest, ours, theirs, judged)
            self._report("promote", 0.5)
            self._registry.keep(folder, version)
        return self._register(version, judged, ours, live.version if live else None)

    def _train(self, folder: Path, version: str, *, generator: bool) -> Manifest:
        cycle, models, dataset = self._cycle, self._cycle.models, self._dataset
        self._report("intents", 0.0)
        fitted = fit(
            dataset.train,
            models.encoder,
            cycle.intents,
            knowledge=shown(dataset),
            seed=cycle.seed,
            progress=lambda share: self._report("intents", share),
        )
        fitted.model.save(folder / INTENTS)
        if generator:
            finetune(
                dataset.train,
                knowledge=shown(dataset),
                base=models.base,
                encode=models.encoder.encode,
                out=folder / LORA,
                logs=self._registry.curves(version),
                config=replace(
                    cycle.finetuning, seed=cycle.seed, threads=cycle.threads
                ),
                device=models.device,
                progress=lambda share: self._report("generator", share),
            )
        manifest = Manifest(
            version=version,
            base=models.base.name,
            base_sha256=models.base.sha256,
            encoder_sha256=models.encoder.sha256,
            dataset_fingerprint=dataset.fingerprint,
            row_ids=tuple(each.id for each in dataset.train),
            seed=cycle.seed,
            libraries={"python": platform.python_version()}
            | {name: version_of(name) for name in LIBRARIES},
            scores={},
            thresholds=fitted.thresholds,
            fingerprint="",
            created_at=cycle.now(),
        )
        replace(manifest, files=hash_files(folder)).write(folder)
        return manifest

    def _load(self, folder: Path) -> Model:
        models = self._cycle.models
        return load_release(
            folder,
            base=models.base,
            encoder=models.encoder,
            device=models.device,
            threads=self._cycle.threads,
        )

    def _evaluate(
        self, candidate: Model, current: Model
    ) -> tuple[Evaluation, Evaluation]:
        evaluator = Evaluator(
            self._dataset,
            encode=self._cycle.models.encoder.encode,
            policy=self._cycle.policy,
            now=self._cycle.now,
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
        )
        scored = replace(manifest, scores=ours.to_json(), files=hash_files(folder))
        scored.write(folder)

    def _register(
        self, version: str, judged: Verdict, ours: Evaluation, live: str | None
    ) -> CycleResult:
        cycle = self._cycle
        manifest = Manifest.read(self._registry.path(version))
        moment = cycle.now()
        with cycle.database.transaction() as stores:
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
        self._report("promote", 1.0)
        return CycleResult(
            verdict="live" if judged.accepted else "rejected",
            candidate=version,
            live=version if judged.accepted else live,
            reasons=judged.reasons,
            scores=ours.to_json(),
        )

    def _report(self, stage: str, share: float) -> None:
        """Tell how far it is; now and then note it, and see whether to stop."""
        cycle = self._cycle
        cycle.progress(stage, share)
        moment = cycle.now()
        if moment < self._beat_at + BEAT:
            return
        self._beat_at = moment
        begins, ends = STAGES[stage]
        done = begins + (ends - begins) * min(1.0, max(0.0, share))
        with cycle.database.transaction() as stores:
            stores.runs.update(self._run.id, stage, done, moment)
            held = stores.leases.renew(LEASE, self._run.id, moment, LEASE_TIME)
            run = stores.runs.get(self._run.id)
        if not held or (run is not None and run.stop_requested):
            log.info("learning cycle stops", run=self._run.id, lease=held)
            raise _Stopped


def _described(dataset: Dataset) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for each in dataset.train:
        counts[each.source] = counts.get(each.source, 0) + 1
    used = [
        f"{count} {source} examples would be used" for source, count in counts.items()
    ]
    left: dict[str, int] = {}
    for row in dataset.excluded:
        left[row.why] = left.get(row.why, 0) + 1
    return (
        *used,
        f"{len(dataset.held_out)} are held out to measure with",
        *(f"{count} left out: {why}" for why, count in left.items()),
    )
