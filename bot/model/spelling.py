"""Slips of the finger mended by the words that a shop's own questions are made of.

A text whose words are all known is never changed. Where one is not, each word of it
is doubted, and the likeliest sentence is taken: words a slip or two away, by how often
the shop's customers say them after each other, against what a slip costs (the noisy
channel of Kernighan, Church and Gale 1990, with pairs of words). Candidates are found
by deleting letters on both sides (Garbe's symmetric delete).
"""

import math
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeAlias

from bot.model.gloss import glossary

Pairs: TypeAlias = Mapping[tuple[str, str], int]  # "" stands at both ends of a text

_WORD: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_LONG: Final = 6  # letters from which on two slips are mended
_LONGEST: Final = 24  # letters; longer ones are no words
_FEW: Final = 1000  # texts; of more, a word in a single one is as likely a slip
_REMEMBERED: Final = 20_000  # words whose candidates are kept
_PAIRS: Final = 50_000  # the most frequent ones, that are kept
_READ: Final = 80  # words of a text; the rest stays
_CANDIDATES: Final = 12  # of a word
# What is paid, in nats. A slip: one letter in twenty, of eight likely ones.
_SLIP: Final = -math.log(0.05 / 8)
_UNKNOWN: Final = 22.0  # for a word that nobody knows, where it stays
_OURS: Final = 0.8  # how far the shop's words count against English as such
_RARE: Final = 3e-6  # the share of a regular form of an English word
_NEVER: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """The words of some texts, the most frequent first. Safe to use from many threads.

    Attributes:
        words: in small letters.
        counts: how often each is said; where there are none, each once.
        pairs: how often one of them follows another.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...] = ()
    pairs: Pairs = field(default_factory=dict)
    _known: dict[str, tuple[tuple[str, float], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _lock: threading.Lock = field(
        default_factory=threading.Lock, repr=False, compare=False
    )

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> "Spelling":
        """The words that these texts have in common, or all where they are few."""
        said = [[word.lower() for word in _WORD.findall(text)] for text in texts]
        texts_with = Counter(word for words in said for word in set(words))
        least = 2 if len(texts) > _FEW else 1
        counts = Counter(
            word for words in said for word in words if texts_with[word] >= least
        )
        pairs = Counter(
            pair
            for words in said
            for pair in pairwise(["", *words, ""])
            if all(not word or word in counts for word in pair)
        )
        return cls._of(counts, dict(pairs.most_common(_PAIRS)))

    @classmethod
    def _of(cls, counts: Mapping[str, int], pairs: Pairs) -> "Spelling":
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(
            words=tuple(ranked),
            counts=tuple(counts[word] for word in ranked),
            pairs=dict(pairs),
        )

    def joined(self, other: "Spelling") -> "Spelling":
        """What both have heard."""
        counts = Counter(self._counted) + Counter(other._counted)
        return self._of(counts, Counter(self.pairs) + Counter(other.pairs))

    def to_json(self) -> dict[str, Any]:
        """For a JSON file; pairs as places of words, 0 for an end, and how often."""
        place = {"": 0} | {word: at for at, word in enumerate(self.words, 1)}
        return {
            "words": list(self.words),
            "counts": list(self.counts),
            "pairs": [
                [place[one], place[other], times]
                for (one, other), times in sorted(self.pairs.items())
            ],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Spelling":
        """From such a file; one of an older kefu has words alone, or nothing.

        Raises KeyError, TypeError, ValueError or IndexError on another one.
        """
        words = tuple(map(str, row.get("words", ())))
        places = ("", *words)
        return cls(
            words=words,
            counts=tuple(map(int, row.get("counts", ()))),
            pairs={
                (places[one], places[other]): int(times)
                for one, other, times in row.get("pairs", ())
            },
        )

    def mended(self, text: str) -> str:
        """The text with its slips mended; unchanged where every word is known."""
        if not self.words:
            return text
        words = [word.group().lower() for word in _WORD.finditer(text)][:_READ]
        if all(self._is_known(word) or len(word) > _LONGEST for word in words):
            return text
        meant = iter(self._likeliest(words))

        def put(found: re.Match[str]) -> str:
            word = found.group()
            other = next(meant, word)
            return word if other == word.lower() else other

        return _WORD.sub(put, text)

    def _is_known(self, word: str) -> bool:
        return word in self._counted or glossary().is_english(word)

    def _likeliest(self, words: Sequence[str]) -> tuple[str, ...]:
        """The cheapest sentence, word by word (Viterbi)."""
        ways: dict[str, tuple[float, tuple[str, ...]]] = {"": (0.0, ())}
        for word in words:
            fresh: dict[str, tuple[float, tuple[str, ...]]] = {}
            for meant, paid in self._candidates(word):
                told = paid < _UNKNOWN  # what nobody knows follows anything
                cost, before = min(
                    (way[0] + (self._following(last, meant) if told else 0.0), last)
                    for last, way in ways.items()
                )
                fresh[meant] = (cost + paid, (*ways[before][1], meant))
            ways = fresh
        ends = ((cost + self._following(last, "")) for last, (cost, _) in ways.items())
        return min(zip(ends, ways.values(), strict=True))[1][1]

    def _candidates(self, word: str) -> tuple[tuple[str, float], ...]:
        """What it may mean, and what the slips cost; itself among them."""
        found = self._known.get(word)
        if found is None:
            found = tuple(self._found(word))
            with self._lock:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[word] = found
        return found

    def _found(self, word: str) -> Iterator[tuple[str, float]]:
        yield word, 0.0 if self._is_known(word) else _UNKNOWN
        if len(word) > _LONGEST:
            return
        most = _slips_in(word)
        near = {each for cut in _cuts(word, most) for each in self._index.get(cut, ())}
        away = {each: _distance(word, each) for each in near if each != word}
        english = glossary().mended(word)
        if english != word:
            away.setdefault(english, 1)
        ranked = sorted(
            (slips, -self._share(each), each)
            for each, slips in away.items()
            if slips <= most
        )
        yield from ((each, slips * _SLIP) for slips, _, each in ranked[:_CANDIDATES])

    def _following(self, one: str, other: str) -> float:
        """What it costs that a word follows: less, the likelier (Witten and Bell 1991).

        Where a word was heard with many others, little is told by not hearing this one.
        """
        times, kinds = self._after.get(one, (0, 0))
        heard = times / (times + kinds) if times else 0.0
        share = (1.0 - heard) * self._share(other)
        if times:
            share += heard * self.pairs.get((one, other), 0) / times
        return -math.log(share)

    def _share(self, word: str) -> float:
        """How much of what is said it makes out; above 0."""
        rank = glossary().english.get(word)
        # Zipf's law; the sum over all words of the dictionary is below 1.
        english = _RARE if rank is None else 1.0 / (11.0 * (rank + 8.0))
        ours = self._counted.get(word, 0) / self._total
        return _OURS * ours + (1.0 - _OURS) * english + _NEVER

    @cached_property
    def _counted(self) -> Mapping[str, int]:
        counts = self.counts or (1,) * len(self.words)
        return dict(zip(self.words, counts, strict=True))

    @cached_property
    def _total(self) -> int:
        return max(1, sum(self._counted.values()))

    @cached_property
    def _after(self) -> Mapping[str, tuple[int, int]]:
        """Of a word: how often something followed it, and how many things did."""
        times: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        for (one, _), count in self.pairs.items():
            times[one] += count
            kinds[one] += 1
        return {one: (times[one], kinds[one]) for one in times}

    @cached_property
    def _index(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for word in self.words:
            if len(word) <= _LONGEST:
                for cut in _cuts(word, _slips_in(word)):
                    found[cut].append(word)
        return {cut: tuple(words) for cut, words in found.items()}


def _slips_in(word: str) -> int:
    return 2 if len(word) >= _LONG else 1


def _cuts(word: str, most: int) -> set[str]:
    """The word with up to so many letters left out."""
    found = edge = {word}
    for _ in range(most):
        edge = {each[:at] + each[at + 1 :] for each in edge for at in range(len(each))}
        found = found | edge
    return found


def _distance(one: str, other: str) -> int:
    """Letters that are more, less, other or swapped (optimal string alignment)."""
    older: list[int] = []
    old = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        new = [row]
        for column, seen in enumerate(other, 1):
            best = min(old[column] + 1, new[-1] + 1, old[column - 1] + (letter != seen))
            swapped = row > 1 and column > 1 and letter == other[column - 2]
            if swapped and one[row - 2] == seen:
                best = min(best, older[column - 2] + 1)
            new.append(best)
        older, old = old, new
    return old[-1]
