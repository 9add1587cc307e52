"""Every way of tuning on the same lessons, in one table, beside the base alone.

Each learns in a process of its own, whose memory is its own, and is measured as served:
on lessons it never saw, with the passages that the search finds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from training.apart import run_apart
from training.job import Job
from training.lessons import Lesson
from training.methods import METHODS, FinetuneConfig

FEW_SHOT: Final = "few-shot"
_SHOTS: Final = 3  # of each language


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What each way came to, by its name; "none" is the base with its passages alone.

    Attributes:
        learnt_from, asked: how many lessons.
        ways: results of jobs, see `training.job`.
    """

    base: str
    learnt_from: int
    asked: int
    epochs: int
    threads: int
    ways: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """One row per way, and which of them gives most right replies."""
        return {
            "base": self.base,
            "lessons": self.learnt_from,
            "held_out": self.asked,
            "epochs": self.epochs,
            "threads": self.threads,
            "methods": {name: _row(result) for name, result in self.ways.items()},
            "best": self.best,
        }

    @property
    def best(self) -> str:
        """The one with most right replies; of equals that of the lower loss."""

        def rank(name: str) -> tuple[int, float]:
            result = self.ways[name]
            return -result["replies"]["right"], result["held_out_loss"]

        return min(self.ways, key=rank)

    def text(self) -> str:
        """The same for a person."""
        told = self.to_json()
        lines = [
            f"{self.base}: {self.learnt_from} lessons, {self.epochs} epochs, "
            f"{self.asked} held-out questions, {self.threads} threads",
            f"{'method':<10}{'right':>8}{'answered':>10}{'loss':>8}{'learnt':>10}"
            f"{'seconds':>9}{'CPU s':>8}{'peak MB':>9}",
        ]
        for name, row in told["methods"].items():
            lines.append(
                f"{name:<10}{row['right']:>8.1%}{row['answered']:>10.1%}"
                f"{row['held_out_loss']:>8.3f}{row['learnt']:>10,}"
                f"{row['seconds']:>9.1f}{row['cpu_seconds']:>8.1f}"
                f"{row['peak_mb']:>9,.0f}"
            )
        return "\n".join([*lines, f"best: {told['best']}"])


def _row(result: Mapping[str, Any]) -> dict[str, Any]:
    replies = result["replies"]
    named = ("held_out_loss", "learnt", "seconds", "cpu_seconds", "peak_mb")
    return {
        "right": replies["right"] / max(1, replies["asked"]),
        "answered": replies["answered"] / max(1, replies["answerable"]),
        **{name: result[name] for name in named},
    }


def compare(
    folder: Path,
    *,
    base: str,
    lessons: Sequence[Lesson],
    held_out: Sequence[Lesson],
    config: FinetuneConfig,
    ways: Sequence[str] = (*METHODS, FEW_SHOT),
    told: Callable[[float], None] = lambda _: None,
) -> Comparison:
    """Let each way learn, one after the other, in a folder.

    Raises EnvironmentProblem KF-417 if one of them ends badly.
    """
    results = {}
    for number, name in enumerate(ways):
        method: Any = "none" if name == FEW_SHOT else name
        job = Job(
            base=base,
            config=replace(config, method=method),
            lessons=lessons,
            held_out=held_out,
            shots=_first_of_each(lessons) if name == FEW_SHOT else (),
            replies=True,
        )
        job.write(folder / name)
        results[name] = run_apart(folder / name, threads=max(1, config.threads))
        told((number + 1) / len(ways))
    return Comparison(
        base=base or "the starter model",
        learnt_from=len(lessons),
        asked=len(held_out),
        epochs=config.epochs,
        threads=config.threads,
        ways=results,
    )


def _first_of_each(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The first few of each language; lessons come in a drawn order."""
    found: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        found.setdefault(lesson.language, []).append(lesson)
    return [lesson for each in found.values() for lesson in each[:_SHOTS]]
