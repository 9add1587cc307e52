"""Whether a text rests on its sources and answers its question, word by word.

A small model that splices two sentences, or answers another question, is recognised
by pairs of words that stand nowhere together, and by what the question asked for.
"""

import re
from collections.abc import Sequence

from bot.facts import without_facts
from bot.model.lists import without_marks
from bot.polarity import clauses
from bot.text import HAN, character_bigrams, has_words, words

_SENTENCE = re.compile(r"(?<=[.!?])\s+|[。！？；;\n]")
_HAN_RUN = re.compile(rf"[{HAN}]+")

_LEAST_WORDS = 0.7  # of a reply's words that mean something, in the sources
_LEAST_PAIRS = 0.5  # of its neighbouring words, together there
_MOST_LOOSE_PAIRS = 2  # however few it has
_LEAST_ASKED = 0.3  # of the question's words, in what the reply rests on

_ASKING = re.compile(
    r"\b(?:how|what|when|which|where|who|why|long|many|much|until|tell|know|want|need"
    r"|there|any|about|get|got|does|doe)\b"
    r"|请问|想问|多久|几天|打?几折|几点|几号|几个|多少天?钱?元?|怎么样?办?|什么时?候?|为什么|为啥|啥时?候?"
    r"|哪里|哪个|哪天|哪些|在哪|如何|是不是|能不能|可不可以|有没有|要不要|吗|呢|咋|你们|我们"
)
_SMALL = re.compile(
    r"(?:an?|the|is|are|was|be|been|to|of|for|in|on|it|and|or|do|did|can|could|will"
    r"|would|you|your|we|our|i|my|me|this|that|with|at|by|from|as|if|so|ha[sd]|have"
    r"|sorry|yes|hi|hello)|[能可以会要有是我你您他们这那个一在到去来和与就都也还再被把给对不没"
    r"上下内后前时]"
)


def objections(
    draft: str, sources: Sequence[str], question: str, *, met: bool = False
) -> list[str]:
    """What is wrong with a draft's footing, one line each; `met` as in the guard."""
    found = footing(draft, sources, question)
    if not met:
        found += _relevance(draft, sources, question)
    return found


def footing(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """Whether its words, and its neighbouring words, stand in the sources."""
    return _words(draft, sources, question) + _pairs(draft, sources, question)


def sentences(text: str) -> list[str]:
    """The sentences of a text that have words."""
    pieces = _SENTENCE.split(without_marks(text))
    return [piece for piece in pieces if has_words(piece)]


def subject(text: str) -> set[str]:
    """The words that tell what a text is about."""
    about = (clause.about for clause in clauses(without_facts(text)))
    return {token for each in about for token in each}


def _words(draft: str, sources: Sequence[str], question: str) -> list[str]:
    known = {token for text in (*sources, question) for token in _tokens(text)}
    said = [token for clause in clauses(without_facts(draft)) for token in clause.about]
    carried = sum(token in known for token in said)
    if len(said) - carried > 1 and carried < _LEAST_WORDS * len(said):
        return [f"only {carried} of its {len(said)} words are in the sources"]
    return []


def _tokens(text: str) -> list[str]:
    return character_bigrams(without_facts(text))


def _pairs(draft: str, sources: Sequence[str], question: str) -> list[str]:
    known = {pair for text in (*sources, question) for pair in _neighbours(text)}
    for sentence in sentences(draft):
        said = _neighbours(sentence)
        loose = sum(pair not in known for pair in said)
        if loose > _MOST_LOOSE_PAIRS and loose > (1 - _LEAST_PAIRS) * len(said):
            return [f"spliced: {loose} of {len(said)} word pairs stand nowhere"]
    return []


def _neighbours(text: str) -> list[tuple[str, str]]:
    """Words that stand side by side; Chinese characters count as words."""
    row: list[str] = []
    for word in words(without_facts(text).replace("□", " 0 ")):
        row += word if _HAN_RUN.fullmatch(word) else [word]
    return [
        (one, other)
        for one, other in zip(row, row[1:], strict=False)
        if "0" not in (one, other)
    ]


def _relevance(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """The question must meet what the draft rests on, headings included."""
    asked = own_words(_ASKING.sub(" ", question.lower()))
    if not asked:
        return []
    footing = own_words(draft)
    pieces = [piece for source in sources for piece in _pieces(source)]
    for said in sentences(draft):
        about = own_words(said)
        best = max(pieces, key=lambda piece: len(piece[0] & about), default=None)
        if best is not None:
            footing |= best[0] | best[1]
    if len(asked & footing) < max(1.0, _LEAST_ASKED * len(asked)):
        return ["beside the question: " + " ".join(sorted(asked - footing)[:8])]
    return []


def _pieces(source: str) -> list[tuple[set[str], set[str]]]:
    """Each sentence's words, with those of the source's heading."""
    heading = own_words(source.partition("\n")[0]) if "\n" in source else set()
    return [(own_words(text), heading) for text in sentences(source)]


def own_words(text: str) -> set[str]:
    """Its words and Chinese characters, without those that any text has."""
    found = (token for token in _tokens(text) if not _SMALL.fullmatch(token))
    return {each for each in found if each.isascii() or len(each) == 1}
