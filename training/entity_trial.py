"""How well entities are told on files of one's own: fitted fresh, scored on others."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bot.importing.samples import Tagged
from training.lookup import lookup_of
from training.spans import compare
from training.tagger import TaggerConfig, fit_tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityTrial:
    """What came of it. An entity is right if its type and both its ends are.

    `lookup_f1` is the micro F1 of a table of what the sentences to learn from tag:
    what is worth learning must beat it.
    """

    train: int
    test: int
    entities: int  # of the test sentences
    micro_f1: float
    lookup_f1: float
    precision: float
    recall: float
    train_seconds: float
    predict_ms_p50: float
    types: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def text(self) -> str:
        """For people: the figures, then every type, weakest first."""
        lines = [
            f"{self.train} sentences learnt in {self.train_seconds:.1f} s; {self.test} "
            f"read, with {self.entities} entities",
            "",
            f"micro F1                {self.micro_f1:.1%}",
            f"the same, by a table    {self.lookup_f1:.1%}",
            f"precision               {self.precision:.1%}",
            f"recall                  {self.recall:.1%}",
            f"one sentence, median    {self.predict_ms_p50:.2f} ms",
            "",
            "type                       precision  recall      F1  entities",
        ]
        lines += [
            f"{row['type']:<26.26} {row['precision']:9.3f} {row['recall']:7.3f} "
            f"{row['f1']:7.3f} {row['count']:9d}"
            for row in self.types
        ]
        return "\n".join(lines)


def try_entities(
    train: Sequence[Tagged],
    test: Sequence[Tagged],
    config: TaggerConfig,
    *,
    seed: int = 0,
) -> EntityTrial:
    """Fit on some sentences, read others.

    Raises:
        BadInput: KF-402, no entity is tagged in any of the sentences to learn from.
    """
    began = time.perf_counter()
    tagger = fit_tagger(train, config, seed=seed)
    seconds = time.perf_counter() - began
    guessed, times = [], []
    for each in test:
        began = time.perf_counter()
        guessed.append(tagger.tag(each.tokens))
        times.append(1000 * (time.perf_counter() - began))
    wanted = [each.tags for each in test]
    overall, of_type = compare(wanted, guessed)
    table = lookup_of(train)
    baseline, _ = compare(wanted, [table.tag(each.tokens) for each in test])
    rows = [found.row(kind) for kind, found in of_type.items()]
    return EntityTrial(
        train=len(train),
        test=len(test),
        entities=overall.wanted,
        micro_f1=round(overall.f1, 4),
        lookup_f1=round(baseline.f1, 4),
        precision=round(overall.precision, 4),
        recall=round(overall.recall, 4),
        train_seconds=round(seconds, 2),
        predict_ms_p50=round(median(times), 3),
        types=tuple(sorted(rows, key=lambda row: (row["f1"], row["type"]))),
    )
