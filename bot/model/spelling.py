"""Slips of the finger mended by the words that a shop's own questions are made of.

A word that neither they nor English know becomes the nearest of them, one slip away, or
two in longer words; what is near to none stays. Candidates are found by deleting
letters on both sides (Garbe's symmetric delete), so that a word costs microseconds.
"""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from bot.model.gloss import glossary

_WORD: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_SHORTEST: Final = 3  # letters of a word that is mended; shorter ones are too alike
_LONG: Final = 6  # letters from which on two slips are mended
_LONGEST: Final = 24  # letters; longer ones are no words
_FEW: Final = 1000  # texts; of more, a word in a single one is as likely a slip
_REMEMBERED: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """The words of some texts, the most frequent first. Safe to use from many threads.

    Attributes:
        words: in small letters.
    """

    words: tuple[str, ...]
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(
        default_factory=threading.Lock, repr=False, compare=False
    )

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> "Spelling":
        """The words that these texts have in common, or all where they are few."""
        counts = Counter(
            word for text in texts for word in set(_WORD.findall(text.lower()))
        )
        least = 2 if len(texts) > _FEW else 1
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(words=tuple(word for word in ranked if counts[word] >= least))

    def joined(self, other: "Spelling") -> "Spelling":
        """Its words, then those of the other that are new."""
        return Spelling(words=tuple(dict.fromkeys([*self.words, *other.words])))

    def mended(self, text: str) -> str:
        """The text with each unknown word as the nearest known one."""
        if not self.words:
            return text
        return _WORD.sub(lambda word: self._mended(word.group()), text)

    def _mended(self, word: str) -> str:
        small = word.lower()
        if small in self._ranks or not _SHORTEST <= len(small) <= _LONGEST:
            return word
        if glossary().is_english(small):
            return word
        found = self._known.get(small)
        if found is None:
            found = self._nearest(small)
            with self._lock:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[small] = found
        return word if found == small else found

    def _nearest(self, word: str) -> str:
        most = _slips_in(word)
        near = {each for cut in _cuts(word, most) for each in self._index.get(cut, ())}
        ranked = [
            (away, each[0] != word[0], self._ranks[each], each)
            for each in near
            if (away := _distance(word, each)) <= most
        ]
        if not ranked:
            return word
        away, *_, nearest = min(ranked)
        # A single slip from plain English is likelier than two from a shop's word.
        english = glossary().mended(word) if away > 1 else word
        return nearest if english == word else english

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {word: rank for rank, word in enumerate(self.words)}

    @cached_property
    def _index(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for word in self.words:
            if _SHORTEST <= len(word) <= _LONGEST:
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
