"""Which words made the intent, by leaving each out and looking how the score falls.

Occlusion (Zeiler and Fergus 2014; of words: Li, Monroe and Jurafsky 2016). It asks the
very model that serves, so it holds for any model; what it tells is the effect of a word
in its place, and words that say the same twice may each seem to matter little.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.model.gloss import LONGEST_WORD, MAX_CHARACTERS, glossary
from bot.text import HAN

METHOD: Final = (
    "occlusion: each word is left out in turn; its effect is how far the log-odds of "
    "the intent fall (Zeiler and Fergus 2014, Li et al. 2016)"
)
_MOST: Final = 48  # pieces; a longer text is looked at in longer pieces
_PIECES: Final = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:['’.\-][^\W_{HAN}]+)*")
_HAN: Final = re.compile(f"[{HAN}]")


class Scores(Protocol):
    """A model of intents that shows its scores."""

    @property
    def labels(self) -> Sequence[str]:
        """All of them, in the order of the scores."""
        ...

    def logits(self, texts: Sequence[str]) -> NDArray[Any]:
        """Float [texts, labels]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEffect:
    """A piece of a text, `text[start:end]`, and how far the log-odds fall without it.

    An effect above 0 speaks for the intent, below 0 against it.
    """

    text: str
    start: int
    end: int
    effect: float


def effects(text: str, intent: str, scores: Scores) -> tuple[WordEffect, ...]:
    """The effect of each word on an intent, in the order of the text.

    Empty where the model does not know the intent or the text has no words.
    """
    spans = _fewer(list(pieces(text[:MAX_CHARACTERS])))
    labels = list(scores.labels)
    if not spans or intent not in labels:
        return ()
    without = [_left_out(text, start, end) for start, end in spans]
    odds = log_odds(scores.logits([text, *without]), labels.index(intent))
    return tuple(
        WordEffect(
            text=text[start:end],
            start=start,
            end=end,
            effect=round(float(odds[0] - odds[number]), 4),
        )
        for number, (start, end) in enumerate(spans, start=1)
    )


def log_odds(logits: NDArray[Any], place: int) -> NDArray[np.float64]:
    """Of one label against all others together, [texts]. One label alone gives its
    score.
    """
    scores = np.asarray(logits, np.float64)
    others = np.delete(scores, place, axis=1)
    if not others.shape[1]:
        return scores[:, place]
    odds: NDArray[np.float64] = scores[:, place] - np.logaddexp.reduce(others, axis=1)
    return odds


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where the words stand: Latin words; Chinese ones by dictionary, else two
    characters at a time.
    """
    for found in _PIECES.finditer(text):
        if _HAN.match(found.group()):
            yield from _cut(found.group(), found.start())
        else:
            yield found.span()


def _cut(run: str, offset: int) -> Iterator[tuple[int, int]]:
    """The longest known word first; what is unknown between words in twos."""
    known, start, unknown = glossary().chinese, 0, 0
    while start < len(run):
        sizes = range(min(LONGEST_WORD, len(run) - start), 1, -1)
        size = next((n for n in sizes if run[start : start + n] in known), 0)
        if not size:
            start += 1
            continue
        yield from _twos(unknown, start, offset)
        yield offset + start, offset + start + size
        start = unknown = start + size
    yield from _twos(unknown, len(run), offset)


def _twos(start: int, end: int, offset: int) -> Iterator[tuple[int, int]]:
    for place in range(start, end, 2):
        yield offset + place, offset + min(place + 2, end)


def _left_out(text: str, start: int, end: int) -> str:
    before, after = text[:start].rstrip(), text[end:].lstrip()
    chinese = _HAN.match(before[-1:]) and _HAN.match(after[:1])
    return before + after if chinese else f"{before} {after}".strip()


def _fewer(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    step = -(-len(spans) // _MOST) or 1
    groups = [spans[n : n + step] for n in range(0, len(spans), step)]
    return [(group[0][0], group[-1][1]) for group in groups]
