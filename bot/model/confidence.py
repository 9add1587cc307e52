"""How far a guess may be believed, told from the scores alone.

Logistic regression over a few scores (Platt 1999, with more than one): the share that a
softmax gives says which label is likeliest, but not whether any of them is meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

EVIDENCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """A chance told from evidence: that a guess is right, or that a text is ours.

    Attributes:
        weights: one for each piece of evidence.
        bias: what is believed without any.
    """

    weights: tuple[float, ...]
    bias: float

    def __post_init__(self) -> None:
        if len(self.weights) != EVIDENCE:
            raise ValueError(f"{EVIDENCE} weights are needed: {self.weights}")

    def of(self, evidence: NDArray[Any]) -> Floats:
        """Chances from 0 to 1, [texts], for evidence [texts, 4]."""
        told = evidence @ np.asarray(self.weights, np.float64) + self.bias
        chances: Floats = 1.0 / (1.0 + np.exp(-np.clip(told, -60.0, 60.0)))
        return chances

    def to_json(self) -> dict[str, Any]:
        """For a JSON file."""
        return {"weights": list(self.weights), "bias": self.bias}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Confidence":
        """From such a file. Raises KeyError, TypeError or ValueError on another one."""
        return cls(
            weights=tuple(float(each) for each in row["weights"]),
            bias=float(row["bias"]),
        )


def evidence(
    labels: Sequence[str], scores: NDArray[Any], likely: Floats, outside: str
) -> Floats:
    """What speaks for and against the best guess, float64 [texts, 4].

    Its score, the runner-up's, that of being out of scope, and the logarithm of its
    share. `scores` and `likely` are [texts, labels]; `outside` names the label for
    what is out of scope.
    """
    inside = [place for place, label in enumerate(labels) if label != outside]
    ranked = np.sort(scores[:, inside], axis=1)[:, ::-1]
    strange = scores[:, [place for place in range(len(labels)) if place not in inside]]
    none = np.zeros((len(scores), 1))
    share = np.log(np.maximum(likely[:, inside].max(axis=1, initial=0.0), 1e-9))
    best = ranked[:, :1] if inside else none
    second = ranked[:, 1:2] if len(inside) > 1 else none
    columns = [best, second, strange if strange.size else none, share[:, None]]
    return np.hstack(columns).astype(np.float64)
