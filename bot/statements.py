"""Whether a draft says what one passage says, and what was asked for.

A sentence of a draft must keep to one sentence of the sources and hold no fact that
this one has not. The question must meet what the draft keeps to better than anything
else there, see `meeting`.
"""

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from bot.asked import topics
from bot.facts import Fact, facts
from bot.meeting import Meeting, names
from bot.namesakes import about_another
from bot.stated import Statement, bare, sentences, statements
from bot.terms import is_small, stem
from bot.text import HAN, words

Same = Callable[[Fact, Sequence[Fact]], bool]

_UNIT = re.compile(rf"[A-Za-z0-9]+|[{HAN}]")
_HAN = re.compile(rf"[{HAN}]")
_JOINED = r"\s*(?:to|until|till|through|and|-|–|—|~|至|到|或|和)\s*"
_HALF_DAY = re.compile(r"上午|下午|晚上?|早上?|凌晨|中午|傍晚|\b[ap]\.?m\b", re.I)
_CLOCK = re.compile(r"\d[:：]\d")

# Measured on made-up examples of the side that is learnt from, and on the demo shop.
_LEAST_KEPT = 0.73  # of a sentence's words that mean something, in one source sentence


def objections(
    draft: str,
    sources: Sequence[str],
    question: str,
    same: Same,
    *,
    copied: Sequence[str] = (),
    met: bool = False,
) -> list[str]:
    """What is wrong with a draft, one line; none if nothing is.

    Args:
        copied: the sources that the draft stands in as it is, if any.
        same: whether a fact of the draft is among those of a source sentence.
        met: as in the guard: no other sentence is weighed against what is said.
    """
    known = statements(sources)
    near = statements(copied[:1]) or known
    kept: list[Statement] = []
    for sentence in sentences(draft):
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
        for word in words(bare(text))
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
    met = Meeting(kept, known, question, asked)
    if met.is_elsewhere():
        return ["another passage is about the question"]
    if names(question, unknown=True) & asked - met.everywhere:
        return ["a name in the question stands in no passage"]
    around = kept[0].around
    others = list({each.around for each in known} - {around})
    if any(about_another(question, each.text, around, others) for each in kept):
        return ["it is about another thing of that name"]
    if is_met:
        return []
    if met.is_little():
        return ["beside the question: it meets too little of it"]
    for other in known:
        why = met.rival(other)
        if why:
            return [f"{why}: {other.text[:80]}"]
    return []
