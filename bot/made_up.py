"""Made-up knowledge of any size, the same on every machine, to measure a search with.

Words are drawn as people use them (by Zipf's law), vectors around topics, so that
rare words, near vectors and crowds of both exist.
"""

import random
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from bot.vectors import Floats
from storage.records import Knowledge, KnowledgeKind

WIDTH: Final = 896  # of the packaged encoders
WORKSPACE: Final = "bench"
_TOPICS, _WORDS = 2000, 30_000
_LONG, _ASKED = 24, 6  # words of a passage, of a question
_SAME_HEADING: Final = 20  # passages under one heading
_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """Made-up texts; the same number always gives the same one."""

    def __init__(self) -> None:
        drawn = np.random.default_rng(0)
        self._topics = drawn.normal(size=(_TOPICS, WIDTH)).astype(np.float32)
        chances = 1.0 / np.arange(1, _WORDS + 1)
        self._sums = np.cumsum(chances / chances.sum())

    def passages(self, count: int, start: int = 0) -> list[Knowledge]:
        """So many passages from a number on."""
        made = []
        for number in range(start, start + count):
            chance = random.Random(number)  # noqa: S311 - repeatable, not secret
            heading = number // _SAME_HEADING
            topic = heading % _TOPICS
            made.append(
                Knowledge(
                    id=f"p{number}",
                    workspace=WORKSPACE,
                    kind=KnowledgeKind.PASSAGE,
                    question=f"topic{topic} part {heading}",
                    text=f"topic{topic} passage{number} {self._words(chance, _LONG)}",
                    language="en",
                    source="bench",
                    source_key=f"p{number}",
                    updated_at=_TIME,
                )
            )
        return made

    def questions(self, count: int) -> list[str]:
        """Questions about topics, in words of their own."""
        chance = random.Random(-1)  # noqa: S311 - repeatable, not secret
        return [
            f"topic{chance.randrange(_TOPICS)} {self._words(chance, _ASKED)}"
            for _ in range(count)
        ]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors near those of texts of the same topic, float32 [texts, width]."""
        vectors = np.empty((len(texts), WIDTH), np.float32)
        for row, text in enumerate(texts):
            seed = zlib.crc32(text.encode())
            vectors[row] = np.random.default_rng(seed).standard_normal(
                WIDTH, np.float32
            )
            vectors[row] += self._topics[int(text.split(" ", 1)[0][5:])]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _words(self, chance: random.Random, count: int) -> str:
        drawn = [chance.random() for _ in range(count)]
        places = np.searchsorted(self._sums, drawn)
        return " ".join(f"w{place}" for place in places)
