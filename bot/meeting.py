"""How well a question meets what a draft says, and what else would meet it as well.

Of two sentences that are equally near, neither is sure.
"""

import math
import re
from collections.abc import Sequence
from functools import partial

from bot.asked import kind_of, wanted_kinds
from bot.facts import facts
from bot.model.gloss import glossary
from bot.stated import Statement
from bot.terms import content
from bot.text import HAN, words

_HAN = re.compile(rf"[{HAN}]")

# Measured on made-up examples of the side that is learnt from, and on the demo shop.
_LEAST_MET = 0.48  # of the question's weight; less where the kind of fact fits:
_FITTING = 0.6
_MOST_ELSEWHERE = 0.6  # of that weight, in other passages only
_CONTEXT = 0.5  # what a word counts that stands elsewhere in the same passage
_UNKNOWN = 0.65  # what a word counts that no source has: it may mean the same
_UNKNOWN_PAIR = 0.2  # the same of two Chinese characters, which may be no word at all
_OTHER_KIND = 0.8  # what another sentence counts whose facts are not what was asked for
_TELLS = 0.5  # of our nearness, for a sentence that has what was asked for
_SHORTEST_NAME = 3  # letters
_FAR = 1.5  # so much nearer another sentence may be


class Meeting:
    """How well a question meets the sentences that a draft keeps to."""

    def __init__(
        self,
        kept: Sequence[Statement],
        known: Sequence[Statement],
        question: str,
        asked: frozenset[str],
    ) -> None:
        self._kept, self._known, self._asked = kept, known, asked
        self._names = names(question)
        self._told = facts(question)
        self._about = frozenset[str]().union(*(each.about for each in kept))
        self._around = kept[0].around
        self.everywhere = frozenset[str]().union(*(each.about for each in known))
        self._weights = _weights(asked, known)
        self._whole = sum(self._weights.values())
        self._ours = self._met(self._about, self._around)
        self._wanted = wanted_kinds(question, [each.about for each in known])
        self._fits = any(map(self._tells, kept))
        self._held = {
            fact for each in kept for fact in each.facts if fact not in self._told
        }

    def is_little(self) -> bool:
        """Whether what is said has too little of the question."""
        least = _LEAST_MET * (_FITTING if self._fits else 1.0)
        return self._ours < least * self._whole

    def is_elsewhere(self) -> bool:
        """Whether other passages have much of the question that ours lacks.

        A name of the question's is much, and so are two of its terms in one passage.
        """
        lacked = [
            self._asked & each.around - self._around
            for each in self._known
            if each.around != self._around
        ]
        weight = sum(
            self._weights[term] for term in self._asked & self.everywhere - self._around
        )
        return weight > _MOST_ELSEWHERE * self._whole or any(
            len(terms) > 1 or terms & self._names for terms in lacked
        )

    def rival(self, other: Statement) -> str:
        """Why another sentence may be the answer as well; "" if it is not."""
        if other in self._kept or self._held and self._held <= set(other.facts):
            return ""
        theirs, tells = self._met(other.about, other.around), self._tells(other)
        if tells and not self._fits and theirs >= _TELLS * self._ours:
            return "another sentence has what was asked for"
        if self._covers(self._around) and not self._covers(other.around):
            return ""
        met_all = self._ours >= 0.999 * self._whole and (self._fits or not self._held)
        if met_all or len(self._asked) < 2:
            return ""
        if self._fits and not tells:
            near = theirs * _OTHER_KIND > _FAR * self._ours
        else:
            near = (
                theirs > _FAR * self._ours or self._about & self._asked <= other.about
            )
        return "another sentence is as near to the question" if near else ""

    def _covers(self, around: frozenset[str]) -> bool:
        """Whether a passage has all of the question's terms that any has."""
        anywhere = frozenset[str]().union(*(each.around for each in self._known))
        return self._asked & anywhere <= around

    def _met(self, about: frozenset[str], around: frozenset[str]) -> float:
        return sum(
            weight * (1.0 if term in about else _CONTEXT if term in around else 0.0)
            for term, weight in self._weights.items()
        )

    def _tells(self, each: Statement) -> bool:
        """Whether it has a fact of a kind that is wanted, and not the question's."""
        return any(
            kind_of(fact) in self._wanted
            for fact in each.facts
            if fact not in self._told
        )


def _weights(asked: frozenset[str], known: Sequence[Statement]) -> dict[str, float]:
    """What each term counts: the rarer in the sources, the more."""
    weights = {}
    for term in asked:
        found = sum(term in each.about for each in known)
        weight = math.log(1 + (len(known) + 0.5) / (found + 0.5))
        if not found:
            weight *= _UNKNOWN_PAIR if _HAN.match(term) else _UNKNOWN
        weights[term] = weight
    return weights


def names(question: str, *, unknown: bool = False) -> frozenset[str]:
    """The terms that are no English words: names and codes.

    Args:
        unknown: only words of letters that are no slip of the finger either.
    """
    return content(" ".join(filter(partial(_is_name, unknown), words(question))))


def _is_name(unknown: bool, word: str) -> bool:
    if not word.isascii() or unknown and not word.isalpha():
        return False
    if not word.isalpha():
        return True
    known = glossary().is_english(word) or len(word) < _SHORTEST_NAME
    return not known and not (unknown and glossary().english_of(word) != word)
