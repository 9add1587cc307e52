"""Telling entities in tokens: a linear chain over BIO tags, learnt by its mistakes.

An averaged structured perceptron (Collins 2002) with Viterbi decoding: numpy alone,
fitted in seconds, the same seed gives the same weights. No guess ever breaks BIO:
inside a kind comes only after its beginning or inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.importing.samples import Tagged
from storage.problems import BadInput
from training.tagging import WIDTH, clues

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]

OUTSIDE: Final = "O"
_NEVER: Final = -1e7  # the score of what BIO does not allow
_POOL: Final = 64  # batches that are sorted by length together


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerConfig:
    """How a tagger is fitted.

    Attributes:
        epochs: times that every sentence is looked at.
        batch: sentences that are decoded together before weights move.
        least: clues seen less often say nothing.
        margin: by how much the right tags must win while it learns.
    """

    epochs: int = 6
    batch: int = 8
    least: int = 2
    margin: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagger:
    """A fitted tagger.

    Attributes:
        tags: sorted; "O" is one of them.
        places: of each clue in the weights; place 0 is every unknown clue.
        weights: float32 [clues, tags].
        steps: of one tag after another, float32 [tags, tags].
        first: of the first tag, float32 [tags].
    """

    tags: tuple[str, ...]
    places: dict[str, int]
    weights: Floats
    steps: Floats
    first: Floats

    def tag(self, tokens: Sequence[str]) -> list[str]:
        """The likeliest tags, one for each token."""
        if not tokens:
            return []
        known = self.places
        places = np.asarray(
            [[known.get(clue, 0) for clue in each] for each in clues(tokens)], np.int32
        )
        scores = self.weights[places].sum(axis=1)[None]
        path = _best_path(scores, self.steps, self.first)[0]
        return [self.tags[place] for place in path]


def fit_tagger(
    sentences: Sequence[Tagged], config: TaggerConfig, *, seed: int = 0
) -> Tagger:
    """Learn from sentences.

    Raises:
        BadInput: KF-402, no entity is tagged in any of them.
    """
    tags = tuple(sorted({OUTSIDE, *(tag for each in sentences for tag in each.tags)}))
    if len(tags) < 2:
        raise BadInput(
            "KF-402",
            "there is nothing to learn entities from",
            why="no token has a tag other than O",
            fix='tag some, such as {"tokens": ["order", "A1"], "tags": ["O", "B-ID"]}',
        )
    usable = [each for each in sentences if each.tokens]
    places, rows = _counted(usable, config.least)
    number = {tag: place for place, tag in enumerate(tags)}
    right = [np.asarray([number[tag] for tag in each.tags]) for each in usable]
    learner = _Learner(len(places) + 1, tags, config.margin)
    chance = np.random.default_rng(seed)
    for _ in range(config.epochs):
        for batch in _batches([len(each) for each in rows], config.batch, chance):
            learner.look(
                [rows[each] for each in batch], [right[each] for each in batch]
            )
    return learner.tagger(places)


def _counted(
    sentences: Sequence[Tagged], least: int
) -> tuple[dict[str, int], list[Ints]]:
    """The clues that are seen often enough, and every token's clues by their places."""
    found: dict[str, int] = {}
    rows = [
        np.asarray(
            [[found.setdefault(clue, len(found)) for clue in of] for of in clues(each)],
            np.int32,
        )
        for each in (sentence.tokens for sentence in sentences)
    ]
    counts = np.bincount(np.concatenate([row.ravel() for row in rows]))
    # A small file has few clues twice: there, every clue is kept.
    kept = counts >= (least if len(sentences) > 200 else 1)
    moved = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    places = {clue: int(moved[place]) for clue, place in found.items() if kept[place]}
    return places, [moved[row] for row in rows]


def _batches(
    lengths: Sequence[int], size: int, chance: np.random.Generator
) -> list[list[int]]:
    """Sentences of like length together, in an order of chance."""
    order = chance.permutation(len(lengths)).tolist()
    batches: list[list[int]] = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(order[start : start + size * _POOL], key=lengths.__getitem__)
        batches += [pool[place : place + size] for place in range(0, len(pool), size)]
    chance.shuffle(batches)
    return batches


class _Learner:
    """Weights while they move, and the sum that their mean is taken from."""

    def __init__(self, clue_count: int, tags: tuple[str, ...], margin: float) -> None:
        self._tags, self._margin, self._time = tags, margin, 1
        count = len(tags)
        self._weights = np.zeros((clue_count, count), np.float32)
        self._weights_sum = np.zeros_like(self._weights)
        self._allowed_steps, self._allowed_first = _allowed(tags)
        self._steps = np.zeros((count, count), np.float32)
        self._steps_sum = np.zeros_like(self._steps)
        self._first = np.zeros(count, np.float32)
        self._first_sum = np.zeros_like(self._first)

    def look(self, rows: Sequence[Ints], right: Sequence[NDArray[np.int64]]) -> None:
        """Guess, then move towards what is right where a guess is wrong."""
        longest = max(map(len, rows))
        places = np.zeros((len(rows), longest, WIDTH), np.int32)
        for line, row in enumerate(rows):
            places[line, : len(row)] = row
        scores = self._weights[places].sum(axis=2) + self._margin
        for line, gold in enumerate(right):
            scores[line, np.arange(len(gold)), gold] -= self._margin
        ends = [len(row) for row in rows]
        guesses = _best_path(
            scores,
            self._steps + self._allowed_steps,
            self._first + self._allowed_first,
            ends,
        )
        for row, gold, guess in zip(rows, right, guesses, strict=True):
            if not np.array_equal(gold, guess):
                self._move(row, gold, 1.0)
                self._move(row, guess, -1.0)
        self._weights[0] = self._weights_sum[0] = 0.0
        self._time += 1

    def _move(self, row: Ints, path: NDArray[np.int64], by: float) -> None:
        for now, total, where in (
            (self._weights, self._weights_sum, (row, path[:, None])),
            (self._steps, self._steps_sum, (path[:-1], path[1:])),
            (self._first, self._first_sum, (path[:1],)),
        ):
            np.add.at(now, where, np.float32(by))
            np.add.at(total, where, np.float32(by * self._time))

    def tagger(self, places: dict[str, int]) -> Tagger:
        """With the mean of all weights there were, which wavers less than the last."""
        time = np.float32(self._time)
        return Tagger(
            tags=self._tags,
            places=places,
            weights=self._weights - self._weights_sum / time,
            steps=self._steps - self._steps_sum / time + self._allowed_steps,
            first=self._first - self._first_sum / time + self._allowed_first,
        )


def _allowed(tags: Sequence[str]) -> tuple[Floats, Floats]:
    """0 where BIO allows a tag after another (and first), `_NEVER` where not."""
    inside = np.asarray([tag.startswith("I-") for tag in tags])
    kinds = np.asarray([tag[2:] for tag in tags])
    outside = np.asarray([tag == OUTSIDE for tag in tags])
    continues = (kinds[:, None] == kinds[None, :]) & ~outside[:, None]
    steps = np.where(inside[None, :] & ~continues, _NEVER, 0.0)
    return steps.astype(np.float32), np.where(inside, _NEVER, 0.0).astype(np.float32)


def _best_path(
    scores: Floats, steps: Floats, first: Floats, ends: Sequence[int] | None = None
) -> list[NDArray[np.int64]]:
    """Viterbi: the best tags of each sentence, scores [sentences, tokens, tags].

    Args:
        ends: how many tokens each sentence has; without, all of them.
    """
    count, longest, _ = scores.shape
    ends = ends or [longest] * count
    best = np.empty_like(scores)
    came = np.zeros(scores.shape, np.int64)
    best[:, 0] = scores[:, 0] + first
    for place in range(1, longest):
        reached = best[:, place - 1, :, None] + steps
        came[:, place] = reached.argmax(axis=1)
        best[:, place] = reached.max(axis=1) + scores[:, place]
    paths = []
    for line, end in enumerate(ends):
        path = np.empty(end, np.int64)
        path[-1] = best[line, end - 1].argmax()
        for place in range(end - 1, 0, -1):
            path[place - 1] = came[line, place, path[place]]
        paths.append(path)
    return paths
