"""The trainer, a conversion or a promotion is killed at any moment: nothing half made.

After each kill the live release is the one that the database names, loads, and has
the files whose SHA-256 were recorded. After the next start, or the sweep that the next
cycle begins with, nothing that was half made is left.
"""

import asyncio
import itertools
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.app import Models, machine_of, open_models
from bot.model.files import CONVERTING
from bot.model.manifest import hash_files
from bot.settings import Settings, load
from storage.database import Database
from storage.problems import Problem
from storage.records import RunState
from tests.driving.server import clean_environment
from tests.model.small import new_tiny_base
from tests.training.workspace import fill
from training.registry import Registry

ROOT = Path(__file__).parents[2]
# Of ten kills. Half of a cycle's are at a random time, half just after a step.
KINDS = ("time", "step", "open", "promote", *("time", "step") * 3)
# What a cycle reports on its way: "evaluate" is the first report of that stage.
STEPS = {
    "intents": "intents ",
    "generator": "generator ",
    "conversion": "generator 1.0",
    "evaluate": "evaluate ",
    "promote": "promote 0.5",
    "registered": "promote 1.0",
}
SOON_SECONDS = 0.3  # after a step
LIMIT_SECONDS = 300.0


@dataclass
class Counts:
    """What kills did: `broken`, `orphans` and `failed` ought to be empty."""

    kills: Counter[str] = field(default_factory=Counter)
    at: Counter[str] = field(default_factory=Counter)  # the step reported last
    too_late: int = 0  # the work was done before; not counted as kills
    broken: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)  # before the sweep
    orphans: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # undisturbed work that failed


class Trial:
    """One home with a tiny shop, whose work is done by children that are killed."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        home.mkdir(parents=True)
        base = new_tiny_base(home.parent / f"{home.name}-base")
        given = {"KEFU_HOME": str(home), "KEFU_BASE_MODEL": str(base.directory)}
        self.environment = clean_environment(given | settings)
        self.settings: Settings = load(
            environ=given | settings, dotenv=home / ".env"
        ).settings
        self.home, self.log = home, home.parent / f"{home.name}.log"
        self.database = Database(self.settings.database)
        self.database.migrate()
        fill(self.database)

    @property
    def registry(self) -> Registry:
        """The releases on disk."""
        return Registry(self.home / "releases")

    @cached_property
    def models(self) -> Models:
        """What the live release is loaded with, here."""
        return open_models(self.settings, machine_of(self.settings))

    def child(self, *work: str) -> "subprocess.Popen[str]":
        """Begin some work."""
        with self.log.open("a") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.half_work", *work],
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self.environment,
                cwd=ROOT,
                text=True,
            )

    def undisturbed(self, *work: str) -> tuple[dict[str, float], list[str]]:
        """Do it to its end. When each step was reached, and what was printed.

        Raises:
            AssertionError: it failed.
        """
        began, reached, said = time.monotonic(), dict[str, float](), []
        child = self.child(*work)
        assert child.stdout
        for line in child.stdout:
            said.append(line.strip())
            for step in _steps(line):
                reached.setdefault(step, time.monotonic() - began)
        assert child.wait(LIMIT_SECONDS) == 0, self.log.read_text()[-2000:]
        return reached | {"end": time.monotonic() - began}, said

    def live(self) -> str | None:
        """What is wrong with the live release; None when all is well."""
        with self.database.reading() as stores:
            release = stores.releases.live()
        if release is None:
            return "no release is live"
        try:
            self.registry.check(release.version)
            loaded = self.models.load(release.version)
        except Problem as problem:
            return f"{release.version}: {problem}"
        files = hash_files(self.registry.path(release.version))
        if files != release.manifest["files"] or loaded.version != release.version:
            return f"{release.version} is not what the database says"
        return None

    def versions(self) -> set[str]:
        """Those in the database."""
        with self.database.reading() as stores:
            return {each.version for each in stores.releases.all()}

    def orphans(self) -> list[str]:
        """What lies in the home and belongs to nothing, and what is missing there."""
        known = self.versions()
        here = {path.name for path in (self.home / "releases").iterdir()}
        found = [f"release {name}" for name in here ^ known]
        curves = {path.name for path in (self.home / "runs").glob("*")}
        found += [f"curves {name}" for name in curves - known]
        halves = self.home.rglob(f"{CONVERTING}*")
        return sorted(found + [str(path.relative_to(self.home)) for path in halves])


async def half_made(
    home: Path, *, kills: int, settings: dict[str, str], seed: int = 23
) -> dict[str, Any]:
    """Kill so often; see what is live and what is left each time."""
    return await asyncio.to_thread(_run, Trial(home, settings), kills, seed)


def _run(trial: Trial, kills: int, seed: int) -> dict[str, Any]:
    counts, chance = Counts(), random.Random(seed)  # noqa: S311 - not for secrets
    opened, _ = trial.undisturbed("open")
    # Later there is a release to convert as well.
    converting = 1.2 * (opened["end"] - opened["ready"])
    reached, _ = trial.undisturbed("cycle")
    steps = itertools.cycle(STEPS)
    for kind in itertools.islice(itertools.cycle(KINDS), 2 * kills):
        if counts.kills.total() == kills:
            break
        _kill(trial, counts, kind, _Moment(chance, reached, converting, steps))
        _see(trial, counts, kind)
    verdict = trial.undisturbed("cycle")[1][-1]
    counts.orphans += trial.orphans() + _runs_left(trial)
    return _told(counts) | {
        "last_verdict": verdict,
        "releases": len(trial.versions()),
        "cycle_seconds": reached["end"],
        "converting_seconds": converting,
    }


@dataclass
class _Moment:
    """Draws when to kill."""

    chance: random.Random
    reached: dict[str, float]  # by an undisturbed cycle
    converting: float  # seconds of a start that converts everything
    steps: "itertools.cycle[str]"

    def after(self, step: str) -> float:
        """Seconds after a step, before the next one would be reached."""
        later = [at for at in self.reached.values() if at > self.reached[step]]
        gap = min(later) - self.reached[step]
        return self.chance.uniform(0, min(gap, SOON_SECONDS))


def _kill(trial: Trial, counts: Counts, kind: str, moment: _Moment) -> None:
    work, step, seconds = ["cycle"], "", 0.0
    if kind == "time":
        seconds = moment.chance.uniform(0, moment.reached["end"])
    elif kind == "step":
        step = next(moment.steps)
        seconds = moment.after(step)
    elif kind == "open":
        _forget_conversions(trial)
        work, step = ["open"], "ready"
        seconds = moment.chance.uniform(0, moment.converting)
    else:
        work = ["promote", moment.chance.choice(sorted(trial.versions()))]
        step, seconds = "ready", moment.chance.uniform(0, SOON_SECONDS)
    child = trial.child(*work)
    _wait_for(child, step)
    time.sleep(seconds)
    child.kill()
    said, _ = child.communicate()
    if child.returncode != -signal.SIGKILL:
        counts.too_late += 1
        return
    counts.kills[kind] += 1
    last = [found for line in said.splitlines() for found in _steps(line)]
    if kind in ("time", "step"):
        counts.at[last[-1] if last else step or "before any"] += 1


def _wait_for(child: "subprocess.Popen[str]", step: str) -> None:
    assert child.stdout
    while step and (line := child.stdout.readline()):
        if step in _steps(line):
            return


def _steps(line: str) -> list[str]:
    if line.strip() == "ready":
        return ["ready"]
    return [step for step, report in STEPS.items() if line.startswith(report)]


def _forget_conversions(trial: Trial) -> None:
    """As on a machine where a backup, which has no conversions, was put back."""
    with trial.database.reading() as stores:
        live = stores.releases.live()
    assert live
    shutil.rmtree(trial.registry.path(live.version) / "engine", ignore_errors=True)
    for path in (trial.home / "cache").glob("*"):
        shutil.rmtree(path)


def _see(trial: Trial, counts: Counts, kind: str) -> None:
    """Look before the sweep and after it."""
    if broken := trial.live():
        counts.broken.append(f"{kind}: {broken}")
    counts.left.update(name.split()[0].split("/")[0] for name in trial.orphans())
    if kind == "open":
        try:
            trial.undisturbed("open")
        except AssertionError as problem:
            counts.failed.append(str(problem))
    else:
        trial.registry.sweep(trial.versions())  # as a cycle does when it begins
    counts.orphans += [f"{kind}: {name}" for name in trial.orphans()]
    if broken := trial.live():
        counts.broken.append(f"{kind}, then swept: {broken}")


def _runs_left(trial: Trial) -> list[str]:
    with trial.database.reading() as stores:
        run = stores.runs.current()
    return [f"run {run.id} {RunState.RUNNING}"] if run else []


def _told(counts: Counts) -> dict[str, Any]:
    told = vars(counts).copy()
    for name in ("kills", "at", "left"):
        told[name] = dict(told[name])
    return told | {"kept": not (counts.broken or counts.orphans or counts.failed)}
