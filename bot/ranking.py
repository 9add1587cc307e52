"""Which entries of one language fit a question, best first. Never changed once made.

A change makes the next ranking: new entries come as a new segment, what is gone is
marked, and small segments are joined, so that a change costs what it changes. Words
and vectors both have a say; how much the vectors' weighs is measured on the knowledge
itself, so an encoder that does not know a language does no harm in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.nearest import highest
from bot.query import Ints, Query, Vocabulary, query_of
from bot.segment import PLAIN, Segment, Tools
from bot.similarity import Fit
from bot.tidy import tidied, without
from bot.vectors import Vectors
from bot.worth import POOL, say_of_vectors
from storage.records import Knowledge, KnowledgeKind

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

_ANSWER: Final = KnowledgeKind.ANSWER
LARGEST: Final = 131_072  # entries of a segment
_EXACT: Final = 5000  # entries up to which each change counts in every old weight
_CANDIDATES: Final = 128  # measured exactly, by words and by vectors each
_UNMEASURED: Final = 0.5  # their say where too few entries have a question
_FEWEST: Final = 4
_GROWTH: Final = 0.1  # how much may change before it is measured again


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of knowledge that was found; `score` is 1 for the very question.

    Attributes:
        score: likeness to the question asked, 0 to 1.
        by_words: what the words alone make of it, 0 to 1.
        by_meaning: what the vectors alone make of it; None where there are none.
    """

    knowledge: Knowledge
    score: float
    by_words: float = 0.0
    by_meaning: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """The knowledge in one language, ready to be ranked.

    Attributes:
        alive: which entries of each segment are still there.
        norms: the length of each entry's question, of each segment.
        frequencies: how many entries have each token, by its number.
        count: living entries.
        average: tokens of an entry.
        meaning: how much say the vectors have, 0 to 1.
        measured: how many entries there were when that was measured.
    """

    tools: Tools
    segments: tuple[Segment, ...] = ()
    alive: tuple[Mask, ...] = ()
    norms: tuple[Floats, ...] = ()
    frequencies: Ints
    count: int = 0
    average: float = 1.0
    meaning: float = 0.0
    measured: int = 0

    @classmethod
    def empty(cls, vectors: Vectors | None) -> "Ranking":
        """Without any entry."""
        tools = Tools(vocabulary=Vocabulary(), vectors=vectors)
        return cls(tools=tools, frequencies=np.zeros(0, np.int32))

    def changed(self, added: Sequence[Knowledge], gone: Sequence[str]) -> "Ranking":
        """The next ranking: without the ids that are gone, and with what is added."""
        alive = without(self.segments, self.alive, gone)
        rows = sum(map(len, self.segments))
        living = sum(int(mask.sum()) for mask in alive)
        if rows > PLAIN and 2 * living < rows:  # half of it is dead: begin anew
            fresh = Ranking.empty(self.tools.vectors)
            return fresh.changed([*self.living(alive), *added], ())
        segments = list(self.segments)
        for start in range(0, len(added), LARGEST):
            part = added[start : start + LARGEST]
            plan = next((s.lists.plan for s in segments if s.lists is not None), None)
            segments.append(Segment.build(part, self.tools, plan=plan))
            alive.append(np.ones(len(part), np.bool_))
        segments, alive = tidied(segments, alive, self.tools)
        return self._counted(segments, alive)._measured()

    def living(self, alive: Sequence[Mask] | None = None) -> Iterator[Knowledge]:
        """Every entry that is there."""
        masks = self.alive if alive is None else alive
        for segment, mask in zip(self.segments, masks, strict=True):
            for place in np.flatnonzero(mask):
                yield segment.knowledge[place]

    def get(self, knowledge_id: str) -> Knowledge | None:
        """The entry of that id."""
        for segment, mask in zip(self.segments, self.alive, strict=True):
            place = segment.places.get(knowledge_id)
            if place is not None and mask[place]:
                return segment.knowledge[place]
        return None

    def asking(self, key: str) -> list[Knowledge]:
        """The answers to the question of that key."""
        return self._there([each.exact.get(key, ()) for each in self.segments])

    def about(self, intent: str) -> list[Knowledge]:
        """The answers to that intent."""
        return self._there([each.by_intent.get(intent, ()) for each in self.segments])

    def _there(self, places: Sequence[Sequence[int]]) -> list[Knowledge]:
        return [
            segment.knowledge[place]
            for segment, mask, own in zip(
                self.segments, self.alive, places, strict=True
            )
            for place in own
            if mask[place]
        ]

    def search(
        self,
        tokens: Sequence[str],
        vector: Floats | None,
        limit: int,
        kind: KnowledgeKind | None,
    ) -> list[tuple[float, Passage]]:
        """At most `limit` passages with the rank that orders them, best first."""
        query = query_of(
            tokens,
            self.tools.vocabulary,
            self.frequencies,
            entries=self.count,
            average=self.average,
        )
        allowed = [
            mask if kind is None else mask & (each.answers == (kind is _ANSWER))
            for each, mask in zip(self.segments, self.alive, strict=True)
        ]
        rows = self._candidates(query, vector, allowed, max(_CANDIDATES, 2 * limit))
        fits = [
            each.words.fit(query, norms, own)
            for each, norms, own in zip(self.segments, self.norms, rows, strict=True)
        ]
        highest = max((float(fit.bm25.max(initial=0.0)) for fit in fits), default=0.0)
        measured = [
            self._measure(each, fit, own, vector, highest or 1.0)
            for each, fit, own in zip(self.segments, fits, rows, strict=True)
        ]
        return self._best(measured, rows, allowed, limit)

    def _candidates(
        self,
        query: Query,
        vector: Floats | None,
        allowed: Sequence[Mask],
        limit: int,
    ) -> list[Rows | None]:
        """The rows of each segment that are measured; None is every one."""
        large = [
            n
            for n, each in enumerate(self.segments)
            if each.plain is None and len(each) > PLAIN
        ]
        by_words = [
            self.segments[n].words.candidates(query, allowed[n], limit) for n in large
        ]
        chosen = highest(by_words, limit)
        if vector is not None:
            near = [
                lists.candidates(vector, allowed[n], limit)
                for n in large
                if (lists := self.segments[n].lists) is not None
            ]
            if near:
                pairs = zip(chosen, highest(near, limit), strict=True)
                chosen = [np.union1d(one, other) for one, other in pairs]
        found: list[Rows | None] = [None] * len(self.segments)
        for n, rows in zip(large, chosen, strict=True):
            found[n] = rows
        return found

    def _measure(
        self,
        segment: Segment,
        fit: Fit,
        rows: Rows | None,
        vector: Floats | None,
        highest: float,
    ) -> "_Measured":
        """Rank and score of each row. They differ in what an answer's wording does."""
        own = slice(None) if rows is None else rows
        share, by_words = segment.by_meaning[own], segment.by_words[own]
        whole = segment.whole[own]
        covered = (1 - whole) * fit.coverage + whole * (fit.bm25 / np.float32(highest))
        worded: Floats = by_words * fit.likeness + (1 - by_words) * fit.coverage
        rank: Floats = by_words * fit.likeness + (1 - by_words) * covered
        if vector is None or self.tools.vectors is None:
            return _Measured(rank, worded, worded, None)
        asked, said = segment.meant(vector, rows, self.tools.vectors)
        # The very question gets 1, though its answer is worded differently.
        best: Floats = np.where(share > 0, np.maximum(asked, said), said)
        meaning = np.float32(self.meaning)
        meant: Floats = share * asked + (1 - share) * said
        alike: Floats = share * asked + (1 - share) * best
        rank = meaning * meant + (1 - meaning) * rank
        score: Floats = meaning * alike + (1 - meaning) * worded
        return _Measured(rank, score, worded, alike)

    def _best(
        self,
        measured: Sequence["_Measured"],
        rows: Sequence[Rows | None],
        allowed: Sequence[Mask],
        limit: int,
    ) -> list[tuple[float, Passage]]:
        found: list[tuple[float, int, int, int]] = []
        for number, (each, own) in enumerate(zip(measured, rows, strict=True)):
            places = np.arange(len(each.rank)) if own is None else own
            kept = np.flatnonzero(allowed[number][places])
            best = kept[np.argsort(-each.rank[kept], kind="stable")[:limit]]
            found += [
                (-float(each.rank[n]), number, int(places[n]), int(n)) for n in best
            ]
        found.sort()
        return [
            (
                -rank,
                measured[number].passage(self.segments[number].knowledge[place], n),
            )
            for rank, number, place, n in found[:limit]
        ]

    def _counted(self, segments: Sequence[Segment], alive: Sequence[Mask]) -> "Ranking":
        """With these segments. In a large ranking the old weights stay as they are."""
        rows = sum(map(len, segments))
        known = {id(each): n for n, each in enumerate(self.segments)}
        if rows <= _EXACT:
            known = {}
        old = [known.get(id(each)) for each in segments]
        frequencies = np.zeros(len(self.tools.vocabulary), np.int32)
        if known:
            frequencies[: len(self.frequencies)] = self.frequencies
            for n in set(known.values()) - set(old):  # joined into another one
                _count(frequencies, self.segments[n], self.alive[n], -1)
        for segment, mask, number in zip(segments, alive, old, strict=True):
            if number is None:
                _count(frequencies, segment, mask)
        count = sum(int(mask.sum()) for mask in alive)
        norms = tuple(
            segment.words.norms(frequencies, count)
            if number is None
            else self.norms[number]
            for segment, number in zip(segments, old, strict=True)
        )
        tokens = sum(float(each.words.lengths.sum()) for each in segments)
        return replace(
            self,
            segments=tuple(segments),
            alive=tuple(alive),
            norms=norms,
            frequencies=frequencies,
            count=count,
            average=tokens / max(1, rows),
        )

    def _measured(self) -> "Ranking":
        """The same; with the vectors' say measured anew if much has changed."""
        if self.tools.vectors is None or not self.count:
            return self
        if abs(self.count - self.measured) <= _GROWTH * self.measured:
            return self
        entries = [
            (n, int(place))
            for n, mask in enumerate(self.alive)
            for place in np.flatnonzero(mask & (self.segments[n].by_meaning > 0))
        ]
        if len(entries) < min(_FEWEST, self.count):
            return replace(self, meaning=_UNMEASURED, measured=self.count)
        sample = entries[:: -(-len(entries) // POOL)]
        pool = [self.segments[n].knowledge[place] for n, place in sample]
        meaning = say_of_vectors(pool, self.tools.vectors)
        return replace(self, meaning=meaning, measured=self.count)


class _Measured(NamedTuple):
    """What was measured of the rows of a segment: [rows] each."""

    rank: Floats
    score: Floats
    worded: Floats
    meant: Floats | None

    def passage(self, knowledge: Knowledge, place: int) -> Passage:
        meant = None if self.meant is None else _share(self.meant[place])
        return Passage(
            knowledge=knowledge,
            score=_share(self.score[place]),
            by_words=_share(self.worded[place]),
            by_meaning=meant,
        )


def _count(frequencies: Ints, segment: Segment, alive: Mask, times: int = 1) -> None:
    """Add a segment's tokens to the counts, or take them away."""
    own = segment.words.tokens
    counts = frequencies[own] + times * segment.words.frequencies(alive)
    frequencies[own] = np.maximum(counts, 0)


def _share(score: np.float32) -> float:
    return min(1.0, max(0.0, float(score)))
