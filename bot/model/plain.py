"""A question as it was meant, before anything reads it: the same words, less noise.

Numbers that only name something, shouting, emoji, stretched letters, missing spaces and
a few short forms tell nothing about what is wanted, so they must not make kefu less
sure. What would be left empty stays as it is; text that is plain already is unchanged.
"""

import math
import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from bot.model.gloss import glossary

MAX_CHARACTERS: Final = 2000  # of a text; the rest stays as it is
_NUMBER: Final = re.compile(
    r"[#＃]?\b(?=[A-Za-z]{0,4}[-_]?\d)[A-Za-z]{0,4}(?:[-_]?\d){6,}[A-Za-z]{0,2}\b"
    r"|\d{6,}"
)
_STRETCHED: Final = re.compile(r"([A-Za-z])\1{2,}")
_WORD: Final = re.compile(r"[A-Za-z']+")
_GLUED: Final = re.compile(r"[a-z]{12,}")
_SPACES: Final = re.compile(r"\s+")
_BETWEEN_HAN: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_DEAREST: Final = 3.5  # what a glued text may cost for each letter; else it is a word
_COMMON: Final = 8000  # the rank that a word in a glued text has at most
_LONGEST: Final = 14  # letters of a word in a glued text
_SHORT: Final = {
    "u": "you",
    "ur": "your",
    "r": "are",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "cuz": "because",
    "bc": "because",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "dont": "don't",
    "cant": "can't",
    "wont": "won't",
    "didnt": "didn't",
    "hasnt": "hasn't",
    "wheres": "where is",
    "whats": "what is",
}
_SHORT_ZH: Final = (
    ("肿么", "怎么"),
    ("咋整", "怎么办"),
    ("咋", "怎么"),
    ("木有", "没有"),
    ("啥时候", "什么时候"),
    ("啥", "什么"),
)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text without such noise; never empty unless it was."""
    head, rest = text[:MAX_CHARACTERS], text[MAX_CHARACTERS:]
    if not head.isascii():
        head = _drawn_apart(head)
    if head.isupper():
        head = head.lower()
    said = _NUMBER.sub(" ", head)
    said = _STRETCHED.sub(r"\1\1", said)
    said = _WORD.sub(lambda word: _SHORT.get(word.group().lower(), word.group()), said)
    said = _GLUED.sub(lambda word: _split(word.group()), said)
    said = _BETWEEN_HAN.sub("", _SPACES.sub(" ", said).strip())
    return (said if any(map(str.isalnum, said)) else text) + rest


def _drawn_apart(text: str) -> str:
    """Without pictures, in the usual width, and without Chinese short forms."""
    seen = "".join(" " if unicodedata.category(one) == "So" else one for one in text)
    seen = unicodedata.normalize("NFKC", seen)
    for short, long in _SHORT_ZH:
        seen = seen.replace(short, long)
    return seen


def _split(word: str) -> str:
    """Words that were written as one, apart; a word that is known stays."""
    if glossary().is_english(word):
        return word
    cost = _costs()
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(word) + 1):
        ways = [
            (best[start][0] + cost[word[start:end]], start)
            for start in range(max(0, end - _LONGEST), end)
            if word[start:end] in cost
        ]
        best.append(min(ways, default=(math.inf, end - 1)))
    if best[-1][0] > _DEAREST * len(word):
        return word
    parts, end = [], len(word)
    while end:
        start = best[end][1]
        parts.append(word[start:end])
        end = start
    return " ".join(reversed(parts))


@cache
def _costs() -> dict[str, float]:
    """What a common word costs: the rarer, the more. Of letters, only a and i."""
    ranked = glossary().english
    return {
        word: 6.0 + math.log(rank + 1.0)
        for word, rank in ranked.items()
        if rank < _COMMON and (len(word) > 1 or word in ("a", "i"))
    }
