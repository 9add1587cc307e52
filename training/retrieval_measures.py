"""How well a search ranks, beside BM25 over the same words.

The interval of a difference is a paired bootstrap over the questions (Efron and
Tibshirani 1993).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.importing.matched import Asked, Entries
from bot.text import character_bigrams
from storage.records import Knowledge

Floats: TypeAlias = NDArray[np.float64]

DEEP: Final = 100  # places that are looked at for the mean average precision
RESAMPLED: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a search made of the questions in scope. Shares are 0 to 1."""

    hit_at_1: Floats  # 0 or 1 of each question
    hit_at_5: Floats
    precision: Floats  # average precision of each question

    def to_json(self) -> dict[str, float | None]:
        """The means."""
        return {
            "hit@1": _mean(self.hit_at_1),
            "hit@5": _mean(self.hit_at_5),
            "map": _mean(self.precision),
        }

    def of(self, places: Sequence[int]) -> "Ranked":
        """Of some of the questions."""
        own = np.asarray(places, int)
        return Ranked(
            hit_at_1=self.hit_at_1[own],
            hit_at_5=self.hit_at_5[own],
            precision=self.precision[own],
        )


def ranked(found: Sequence[Sequence[str]], asked: Sequence[Asked]) -> Ranked:
    """The measures of rows that were found, best first, for each question."""
    first, five, precision = [], [], []
    for rows, each in zip(found, asked, strict=True):
        hits = [place for place, row in enumerate(rows, 1) if row in each.relevant]
        first.append(bool(hits) and hits[0] == 1)
        five.append(bool(hits) and hits[0] <= 5)
        sums = sum(number / place for number, place in enumerate(hits, 1))
        precision.append(sums / len(each.relevant))
    return Ranked(
        hit_at_1=np.asarray(first, np.float64),
        hit_at_5=np.asarray(five, np.float64),
        precision=np.asarray(precision, np.float64),
    )


def bm25(
    entries: Entries, asked: Sequence[Asked], tongues: Sequence[str]
) -> list[list[str]]:
    """What BM25 finds, over words and Chinese characters and their pairs."""
    parts: dict[str, list[Knowledge]] = {}
    for entry in entries.knowledge:
        parts.setdefault(entry.language, []).append(entry)
    engines = {name: _engine(part) for name, part in parts.items()}
    everything = _engine(entries.knowledge)
    found = []
    for each, language in zip(asked, tongues, strict=True):
        knowledge = parts.get(language, entries.knowledge)
        ids = engines.get(language, everything)(each.text)
        found.append(rows_of([knowledge[n].id for n in ids], entries.row_of))
    return found


def paired(ours: Floats, theirs: Floats) -> dict[str, float]:
    """The mean difference and where 95 % of resampled ones lie."""
    gains = ours - theirs
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(gains), (RESAMPLED, len(gains)))
    low, high = np.quantile(gains[drawn].mean(axis=1), (0.025, 0.975))
    return {
        "hit@1": round(float(gains.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def _engine(knowledge: Sequence[Knowledge]) -> Callable[[str], list[int]]:
    import bm25s

    tokens = [character_bigrams(f"{each.question}\n{each.text}") for each in knowledge]
    engine = bm25s.BM25(k1=1.5, b=0.75)
    engine.index(tokens, show_progress=False)

    def search(text: str) -> list[int]:
        known = [each for each in character_bigrams(text) if each in engine.vocab_dict]
        if not known:
            return []
        order = np.argsort(-engine.get_scores(known), kind="stable")
        return [int(place) for place in order[:DEEP]]

    return search


def rows_of(ids: Sequence[str], row_of: Mapping[str, str]) -> list[str]:
    """The rows that pieces came from, each once, in order."""
    return list(dict.fromkeys(row_of[each] for each in ids))


def _mean(values: Floats) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None
