"""How a learning cycle ended, for programs and for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
