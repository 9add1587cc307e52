"""How fast is learnt: our fine-tuning beside the obvious loop, in one run.

Both learn the same lessons with the same LoRA, rate, epochs and steps, each in its own
process, one after the other. Tokens are counted without padding. What counts is that
both come to the same held-out loss, so both learn the wording of answers. Alone, ours
learns as a learning cycle does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bot.model.files import read_json, write_json
from bot.model.speed import Shape, draw_base
from training.apart import run_apart
from training.job import Job
from training.lessons import Lesson
from training.methods import FinetuneConfig

# GPT-2's shape, with its 1,024 positions.
GPT2: Final = Shape(prompt_tokens=960, reply_tokens=64)
WAYS: Final = {"kefu": "training.job", "plain": "training.plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What both ways came to, by their names; see `finetune.Tuned` for the numbers."""

    base: str
    threads: int
    ways: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The numbers, tokens a second, and how many times as fast kefu is."""
        ways = {name: dict(numbers) for name, numbers in self.ways.items()}
        for numbers in ways.values():
            numbers["tokens_per_second"] = numbers["tokens"] / numbers["seconds"]
            numbers["tokens_per_cpu_second"] = (
                numbers["tokens"] / numbers["cpu_seconds"]
            )
        told: dict[str, Any] = {"base": self.base, "threads": self.threads}
        told["ways"] = ways
        if "plain" in ways:
            ours, theirs = ways["kefu"], ways["plain"]
            told["ratios"] = {
                name: ours[name] / theirs[name]
                for name in ("tokens_per_second", "tokens_per_cpu_second", "peak_mb")
            }
            told["held_out_loss_difference"] = (
                ours["held_out_loss"] - theirs["held_out_loss"]
            )
        return told

    def text(self) -> str:
        """The same for a person."""
        told = self.to_json()
        lines = [f"{self.base}, {self.threads} threads, {{}} tokens without padding"]
        lines[0] = lines[0].format(f"{told['ways']['kefu']['tokens']:,}")
        for name, row in told["ways"].items():
            lines.append(
                f"  {name:<6} {row['tokens_per_second']:8.0f} tokens/s "
                f"({row['tokens_per_cpu_second']:.0f} per processor second), "
                f"{row['seconds']:.1f} s, {row['steps']} steps, held-out loss "
                f"{row['held_out_loss']:.3f}, peak {row['peak_mb']:,.0f} MB"
            )
        if "ratios" in told:
            ratios = told["ratios"]
            lines.append(
                f"  kefu is {ratios['tokens_per_second']:.2f}x as fast, "
                f"{ratios['tokens_per_cpu_second']:.2f}x per processor second"
            )
        return "\n".join(lines)


def race(
    folder: Path,
    *,
    base: str,
    lessons: Sequence[Lesson],
    held_out: Sequence[Lesson],
    config: FinetuneConfig,
    ways: Sequence[str] = tuple(WAYS),
    told: Callable[[float], None] = lambda _: None,
) -> Race:
    """Let the ways learn the lessons, one after the other, in a folder.

    Raises EnvironmentProblem KF-417 if one of them ends badly.
    """
    results = {}
    config = replace(config, choosing=config.choosing and len(ways) == 1)
    for number, name in enumerate(ways):
        job = Job(base=base, config=config, lessons=lessons, held_out=held_out)
        job.write(folder / name)
        results[name] = run_apart(
            folder / name, module=WAYS[name], threads=config.threads
        )
        told((number + 1) / len(ways))
    shown = base or "the starter model"
    return Race(base=shown, threads=config.threads, ways=results)


def draw_gpt2(folder: Path) -> str:
    """A model of GPT-2's shape with drawn weights, without dropout; its directory."""
    draw_base(folder, GPT2)
    told = read_json(folder / "config.json")
    pauses = ("attn_pdrop", "embd_pdrop", "resid_pdrop")
    write_json(folder / "config.json", told | dict.fromkeys(pauses, 0.0))
    return str(folder)


def repeated(lessons: Sequence[Lesson], count: int) -> list[Lesson]:
    """So many lessons, the given ones again and again."""
    return [
        replace(lessons[number % len(lessons)], example_id=f"{number}")
        for number in range(count)
    ]
