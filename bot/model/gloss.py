"""A question as an English reader would have it: Chinese word by word, typos mended.

A small dictionary of what customers say replaces every known Chinese word by its
English meaning, so that both languages share words beside the encoders. A word that
merely sounds like a known one (退货 typed as 推货) counts as that word, and an English
word that nobody knows as the known one a slip of the finger away.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

LEXICON: Final = Path(__file__).parent / "lexicon"
MAX_CHARACTERS: Final = 512  # of a text; more adds time and no meaning

_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN: Final = re.compile(r"[a-z]+")
_ENDINGS: Final = ("ing", "ed", "er", "ly")
_DOUBLED: Final = re.compile(r"[^aeiou][aeiou][^aeiouwxy]$")  # "ship" in "shipping"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST_MENDED: Final = 4  # letters; shorter words are too near to each other
# What a piece of Chinese costs; the cheapest way to cut a text is taken.
_WORD, _CHARACTER, _SOUND, _UNKNOWN = 1.0, 1.3, 2.0, 2.2
LONGEST_WORD: Final = 8  # characters of a Chinese word in the dictionary
_LONGEST_SOUND: Final = 4
_LAST_SYLLABLE: Final = 0xD7F9  # where GB 2312 stops sorting by sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """What kefu knows of words. Use `glossary()`; there is only one.

    Attributes:
        chinese: word to its English meaning.
        sounds: the syllables of a Chinese word, as they are heard, to the word.
        english: word to its rank; what is likeliest meant is 0.
    """

    chinese: Mapping[str, str]
    sounds: Mapping[tuple[str, ...], str]
    english: Mapping[str, int]

    def english_of(self, text: str) -> str:
        """The text as an English reader would have it; never empty."""
        folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower()
        meant = self._chinese_meant(folded) if has_han(folded) else folded
        return _LATIN.sub(lambda word: self.mended(word.group()), meant).strip() or "."

    def _chinese_meant(self, text: str) -> str:
        said: list[str] = []
        for piece in self._cut(text):
            known = self.chinese.get(piece) or self._meant_by_sound(piece)
            part = known or ("" if has_han(piece) else piece.strip())
            if part and said[-1:] != [part]:
                said.append(part)
        return " ".join(said)

    def _meant_by_sound(self, piece: str) -> str | None:
        if len(piece) < 2 or not has_han(piece):
            return None
        word = self._same_sound(piece)
        return self.chinese[word] if word else None

    def _same_sound(self, piece: str) -> str | None:
        """The known word that sounds like it and shares most of its characters."""
        word = self.sounds.get(tuple(syllable(each) for each in piece))
        if word is None:
            return None
        other = sum(one != two for one, two in zip(word, piece, strict=True))
        return word if other <= len(piece) // 2 else None

    def _cut(self, text: str) -> list[str]:
        """The cheapest way to cut a text into known words and single characters."""
        costs = [0.0] + [float("inf")] * len(text)
        starts = [0] * (len(text) + 1)
        for start in range(len(text)):
            for end, cost in self._pieces(text, start):
                if costs[start] + cost < costs[end]:
                    costs[end], starts[end] = costs[start] + cost, start
        pieces: list[str] = []
        end = len(text)
        while end:
            piece = text[starts[end] : end]
            if pieces and not has_han(piece) and not has_han(pieces[-1]):
                pieces[-1] = piece + pieces[-1]
            else:
                pieces.append(piece)
            end = starts[end]
        return pieces[::-1]

    def _pieces(self, text: str, start: int) -> Iterator[tuple[int, float]]:
        if not has_han(text[start]):
            yield start + 1, 0.0
            return
        yield start + 1, _CHARACTER if text[start] in self.chinese else _UNKNOWN
        for size in range(2, min(LONGEST_WORD, len(text) - start) + 1):
            piece = text[start : start + size]
            if piece in self.chinese:
                yield start + size, _WORD
            elif size <= _LONGEST_SOUND and self._same_sound(piece):
                yield start + size, _SOUND

    def mended(self, word: str) -> str:
        """A known English word; else the likeliest one a slip away; else itself."""
        if len(word) < _SHORTEST_MENDED or self.is_english(word):
            return word
        # The first letter is seldom wrong.
        return min(
            (each for each in _slips(word) if each in self.english),
            key=lambda each: (each[0] != word[0], self.english[each], each),
            default=word,
        )

    def is_english(self, word: str) -> bool:
        """Whether a word in small letters is one, or a regular form of one."""
        return word in self.english or any(
            each in self.english for each in _bases(word)
        )


@cache
def glossary() -> Glossary:
    """The dictionary that ships with kefu, read on first use."""
    chinese: dict[str, str] = {}
    for line in _lines("chinese.txt"):
        meaning, _, words = line.partition(": ")
        meaning = meaning.strip("-")  # what only glues a sentence has none
        chinese |= {word: meaning for word in words.split() if word not in chinese}
    sounds: dict[tuple[str, ...], str] = {}
    for word in chinese:
        if 2 <= len(word) <= _LONGEST_SOUND and all(map(has_han, word)):
            sounds.setdefault(tuple(syllable(each) for each in word), word)
    # What customers speak of comes first, then the language's commonest words.
    meant = _LATIN.findall(" ".join(chinese.values()).lower())
    ranked = dict.fromkeys([*meant, *_lines("english.txt")])
    english = {each: rank for rank, each in enumerate(ranked)}
    return Glossary(chinese=chinese, sounds=sounds, english=english)


@lru_cache(maxsize=16384)
def in_english(text: str) -> str:
    """`Glossary.english_of`, remembered: fitting and answering ask several times."""
    return glossary().english_of(text)


def has_han(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return _HAN.search(text) is not None


@cache
def syllable(character: str) -> str:
    """How a Chinese character sounds, without tone, as sloppy typing hears it.

    GB 2312 sorts its 3755 common characters by sound, so their codes tell it. Any other
    character is its own sound. What typists mix up (zh and z, -ing and -in) is one.
    """
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return character
    names, begins = _syllables()
    if not begins[0] <= code <= _LAST_SYLLABLE:
        return character
    name = names[bisect_right(begins, code) - 1]
    if name[:2] in ("zh", "sh", "ch"):
        name = name[0] + name[2:]
    return name.removesuffix("g") if name.endswith("ng") else name


@cache
def syllables() -> frozenset[str]:
    """Every syllable of Chinese in Latin letters, without its tone."""
    return frozenset(_syllables()[0])


@cache
def _syllables() -> tuple[tuple[str, ...], tuple[int, ...]]:
    pairs = [
        each.split(":") for line in _lines("syllables.txt") for each in line.split()
    ]
    return tuple(name for name, _ in pairs), tuple(int(code, 16) for _, code in pairs)


def _lines(name: str) -> list[str]:
    return (LEXICON / name).read_text(encoding="utf-8").splitlines()


def _bases(word: str) -> Iterator[str]:
    """The words that it could be a regular form of."""
    if word.endswith("s"):
        yield word[:-1]
        yield word[:-2]
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3:
            continue
        yield f"{stem}e"
        if stem[-1] == stem[-2]:
            yield stem[:-1]
        if len(stem) > 4 or not _DOUBLED.search(stem):
            yield stem


def _slips(word: str) -> set[str]:
    """Every word that is one letter more, less, other or swapped away."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    found = {head + tail[1:] for head, tail in cuts if tail}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if tail[1:]}
    for letter in _LETTERS:
        found |= {head + letter + tail for head, tail in cuts}
        found |= {head + letter + tail[1:] for head, tail in cuts if tail}
    return found
