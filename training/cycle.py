"""One learning cycle: dataset, training, evaluation, verdict; live or rejected.

Only one runs at a time. Until its last transaction the live release is untouched:
a cycle that is stopped, killed or out of memory at any point changes nothing, and
what it left on disk is swept by the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.model.intents import OUT_OF_SCOPE
from storage.records import Run, RunState
from training.dataset import Dataset, build, thinned
from training.result import CycleResult
from training.work import LEASE, LEASE_TIME, Stopped, Work, Workshop

FEWEST_PER_INTENT: Final = 2
QUICK_EACH: Final = 20  # examples of an intent and language in a quick cycle
QUICK_HELD_OUT: Final = 240


@dataclass(frozen=True, kw_only=True)
class Cycle(Workshop):
    """All that a cycle needs, handed in.

    Args:
        pid: of this process, so that others see whether it still lives.
        is_alive: whether a process of that number lives.
    """

    new_id: Callable[[], str]
    pid: int
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
        why = self._reason_to_wait(
            dataset, workspace=workspace, force=force, generator=generator
        )
        if why:
            return CycleResult(verdict="nothing to learn", reasons=why)
        run = self._begin(trigger, requested_by)
        if run is None:
            why = ("another learning cycle is running",)
            return CycleResult(verdict="already running", reasons=why)
        work = Work(shop=self, run=run, dataset=dataset, workspace=workspace)
        result = CycleResult(verdict="failed")
        state = RunState.FAILED
        try:
            result = work.candidate(generator=generator)
            state = RunState.FINISHED
        except Stopped:
            result = CycleResult(verdict="stopped", reasons=("it was stopped",))
            state = RunState.STOPPED
        finally:
            self._end(run, state, result)
        return result

    def _dataset(self, workspace: str) -> Dataset:
        with self.database.reading() as stores:
            return build(stores, workspace)

    def _reason_to_wait(
        self, dataset: Dataset, *, workspace: str, force: bool, generator: bool
    ) -> tuple[str, ...]:
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
            live = stores.releases.live(workspace)
        same = live and live.manifest.get("dataset_fingerprint") == dataset.fingerprint
        # Another way of tuning is something new, too.
        before = live.manifest.get("tuning") if live and generator else None
        same = same and before in {None, "", self.finetuning.method}
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
