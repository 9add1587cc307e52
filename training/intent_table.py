"""Ways to tell intents, each with how well it does and what it costs, in one table."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """How one way did. Shares are 0 to 1; None where it cannot be measured.

    Attributes:
        encoder: whether it needs one; its time counts, its memory does not.
        fit_seconds, predict_ms_p50: with encoding, nothing remembered from before.
        fit_cpu_seconds, predict_cpu_ms_p50: the same of the processor.
        megabytes: of what it keeps: weights, landmarks, vocabulary.
    """

    name: str
    accuracy: float | None
    macro_f1: float | None
    oos_auroc: float | None
    oos_recall_at_90: float | None
    encoder: bool
    fit_seconds: float
    fit_cpu_seconds: float
    predict_ms_p50: float
    predict_cpu_ms_p50: float
    megabytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All of them, in the order in which they were run."""

    rivals: tuple[Rival, ...]

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {"compared": [asdict(each) for each in self.rivals]}

    def text(self) -> str:
        """A table for people; times with encoding, memory without the encoders."""
        heads = ["accuracy", "macro F1", "AUROC", "refused", "encoder"]
        heads += ["fit s", "fit CPU s", "ms", "CPU ms", "MB"]
        lines = [f"{'':<34}" + "".join(f"{head:>10}" for head in heads)]
        for each in self.rivals:
            shares = (
                each.accuracy,
                each.macro_f1,
                each.oos_auroc,
                each.oos_recall_at_90,
            )
            told = ["-" if share is None else f"{share:.4f}" for share in shares]
            told.append("yes" if each.encoder else "no")
            numbers = (
                each.fit_seconds,
                each.fit_cpu_seconds,
                each.predict_ms_p50,
                each.predict_cpu_ms_p50,
                each.megabytes,
            )
            told += [f"{number:.1f}" for number in numbers]
            lines.append(f"{each.name:<34}" + "".join(f"{one:>10}" for one in told))
        return "\n".join(lines)
