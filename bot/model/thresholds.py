"""How sure the bot must be before it acts. Calibrated with a release, never in code.

All four are between 0 and 1. Languages are calibrated apart, because the same score
means different things in different languages.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from storage.problems import BadInput
from storage.records import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The least score for each step, from 0 to 1.

    Attributes:
        answer: confidence in an intent to give its approved answer.
        clarify: confidence in an intent to offer it as a choice.
        match: similarity to an approved question to give its answer.
        ground: score of a passage to write a reply from it.
    """

    answer: float
    clarify: float
    match: float
    ground: float

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _malformed(field.name, value)
            if not 0.0 <= value <= 1.0:  # also refuses NaN
                raise _malformed(field.name, value)

    def to_json(self) -> dict[str, float]:
        """As a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Json) -> "Thresholds":
        """From a JSON object. Raises BadInput KF-312 on anything else."""
        names = {field.name for field in fields(cls)}
        if not isinstance(row, Mapping) or set(row) != names:
            raise _malformed("thresholds", row)
        return cls(**row)


def _malformed(name: str, value: object) -> BadInput:
    return BadInput(
        "KF-312",
        f"the threshold {name!r} cannot be used: {value!r}",
        why="a threshold is a number from 0 to 1, and a release has all four",
        fix="train again, or restore the release from a backup",
    )


# Before the first release nothing is calibrated, so only clear matches are answered.
DEFAULT: Final = Thresholds(answer=0.85, clarify=0.35, match=0.88, ground=0.2)


def of_language(thresholds: Mapping[str, Thresholds], language: str) -> Thresholds:
    """Those of a language; the conservative default where none were calibrated."""
    return thresholds.get(language, DEFAULT)
