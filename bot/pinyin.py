"""Chinese in Latin letters: "wo de dingdan dao na le", with tones or without.

A text is pinyin if each of its words is cut into Chinese syllables without a rest, and
half of the words or more are no English ones: "he can" is English, "zai ma" is not.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from bot.model.gloss import glossary, syllables

_WORDS: Final = re.compile(r"[a-z]+")
_TONES: Final = re.compile(r"(?<=[a-z])[1-5](?![0-9])")
_MARKS: Final = re.compile("[\u0300\u0301\u0304\u0308\u030c']")
_FEWEST: Final = 2  # syllables: one alone may be anything
_MOST: Final = 60  # words that are looked at
_LONGEST: Final = 24  # letters of a word


def is_pinyin(text: str) -> bool:
    """Whether a text in Latin letters is Chinese."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", text).lower())
    words = _WORDS.findall(_TONES.sub(" ", plain))[:_MOST]
    if not all(map(_count, words)) or sum(map(_count, words)) < _FEWEST:
        return False
    known = glossary().english
    foreign = sum(word not in known for word in words)
    return 2 * foreign >= len(words)


@lru_cache(maxsize=4096)
def _count(word: str) -> int:
    """How many syllables make the word, at least; 0 where they do not."""
    if len(word) > _LONGEST:
        return 0
    names = syllables()
    fewest = [0] + [99] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            if word[start:end] in names:
                fewest[end] = min(fewest[end], fewest[start] + 1)
    return fewest[-1] if fewest[-1] < 99 else 0
