"""How many entities are found: one counts as found only if its kind, its beginning and
its end are all right (CoNLL 2000).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.model.tagging import spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many entities there are, were guessed, and were guessed right."""

    wanted: int
    guessed: int
    right: int

    @property
    def precision(self) -> float:
        """The share of the guessed that is right."""
        return self.right / self.guessed if self.guessed else 0.0

    @property
    def recall(self) -> float:
        """The share of the wanted that is found."""
        return self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.wanted + self.guessed
        return 2 * self.right / both if both else 0.0

    def row(self, kind: str) -> dict[str, Any]:
        """One line of a table."""
        return {
            "type": kind,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "count": self.wanted,
        }


def compare(
    wanted: Sequence[Sequence[str]], guessed: Sequence[Sequence[str]]
) -> tuple[Found, dict[str, Found]]:
    """Over all sentences, and for each kind that is wanted or guessed."""
    want: Counter[str] = Counter()
    guess: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for gold, tags in zip(wanted, guessed, strict=True):
        gold_spans, tag_spans = set(spans(gold)), set(spans(tags))
        want.update(kind for kind, _, _ in gold_spans)
        guess.update(kind for kind, _, _ in tag_spans)
        right.update(kind for kind, _, _ in gold_spans & tag_spans)
    of_kind = {
        kind: Found(wanted=want[kind], guessed=guess[kind], right=right[kind])
        for kind in sorted(want | guess)
    }
    overall = Found(wanted=want.total(), guessed=guess.total(), right=right.total())
    return overall, of_kind
