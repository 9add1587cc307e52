"""A progress bar on a terminal, plain lines elsewhere; always on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

SAFE = "safe to interrupt: the live release stays"
Report = Callable[[str, float], None]  # stage, share of it done from 0 to 1


@contextmanager
def bar(*, quiet: bool, note: str = SAFE) -> Iterator[Report]:
    """Show how far a long task is. The note says that stopping it is safe."""
    if quiet:
        yield lambda _stage, _share: None
    elif sys.stderr.isatty():
        with _rich(note) as report:
            yield report
    else:
        sys.stderr.write(f"{note}\n")
        yield _lines()


@contextmanager
def _rich(note: str) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn(note),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {}

        def report(stage: str, share: float) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=1.0)
            progress.update(tasks[stage], completed=share)

        yield report


def _lines() -> Report:
    first: dict[str, tuple[float, float]] = {}
    last: dict[str, float] = {}

    def report(stage: str, share: float) -> None:
        moment = time.monotonic()
        began, at = first.setdefault(stage, (moment, share))
        if stage not in last or share >= 1 or moment - last[stage] > 10:
            last[stage] = moment
            left = (moment - began) * (1 - share) / (share - at) if share > at else 0
            sys.stderr.write(f"{stage}: {share:.0%}{time_left(left)}\n")

    return report


def time_left(seconds: float) -> str:
    """As a person would say it; nothing where it is not known."""
    if seconds <= 0:
        return ""
    minutes = seconds / 60
    return f", {minutes:.0f} min left" if minutes >= 1 else f", {seconds:.0f} s left"
