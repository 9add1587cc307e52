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

from bot.model.lists import items, steps, without_marks

PARTS: Final = 4  # what a reply is written from, at most
WHOLE: Final = 3  # sentences; a passage that is no longer stays in one piece
_SENTENCES: Final = re.compile(r"(?<=[。！？])|(?<=[.!?]) +(?=[^a-z])")
_ENDS: Final = (".", "!", "。", "！")
_ASKS: Final = ("?", "？")
_NO_HEADING: Final = (*_ENDS, ":", "：")
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")
_ASKS_HOW: Final = re.compile(
    r"\bhow (?:do|can|could|should|would|may|must|to|does one)\b|\bsteps\b"
    r"|怎[么样]|如何|咋|步骤|流程",
    re.I,
)
_STEM: Final = 5  # letters: "delivered" and "delivery" are the same to us
_CHINESE: Final = re.compile("[\u3400-\u9fff]")
_SATURATION, _LENGTH = 1.2, 0.5  # as in BM25
UNTOLD: Final = 0.5  # how well a part fits, where a question asks for no kind of fact
# Of each feature of a part (see `features`), in the question's language; those of
# meaning are 1 together. `python -m training.nearness` fits them; what fits counts less
# in Chinese than it says, for people ask less plainly than what it is fitted on.
WEIGHTS: Final = {
    "en": (0.47, 0.29, 0.4, 0.6, 0.18),
    "zh": (0.02, 0.79, 0.28, 0.72, 0.2),
}

# Whether the nearest part answers at all: a bias, then of its features, of how far it
# is ahead of the next, and of its nearness. A logistic regression, fitted as there.
ANSWERS: Final = {
    "en": (-5.94, -1.18, 7.25, 1.39, 3.24, 0.98, 1.26, 2.37),
    "zh": (-4.08, 2.07, 5.38, 0.91, 1.71, 1.02, 2.58, 2.03),
}
AHEAD: Final = 0.3  # of nearness; being further ahead says no more

Alike: TypeAlias = Callable[[str, Sequence[str]], Sequence[float]]
Fits: TypeAlias = Callable[[str, Sequence[str]], Sequence[float]]


def sentences(text: str) -> tuple[str, ...]:
    """A passage's sentences, in order; an item of a list is one, with its points."""
    found: list[str] = []
    for item in items(text):
        line = " ".join(item.split())
        found += (
            [line]
            if "\n" in item and without_marks(item) != item
            else _SENTENCES.split(line)
        )
    return tuple(part.strip() for part in found if part.strip())


class Near(NamedTuple):
    """A part of a passage, and how near it is to the question.

    Attributes:
        sure: how likely it answers, 0 to 1; told of the nearest alone, and 0 where
            nothing is known of meaning.
    """

    text: str
    score: float
    sure: float = 0.0


def focus(
    passages: Sequence[str],
    question: str,
    alike: Alike | None = None,
    fits: Fits | None = None,
) -> list[str]:
    """The parts of the passages nearest to the question, best first, at most `PARTS`.

    Passages are given best first, which decides between parts that are equally near.
    With `alike` their meaning counts too, and is what finds most; with `fits`,
    whether a part holds the kind of fact that is asked for.
    """
    return [near.text for near in ranked(passages, question, alike, fits)]


def ranked(
    passages: Sequence[str],
    question: str,
    alike: Alike | None = None,
    fits: Fits | None = None,
) -> list[Near]:
    """As `focus`, with how near each part is; only scores of one call compare.

    Meaning is that of a part under its passage's heading: "up to 3 times" alone is
    about nothing.
    """
    under: dict[str, str] = {}
    for text in passages:
        for part in _parts_for(question, text):
            under.setdefault(part, _under(heading_of(text), part))
    parts, whole = list(under), list(under.values())
    told = features(whole, question, alike, fits) if alike and parts else []
    known = any(each.meant for each in told)
    language = "zh" if _CHINESE.search(question) else "en"
    if known:
        scores = [_weighed(WEIGHTS[language], each) for each in told]
    else:
        scores = [shared.weight for shared in by_words(parts, question)]
    order = sorted(range(len(parts)), key=scores.__getitem__, reverse=True)
    found = [Near(parts[place], scores[place]) for place in order[:PARTS]]
    if known:
        evidence = evidence_of(told[order[0]], [scores[place] for place in order])
        found[0] = found[0]._replace(sure=sureness(language, evidence))
    return found


def _weighed(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(one * other for one, other in zip(weights, values, strict=True))


def evidence_of(nearest: "Features", scores: Sequence[float]) -> list[float]:
    """What tells whether the nearest part answers: see `ANSWERS`.

    Args:
        scores: of all parts, the nearest first.
    """
    ahead = scores[0] - scores[1] if len(scores) > 1 else AHEAD
    return [*nearest, min(ahead, AHEAD), scores[0]]


def sureness(language: str, evidence: Sequence[float]) -> float:
    """How likely the nearest part answers, 0 to 1."""
    return 1 / (1 + math.exp(-_weighed(ANSWERS[language], [1.0, *evidence])))


def heading_of(passage: str) -> str:
    """Its first line, where that is no sentence but says what the others are about."""
    first, rest, _ = passage.strip().partition("\n")
    return "" if not rest or first.rstrip().endswith(_NO_HEADING) else first.strip()


def _under(heading: str, part: str) -> str:
    return part if not heading or part.startswith(heading) else f"{heading}: {part}"


class Features(NamedTuple):
    """What tells how near a part is.

    Attributes:
        weight, share: of the words it shares, see `Shared`.
        meant: how alike it is to the question, a cosine.
        best: the same of its sentence that is most alike: what stands beside it does
            not make it less of an answer.
        fits: whether it holds the kind of fact that is asked for, 0 to 1.
    """

    weight: float
    share: float
    meant: float
    best: float
    fits: float


def features(
    parts: Sequence[str], question: str, alike: Alike, fits: Fits | None = None
) -> list[Features]:
    """Of each part."""
    said = [found if len(found) > 1 else () for found in map(sentences, parts)]
    inner = [sentence for found in said for sentence in found]
    cosines = list(alike(question, [*parts, *inner]))
    of_sentences = iter(cosines[len(parts) :])
    fitting = fits(question, parts) if fits else [UNTOLD] * len(parts)
    shared = by_words(parts, question)
    return [
        Features(
            weight=shared[place].weight,
            share=shared[place].share,
            meant=cosines[place],
            best=max((next(of_sentences) for _ in found), default=cosines[place]),
            fits=fitting[place],
        )
        for place, found in enumerate(said)
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


def _parts_for(question: str, passage: str) -> tuple[str, ...]:
    """As `cut`; who asks how to do it is to have all steps, not one of them."""
    said = cut(passage)
    whole = steps(passage) if _ASKS_HOW.search(question) else ""
    if not whole:
        return said
    line = " ".join(whole.split())
    return (line, *(part for part in said if part not in line))


def cut(passage: str) -> tuple[str, ...]:
    """The parts that a passage is ranked by: its sentences if it has many.

    A question that stands above them is none: it is what is asked, and no answer.
    """
    said = sentences(passage)
    if len(said) <= WHOLE:
        return (" ".join(passage.split()),)
    heading, _, rest = passage.strip().partition("\n")
    above_a_list = said[0] == " ".join(heading.split()) and not said[0].endswith(_ENDS)
    asks = heading.rstrip().endswith(_ASKS)
    return ((asks or above_a_list) and sentences(rest)) or said


def terms(text: str) -> list[str]:
    """Latin words by their stems, numbers, and pairs of Chinese characters."""
    found: list[str] = []
    for word in _WORDS.findall(unicodedata.normalize("NFKC", text).lower()):
        if word.isascii() or not any("\u3400" <= letter <= "\u9fff" for letter in word):
            found.append(word[:_STEM])
        else:
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return found
