"""Whether a draft says what one passage says, and what was asked for.

A sentence of a draft must keep to one sentence of the sources and hold no fact that
this one has not. The question must meet what the draft keeps to better than anything
else there: of two sentences that are equally near, neither is sure.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise

from bot.asked import kind_of, topics, wanted_kinds
from bot.copied import is_whole
from bot.facts import Fact, facts, without_facts
from bot.model.focus import heading_of
from bot.model.gloss import glossary
from bot.model.lists import without_marks
from bot.namesakes import about_another
from bot.terms import content, is_small, stem
from bot.text import HAN, words

Same = Callable[[Fact, Sequence[Fact]], bool]

_UNIT = re.compile(rf"[A-Za-z0-9]+|[{HAN}]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|[。！？\n]")
_HAN = re.compile(rf"[{HAN}]")
_REFERS = re.compile(
    r"^(?:its?|they|their|this|these)\b"
    r"|\b(?:for|of|to|with|about|into|on|from) (?:it|them)\b|它|其(?![他它中实])|该",
    re.I,
)
_JOINED = r"\s*(?:to|until|till|through|and|-|–|—|~|至|到|或|和)\s*"
_HALF_DAY = re.compile(r"上午|下午|晚上?|早上?|凌晨|中午|傍晚|\b[ap]\.?m\b", re.I)
_CLOCK = re.compile(r"\d[:：]\d")

# Measured on made-up examples of the side that is learnt from, and on the demo shop.
_LEAST_KEPT = 0.73  # of a sentence's words that mean something, in one source sentence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence of a source.

    Attributes:
        about: its terms; where it says "it", those of the sentence before too.
        around: the terms of its whole passage.
    """

    text: str
    facts: tuple[Fact, ...]
    about: frozenset[str]
    around: frozenset[str]


def objections(
    draft: str,
    sources: Sequence[str],
    question: str,
    same: Same,
    *,
    met: bool = False,
) -> list[str]:
    """What is wrong with a draft, one line; none if nothing is.

    Args:
        same: whether a fact of the draft is among those of a source sentence.
        met: as in the guard: no other sentence is weighed against what is said.
    """
    known = statements(sources)
    copied = [source for source in sources if is_whole(draft, source)]
    near = statements(copied[:1]) or known
    kept: list[Statement] = []
    for sentence in _sentences(draft):
        own = _kept_to(sentence, near, same)
        if own is None:
            return [f"no sentence says so: {sentence[:80]}"]
        if _halved(sentence, own):
            return [f"half of a range: {sentence[:80]}"]
        if _leaps(sentence, own.text):
            return [f"leaps over a fact: {sentence[:80]}"]
        kept.append(own)
    if not kept:
        return []
    if len({each.around for each in kept}) > 1:
        return ["two passages in one reply"]
    return _beside(kept, known, question, met)


def statements(sources: Sequence[str]) -> list[Statement]:
    """Every sentence of the sources, with what its passage is about.

    A heading says what the others are about and tells nothing itself.
    """
    found: list[Statement] = []
    for source in sources:
        around, before = content(source), frozenset[str]()
        heading = heading_of(source)
        told = source.strip().removeprefix(heading) if heading else source
        for text in _sentences(told):
            about = content(text) | content(_bare(text))
            if _REFERS.search(text):
                about |= before
            found.append(
                Statement(
                    text=text, facts=tuple(facts(text)), about=about, around=around
                )
            )
            before = about
    return found


def _sentences(text: str) -> list[str]:
    pieces = _SENTENCE.split(without_marks(text))
    return [piece for piece in pieces if any(map(str.isalnum, piece))]


def _bare(text: str) -> str:
    return without_facts(text).replace("□", " ")


def _kept_to(sentence: str, known: Sequence[Statement], same: Same) -> Statement | None:
    """The source sentence that has its facts and most of its words, if one has."""
    said, stated = _units(sentence), facts(sentence)
    best, most = None, 0.0
    for each in known:
        if not all(same(fact, each.facts) for fact in stated):
            continue
        if each.facts and not stated:
            continue  # it leaves out the very thing that is told
        theirs = _units(each.text)
        share = len(said & theirs) / len(said) if said else 1.0
        share -= 1e-4 * len(theirs)  # of equals the one that says little else
        if share > most:
            best, most = each, share
    return best if most >= _LEAST_KEPT else None


def _units(text: str) -> frozenset[str]:
    """Its stems and single Chinese characters, facts left out."""
    return frozenset(
        unit
        for word in words(_bare(text))
        if not is_small(word)
        for unit in (_HAN.findall(word) or [stem(word)])
    )


def _halved(sentence: str, own: Statement) -> bool:
    """Whether one end of a range is told alone, or 2:30 without its half of the day."""
    stated = facts(sentence)
    for fact in stated:
        for theirs in own.facts:
            if theirs != fact:
                continue
            told = _HALF_DAY.search(fact.shown) or _CLOCK.search(fact.shown)
            if fact.kind == "time" and _HALF_DAY.search(theirs.shown) and not told:
                return True
            if any(
                _joined(theirs, other, own.text)
                for other in own.facts
                if other.kind == fact.kind and other not in stated
            ):
                return True
    return False


def _joined(one: Fact, other: Fact, text: str) -> bool:
    first, second = re.escape(one.shown), re.escape(other.shown)
    either = f"{first}{_JOINED}{second}|{second}{_JOINED}{first}"
    return re.search(either, text) is not None


def _leaps(sentence: str, told: str) -> bool:
    """Whether it goes on with a fact right behind one that it leaves out.

    "Orders are kept for 3 years and chats for 6 months" is not "Orders are kept for 6
    months", though each of these words stands there in this order.
    """
    said, whole = list(_UNIT.finditer(sentence)), list(_UNIT.finditer(told))
    same = SequenceMatcher(
        None,
        [unit.group().lower() for unit in whole],
        [unit.group().lower() for unit in said],
        autojunk=False,
    )
    blocks = [each for each in same.get_matching_blocks() if each.size]
    kept, stated = set(facts(sentence)), facts(told)
    places = [(told.find(fact.shown), fact) for fact in stated]
    for before, after in pairwise(blocks):
        start = whole[before.a + before.size - 1].end()
        end = whole[after.a].start()
        left_out = any(
            start <= place and place + len(fact.shown) <= end and fact not in kept
            for place, fact in places
        )
        if left_out and any(
            place <= end < place + len(fact.shown) and fact in kept
            for place, fact in places
        ):
            return True
    return False


# --- the question ----------------------------------------------------------------


def _beside(
    kept: Sequence[Statement],
    known: Sequence[Statement],
    question: str,
    is_met: bool,
) -> list[str]:
    asked = topics(question, [each.text for each in known])
    if not asked:
        return []
    met = _Meeting(kept, known, question, asked)
    if met.is_elsewhere():
        return ["another passage is about the question"]
    if _names(question, unknown=True) & asked - met.everywhere:
        return ["a name in the question stands in no passage"]
    around = kept[0].around
    others = list({each.around for each in known} - {around})
    if any(about_another(question, each.text, around, others) for each in kept):
        return ["it is about another thing of that name"]
    if is_met:
        return []
    if met.ours < _LEAST_MET * met.whole * (_FITTING if met.fits else 1.0):
        return ["beside the question: it meets too little of it"]
    for other in known:
        why = met.rival(other)
        if why:
            return [f"{why}: {other.text[:80]}"]
    return []


class _Meeting:
    """How well a question meets the sentences that a draft keeps to."""

    def __init__(
        self,
        kept: Sequence[Statement],
        known: Sequence[Statement],
        question: str,
        asked: frozenset[str],
    ) -> None:
        self._kept, self._known, self._asked = kept, known, asked
        self._names = _names(question)
        self._told = facts(question)
        self._about = frozenset[str]().union(*(each.about for each in kept))
        self._around = kept[0].around
        self.everywhere = frozenset[str]().union(*(each.about for each in known))
        self._weights = _weights(asked, known)
        self.whole = sum(self._weights.values())
        self.ours = self._met(self._about, self._around)
        self._wanted = wanted_kinds(question, [each.about for each in known])
        self.fits = any(map(self._tells, kept))
        self._held = {
            fact for each in kept for fact in each.facts if fact not in self._told
        }

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
        return weight > _MOST_ELSEWHERE * self.whole or any(
            len(terms) > 1 or terms & self._names for terms in lacked
        )

    def rival(self, other: Statement) -> str:
        """Why another sentence may be the answer as well; "" if it is not."""
        if other in self._kept or self._held and self._held <= set(other.facts):
            return ""
        theirs, tells = self._met(other.about, other.around), self._tells(other)
        if tells and not self.fits and theirs >= _TELLS * self.ours:
            return "another sentence has what was asked for"
        if self._covers(self._around) and not self._covers(other.around):
            return ""
        met_all = self.ours >= 0.999 * self.whole and (self.fits or not self._held)
        if met_all or len(self._asked) < 2:
            return ""
        if self.fits and not tells:
            near = theirs * _OTHER_KIND > _FAR * self.ours
        else:
            near = theirs > _FAR * self.ours or self._about & self._asked <= other.about
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


def _names(question: str, *, unknown: bool = False) -> frozenset[str]:
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
