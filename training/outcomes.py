"""What became of a held-out question: right, wrong, or honestly not answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Any, Final

_Z: Final = 1.959964  # of the 95 % interval


class Result(StrEnum):
    """Of one question."""

    RIGHT = "right"
    WRONG = "wrong"  # answered, but not with what was asked for
    UNANSWERED = "unanswered"  # asked back, declined or handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One held-out question and what the bot did with it.

    `good` is what counts: for a question in scope the right answer, for one out of
    scope that it was not answered as if it were known.
    """

    example_id: str
    language: str
    intent: str | None
    in_scope: bool
    result: Result
    action: str
    origin: str  # approved, generated or fixed
    latency_ms: float

    @property
    def good(self) -> bool:
        """Whether the bot did as it should."""
        return self.result is (Result.RIGHT if self.in_scope else Result.UNANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share, with its 95 % interval after Wilson (1927)."""

    share: float
    lower: float
    upper: float
    count: int

    @classmethod
    def of(cls, hits: int, count: int) -> "Rate":
        """The share of hits among `count`."""
        if count == 0:
            return cls(share=0.0, lower=0.0, upper=1.0, count=0)
        share, square = hits / count, _Z**2
        middle = (share + square / (2 * count)) / (1 + square / count)
        spread = sqrt(share * (1 - share) / count + square / (4 * count**2))
        half = _Z * spread / (1 + square / count)
        return cls(
            share=share,
            lower=max(0.0, middle - half),
            upper=min(1.0, middle + half),
            count=count,
        )

    def to_json(self) -> dict[str, Any]:
        """Rounded to a hundredth of a per cent."""
        return {
            "share": round(self.share, 4),
            "lower": round(self.lower, 4),
            "upper": round(self.upper, 4),
            "count": self.count,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The rates of a set of outcomes."""

    right: Rate
    wrong: Rate
    unanswered: Rate
    false_answers: Rate  # of the questions out of scope
    generated: Rate  # of all replies, written by the generator

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Scores":
        """Count them."""
        inside = [each for each in outcomes if each.in_scope]
        outside = [each for each in outcomes if not each.in_scope]

        def rate(result: Result) -> Rate:
            return Rate.of(sum(each.result is result for each in inside), len(inside))

        return cls(
            right=rate(Result.RIGHT),
            wrong=rate(Result.WRONG),
            unanswered=rate(Result.UNANSWERED),
            false_answers=Rate.of(sum(not each.good for each in outside), len(outside)),
            generated=Rate.of(
                sum(each.origin == "generated" for each in outcomes), len(outcomes)
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        names = ("right", "wrong", "unanswered", "false_answers", "generated")
        return {name: getattr(self, name).to_json() for name in names}
