"""Learning to tell entities: a linear-chain CRF over hashed clues, on a processor.

The likelihood of the right tags is climbed by Adagrad over the clues that a batch
shows (Duchi et al. 2011), at a rate that falls to nothing; now and then clues are
hidden, so that no single one is relied on. The same seed gives the same weights.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.importing.samples import Tagged
from bot.model.tagger import OUTSIDE, Hashes, Ints, Tagger, allowed, places_of
from bot.model.tagging import hashed_clues
from storage.problems import BadInput

if TYPE_CHECKING:
    from torch import Tensor

Numbers: TypeAlias = NDArray[np.int64]

_POOL: Final = 64  # batches that are sorted by length together
_FEW: Final = 200  # sentences up to which every clue is kept, seen once or not
_LONGEST: Final = 256  # tokens of a sentence that are learnt from
_SLOWEST: Final = 0.02  # the share of the rate that is left at the end
_BEGUN: Final = 1e-3  # what Adagrad's sums begin with
_STEP_RATE: Final = 1e-2  # of the weights between tags


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerConfig:
    """How a tagger is fitted.

    Attributes:
        epochs: times that every sentence is looked at.
        batch: sentences that are looked at together.
        least: clues seen less often say nothing.
        rate: of learning, at the beginning.
        hidden: the share of clues that is not shown.
    """

    epochs: int = 8
    batch: int = 32
    least: int = 2
    rate: float = 0.1
    hidden: float = 0.1


@dataclass(frozen=True, slots=True)
class _Sentence:
    places: Ints  # [tokens, clues]
    tags: Numbers  # [tokens]


def fit_tagger(
    sentences: Sequence[Tagged],
    config: TaggerConfig,
    *,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _share: None,
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
    hashes = [hashed_clues(each.tokens[:_LONGEST]) for each in usable]
    known = _known(hashes, config.least if len(usable) > _FEW else 1)
    number = {tag: place for place, tag in enumerate(tags)}
    learnt = [
        _Sentence(
            places_of(row, known),
            np.asarray([number[tag] for tag in each.tags[:_LONGEST]]),
        )
        for row, each in zip(hashes, usable, strict=True)
    ]
    return _Learner(tags, known, config, seed).learn(learnt, progress)


def _known(hashes: Sequence[Hashes], least: int) -> Hashes:
    """The clues that are seen often enough, sorted."""
    found, counts = np.unique(
        np.concatenate([row.ravel() for row in hashes]), return_counts=True
    )
    kept: Hashes = found[counts >= least]
    return kept


class _Learner:
    """Weights while they move."""

    def __init__(
        self, tags: tuple[str, ...], known: Hashes, config: TaggerConfig, seed: int
    ) -> None:
        import torch

        self._torch, self._tags, self._known = torch, tags, known
        self._config = config
        self._chance = np.random.default_rng(seed)
        count = len(tags)
        self._weights = torch.nn.Embedding(len(known) + 1, count, sparse=True)
        torch.nn.init.zeros_(self._weights.weight)
        self._steps = torch.nn.Parameter(torch.zeros(count, count))
        self._first = torch.nn.Parameter(torch.zeros(count))

    def learn(
        self, sentences: Sequence[_Sentence], progress: Callable[[float], None]
    ) -> Tagger:
        """Look at all of them, so many times."""
        torch, config = self._torch, self._config
        seen = torch.optim.Adagrad(
            self._weights.parameters(), initial_accumulator_value=_BEGUN
        )
        chain = torch.optim.Adam([self._steps, self._first])
        lengths = [len(each.tags) for each in sentences]
        whole = config.epochs * -(-len(sentences) // config.batch)
        done = 0
        with torch.sparse.check_sparse_tensor_invariants(enable=False):
            for batch in self._batches(lengths):
                left = max(_SLOWEST, 1 - done / whole)
                _set_rate(seen, config.rate * left)
                _set_rate(chain, _STEP_RATE * left)
                loss = self._loss([sentences[place] for place in batch])
                seen.zero_grad()
                chain.zero_grad()
                torch.autograd.backward(loss)
                seen.step()
                chain.step()
                done += 1
                progress(min(1.0, done / whole))
        return self._tagger()

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Sentences of like length together, in an order of chance."""
        size = self._config.batch
        for _ in range(self._config.epochs):
            order = self._chance.permutation(len(lengths)).tolist()
            batches: list[list[int]] = []
            for start in range(0, len(order), size * _POOL):
                pool = sorted(
                    order[start : start + size * _POOL], key=lengths.__getitem__
                )
                batches += [pool[at : at + size] for at in range(0, len(pool), size)]
            self._chance.shuffle(batches)
            yield from batches

    def _loss(self, batch: Sequence[_Sentence]) -> "Tensor":
        """How unlikely the right tags are: the mean of minus their log-likelihood."""
        torch = self._torch
        lengths = [len(each.tags) for each in batch]
        scores = self._scores([each.places for each in batch], lengths)
        right = torch.zeros(scores.shape[:2], dtype=torch.long)
        for line, each in enumerate(batch):
            right[line, : lengths[line]] = torch.from_numpy(each.tags)
        real = torch.arange(scores.shape[1])[None] < torch.tensor(lengths)[:, None]
        chosen = (scores.gather(2, right[:, :, None])[:, :, 0] * real).sum(1)
        chosen = chosen + self._first[right[:, 0]]
        taken = self._steps[right[:, :-1], right[:, 1:]]
        chosen = chosen + (taken * real[:, 1:]).sum(1)
        loss: Tensor = (self._all_paths(scores, real) - chosen).mean()
        return loss

    def _scores(self, places: Sequence[Ints], lengths: Sequence[int]) -> "Tensor":
        torch = self._torch
        rows = np.concatenate(places).astype(np.int64)
        rows[self._chance.random(rows.shape) < self._config.hidden] = 0
        flat = torch.from_numpy(rows)
        seen = self._weights(flat) * (flat > 0)[:, :, None]
        lines = torch.split(seen.sum(1), list(lengths))
        scores: Tensor = torch.nn.utils.rnn.pad_sequence(list(lines), batch_first=True)
        return scores

    def _all_paths(self, scores: "Tensor", real: "Tensor") -> "Tensor":
        """The forward algorithm: log of the summed weight of every path."""
        torch, steps = self._torch, self._steps
        peak = steps.max().detach()
        ways = (steps - peak).exp()
        reached = scores[:, 0] + self._first
        for place in range(1, scores.shape[1]):
            top = reached.max(1, keepdim=True).values.detach()
            sums = torch.log((reached - top).exp() @ ways + 1e-30)
            following = sums + top + peak + scores[:, place]
            reached = torch.where(real[:, place, None], following, reached)
        whole: Tensor = torch.logsumexp(reached, 1)
        return whole

    def _tagger(self) -> Tagger:
        weights = self._weights.weight.detach().numpy().copy()
        weights[0] = 0.0
        steps, first = allowed(self._tags)
        return Tagger(
            tags=self._tags,
            known=self._known,
            weights=weights,
            steps=self._steps.detach().numpy() + steps,
            first=self._first.detach().numpy() + first,
        )


def _set_rate(optimizer: Any, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
