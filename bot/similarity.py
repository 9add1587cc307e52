"""The words of a segment of entries, and how a question's words fit them.

Built once and never changed. Every number is kept per (token, entry), sorted, in plain
arrays: a segment of a million entries has no objects of its own. How rare a token is
comes from outside, because it depends on all segments together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.query import Query

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]

# Of BM25 (Robertson and Zaragoza 2009), as usual.
SATURATION: Final = 1.5
BY_LENGTH: Final = 0.75
POSTINGS: Final = 60_000  # read in one segment to find candidates
_MOST: Final = 255  # times that a token counts in one text


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How some entries fit a question, in words; float32, one number for each.

    Attributes:
        likeness: cosine with the entry's question, 0 to 1.
        coverage: how much of the question's weight the entry has, 0 to 1.
        bm25: of question and text together, from 0 on.
    """

    likeness: Floats
    coverage: Floats
    bm25: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of `size` entries.

    Attributes:
        tokens: numbers of its tokens, ascending.
        starts: where the postings of each token begin, and the end.
        entries: the entry of each posting, ascending within a token.
        asked, said: how often the token is in the entry's question and its text.
        lengths: tokens of each entry.
    """

    size: int
    tokens: Ints
    starts: NDArray[np.int64]
    entries: Ints
    asked: NDArray[np.uint8]
    said: NDArray[np.uint8]
    lengths: Floats

    @classmethod
    def build(
        cls, asked: Sequence[Sequence[int]], said: Sequence[Sequence[int]]
    ) -> "Words":
        """From the numbers of each entry's tokens, in its question and its text."""
        of_questions, times_asked = _counted(asked)
        of_texts, times_said = _counted(said)
        pairs = np.union1d(of_questions, of_texts)
        in_question = np.zeros(len(pairs), np.uint8)
        in_text = np.zeros(len(pairs), np.uint8)
        in_question[np.searchsorted(pairs, of_questions)] = times_asked
        in_text[np.searchsorted(pairs, of_texts)] = times_said
        lengths = [len(q) + len(t) for q, t in zip(asked, said, strict=True)]
        return cls._of_pairs(
            pairs, in_question, in_text, np.asarray(lengths, np.float32)
        )

    @classmethod
    def joined(cls, parts: Sequence["Words"], kept: Sequence[Mask]) -> "Words":
        """Several as one, in that order, without the entries that are not kept."""
        pairs, asked, said, offset = [], [], [], 0
        for part, mask in zip(parts, kept, strict=True):
            places = np.cumsum(mask) - 1 + offset
            of_kept = mask[part.entries]
            tokens = np.repeat(part.tokens, np.diff(part.starts)).astype(np.int64)
            whole = (tokens << 32) | places[part.entries]
            pairs.append(whole[of_kept])
            asked.append(part.asked[of_kept])
            said.append(part.said[of_kept])
            offset += int(mask.sum())
        together = np.concatenate(pairs)
        order = np.argsort(together, kind="stable")
        lengths = [part.lengths[mask] for part, mask in zip(parts, kept, strict=True)]
        return cls._of_pairs(
            together[order],
            np.concatenate(asked)[order],
            np.concatenate(said)[order],
            np.concatenate(lengths),
        )

    @classmethod
    def _of_pairs(
        cls,
        pairs: NDArray[np.int64],
        asked: NDArray[np.uint8],
        said: NDArray[np.uint8],
        lengths: Floats,
    ) -> "Words":
        tokens, starts = np.unique(pairs >> 32, return_index=True)
        return cls(
            size=len(lengths),
            tokens=tokens.astype(np.int32),
            starts=np.append(starts, len(pairs)).astype(np.int64),
            entries=(pairs & 0xFFFFFFFF).astype(np.int32),
            asked=asked,
            said=said,
            lengths=lengths,
        )

    def frequencies(self, alive: Mask) -> Ints:
        """How many living entries have each token, in the order of `tokens`."""
        living = np.append(alive[self.entries], False).astype(np.int32)
        found: Ints = np.add.reduceat(living, self.starts[:-1])
        return found

    def norms(self, frequencies: Ints, entries: int) -> Floats:
        """The length of each entry's question as a vector of weights; 1 for none."""
        found = frequencies[self.tokens].astype(np.float64)
        idf = np.log(1.0 + (entries + 0.5) / (found + 0.5))
        weights = np.repeat(idf, np.diff(self.starts))
        asked = self.asked > 0
        weights = weights[asked] * (1.0 + np.log(self.asked[asked]))
        squares = np.bincount(self.entries[asked], weights**2, self.size)
        norms: Floats = np.sqrt(squares).astype(np.float32)
        norms[norms == 0] = 1.0
        return norms

    def candidates(
        self, query: Query, allowed: Mask, limit: int
    ) -> tuple[Floats, NDArray[np.int64]]:
        """At most `limit` entries that share rare words with it, and how much.

        Rare words are looked up first, until so many postings were read: what has
        only words that everything has cannot be told apart by them anyway.
        """
        scores = np.zeros(self.size, np.float32)
        read = 0
        slices = [self._slice(token) for token in query.tokens]
        order = sorted(
            range(len(slices)), key=lambda n: slices[n].stop - slices[n].start
        )
        for place in order:
            part = slices[place]
            read += part.stop - part.start
            if read > POSTINGS and place != order[0]:
                break
            part = slice(part.start, min(part.stop, part.start + POSTINGS))
            entries = self.entries[part]
            gain = self._saturated(part, entries, query.average)
            gain += self.asked[part] > 0
            scores[entries] += query.idfs[place] * gain
        found = np.flatnonzero(scores)
        found = found[allowed[found]]
        if len(found) > limit:
            found = found[np.argpartition(-scores[found], limit)[:limit]]
        return scores[found], found

    def fit(
        self, query: Query, norms: Floats, rows: NDArray[np.int64] | None = None
    ) -> Fit:
        """How entries fit: those of the rows, or all."""
        count = self.size if rows is None else len(rows)
        likeness, coverage = np.zeros(count, np.float32), np.zeros(count, np.float32)
        bm25 = np.zeros(count, np.float32)
        for token, idf, weight in zip(
            query.tokens, query.idfs, query.weights, strict=True
        ):
            part = self._slice(token)
            entries = self.entries[part]
            if not len(entries):
                continue
            own: slice | NDArray[np.int64] = part
            places: Ints | NDArray[np.int64] = entries
            if rows is not None:
                nearest = np.searchsorted(entries, rows)
                nearest[nearest == len(entries)] = 0
                places = np.flatnonzero(entries[nearest] == rows)
                own = part.start + nearest[places]
                entries = self.entries[own]
            times = self.asked[own]
            # log(0) never counts: those entries are left out by the mask beside it.
            share = (1.0 + np.log(np.maximum(times, 1))) * (times > 0) * idf
            likeness[places] += share * np.float32(weight / query.length)
            coverage[places] += np.float32(idf / query.total)
            bm25[places] += np.float32(idf) * self._saturated(
                own, entries, query.average
            )
        likeness /= norms if rows is None else norms[rows]
        return Fit(
            likeness=np.minimum(likeness, 1.0),
            coverage=np.minimum(coverage, 1.0),
            bm25=bm25,
        )

    def _slice(self, token: int) -> slice:
        place = int(np.searchsorted(self.tokens, token))
        if place == len(self.tokens) or self.tokens[place] != token:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))

    def _saturated(
        self, own: slice | NDArray[np.int64], entries: Ints, average: float
    ) -> Floats:
        """BM25's share of a token: more with every time, less in a longer entry."""
        times = self.asked[own].astype(np.float32) + self.said[own]
        length = self.lengths[entries] / np.float32(average)
        longer = np.float32(1 - BY_LENGTH) + np.float32(BY_LENGTH) * length
        gain: Floats = np.float32(SATURATION + 1) * times
        gain /= times + np.float32(SATURATION) * longer
        return gain


def _counted(
    texts: Sequence[Sequence[int]],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """(token << 32 | entry) of every pair, ascending, and how often it is there."""
    counts = [len(tokens) for tokens in texts]
    entries = np.repeat(np.arange(len(texts), dtype=np.int64), counts)
    tokens = np.fromiter(chain.from_iterable(texts), np.int64, sum(counts))
    pairs, times = np.unique((tokens << 32) | entries, return_counts=True)
    return pairs, np.minimum(times, _MOST).astype(np.uint8)
