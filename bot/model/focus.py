"""What of the passages a question is about, by the words they share and by meaning.

A small model copies far better than it searches. So long passages are cut into
sentences and ranked before it reads them; it still has to choose and to refuse.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

PARTS: Final = 4  # what a reply is written from, at most
WHOLE: Final = 3  # sentences; a passage that is no longer stays in one piece
_SENTENCES: Final = re.compile(r"(?<=[。！？])|(?<=[.!?]) +(?=[^a-z])")
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")
_STEM: Final = 5  # letters: "delivered" and "delivery" are the same to us
_CHINESE: Final = re.compile("[\u3400-\u9fff]")
_SATURATION, _LENGTH = 1.2, 0.5  # as in BM25
# Of shared words (their weight, their share) and of meaning, in the question's
# language: `python -m training.nearness` fits them.
WEIGHTS: Final = {"en": (0.37, 0.42, 1.0), "zh": (-1.29, 1.54, 1.0)}

Alike: TypeAlias = Callable[[str, Sequence[str]], Sequence[float]]


def sentences(text: str) -> tuple[str, ...]:
    """A passage's sentences, in order."""
    parts = _SENTENCES.split(" ".join(text.split()))
    return tuple(part.strip() for part in parts if part.strip())


class Near(NamedTuple):
    """A part of a passage, and how near it is to the question."""

    text: str
    score: float


def focus(
    passages: Sequence[str], question: str, alike: Alike | None = None
) -> list[str]:
    """The parts of the passages nearest to the question, best first, at most `PARTS`.

    Passages are given best first, which decides between parts that are equally near.
    With `alike` their meaning counts too, and is what finds most.
    """
    return [near.text for near in ranked(passages, question, alike)]


def ranked(
    passages: Sequence[str], question: str, alike: Alike | None = None
) -> list[Near]:
    """As `focus`, with how near each part is; only scores of one call compare."""
    parts = list(dict.fromkeys(part for text in passages for part in cut(text)))
    meant = alike(question, parts) if alike is not None and len(parts) > 1 else ()
    if any(meant):
        scores = nearness(parts, question, meant)
    else:
        scores = [shared.weight for shared in by_words(parts, question)]
    order = sorted(range(len(parts)), key=scores.__getitem__, reverse=True)
    return [Near(parts[place], scores[place]) for place in order[:PARTS]]


def nearness(
    parts: Sequence[str], question: str, meant: Sequence[float]
) -> list[float]:
    """How near each part is, by words and by meaning (`meant`, cosines)."""
    language = "zh" if _CHINESE.search(question) else "en"
    of_weight, of_share, of_meaning = WEIGHTS[language]
    shared = by_words(parts, question)
    return [
        of_weight * found.weight + of_share * found.share + of_meaning * alike
        for found, alike in zip(shared, meant, strict=True)
    ]


class Shared(NamedTuple):
    """What a part has of a question's words.

    Attributes:
        weight: as BM25 weighs it (Robertson and Zaragoza 2009), 0 to 2.2 in words that
            count 1 together.
        share: of the question's words, rare ones counting more, 0 to 1.
    """

    weight: float
    share: float


def by_words(parts: Sequence[str], question: str) -> list[Shared]:
    """What each part shares with the question."""
    counted = [Counter(terms(part)) for part in parts]
    mean = sum(map(Counter.total, counted)) / max(1, len(counted)) or 1.0
    rarity = {
        term: math.log(1 + len(parts) / (0.5 + sum(term in part for part in counted)))
        for term in set(terms(question))
    }
    whole = sum(rarity.values()) or 1.0

    def shared(found: Counter[str]) -> Shared:
        stretch = 1 - _LENGTH + _LENGTH * found.total() / mean
        weight = sum(
            rare * found[term] / (found[term] + _SATURATION * stretch)
            for term, rare in rarity.items()
        )
        share = sum(rare for term, rare in rarity.items() if found[term])
        return Shared(weight / whole, share / whole)

    return [shared(found) for found in counted]


def cut(passage: str) -> tuple[str, ...]:
    """The parts that a passage is ranked by: its sentences if it has many."""
    said = sentences(passage)
    return said if len(said) > WHOLE else (" ".join(passage.split()),)


def terms(text: str) -> list[str]:
    """Latin words by their stems, numbers, and pairs of Chinese characters."""
    found: list[str] = []
    for word in _WORDS.findall(unicodedata.normalize("NFKC", text).lower()):
        if word.isascii() or not any("\u3400" <= letter <= "\u9fff" for letter in word):
            found.append(word[:_STEM])
        else:
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return found
