"""How sure is sure enough: chosen so that what was measured stays within limits.

Each language apart, on guesses about questions that were left out of the fitting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.intents import OUT_OF_SCOPE, IntentGuess
from bot.model.likeness import Encode
from bot.model.thresholds import DEFAULT, Thresholds
from bot.retrieve import Shelf
from storage.records import Knowledge, KnowledgeKind
from training.dataset import CONFIRMED, CORRECTED, Example

Floats: TypeAlias = NDArray[np.float64]

ENOUGH_ASKED: Final = 150  # of customers' own questions in a language
FEWEST: Final = 30  # questions of a language; with fewer nothing is calibrated
_LEAST_ANSWER, _MOST = 0.3, 1.0
_ASKED: Final = 400  # questions per language that the shelf is tried with


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Shares of all questions, 0 to 1.

    Attributes:
        wrong: of the questions in scope, answered with something else.
        false: of the questions out of scope, answered at all.
        offered: how often the right topic is among the choices at the least, of the
            times that choices are offered.
    """

    wrong: float = 0.02
    false: float = 0.05
    offered: float = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """Scores of a way to answer, with what would have come of it."""

    scores: Floats
    right: NDArray[np.bool_]
    in_scope: NDArray[np.bool_]

    def least(self, limits: Limits) -> float:
        """The lowest score from which on answers stay within the limits."""
        order = np.argsort(-self.scores, kind="stable")
        inside, right = self.in_scope[order], self.right[order]
        wrong = np.cumsum(inside & ~right) <= limits.wrong * max(1, inside.sum())
        false = np.cumsum(~inside) <= limits.false * max(1, (~inside).sum())
        count = int(np.logical_and.accumulate(wrong & false).sum())
        sorted_scores = self.scores[order]
        # Equal scores cannot be told apart: all of them are answered, or none.
        while (
            0 < count < len(order) and sorted_scores[count - 1] == sorted_scores[count]
        ):
            count -= 1
        if count == 0:
            return _MOST
        lowest = float(sorted_scores[count - 1])
        if count == len(order):
            return lowest
        between = (lowest + float(sorted_scores[count])) / 2
        return between if between > float(sorted_scores[count]) else lowest


def thresholds(
    examples: Sequence[Example],
    guesses: Sequence[IntentGuess],
    knowledge: Sequence[Knowledge],
    encode: Encode,
    limits: Limits,
) -> dict[str, Thresholds]:
    """The thresholds of each language that has enough questions.

    Args:
        guesses: of each example, by a model that was not fitted on it.
        knowledge: what the retrieval thresholds are calibrated on.
    """
    shelf = Shelf(encode=encode)
    shelf.refresh(knowledge, 1)
    found = {}
    for language in sorted({each.language for each in examples}):
        own = [n for n, each in enumerate(examples) if each.language == language]
        if len(own) < FEWEST:
            continue
        asked = [examples[place] for place in own]
        real = _as_customers_ask(examples, own)
        answer = _of_intents(
            [examples[place] for place in real], [guesses[place] for place in real]
        ).least(limits)
        match = _of_shelf(asked, shelf, knowledge, encode, language).least(limits)
        found[language] = Thresholds(
            answer=_within(answer, _LEAST_ANSWER),
            clarify=_clarify(asked, [guesses[place] for place in own], limits),
            match=_within(max(match, DEFAULT.match), DEFAULT.match),
            ground=DEFAULT.ground,
        )
    return found


def _as_customers_ask(examples: Sequence[Example], own: list[int]) -> list[int]:
    """The questions that customers really asked, where there are enough of them.

    Written lists are harder or easier than what people ask; only what they asked
    tells how sure is sure enough. What is out of scope counts wherever it is from.
    """
    asked = [n for n in own if examples[n].source in (CORRECTED, CONFIRMED)]
    inside = [n for n in asked if examples[n].intent != OUT_OF_SCOPE]
    if len(inside) < ENOUGH_ASKED:
        return own
    outside = [n for n in own if examples[n].intent == OUT_OF_SCOPE]
    return sorted({*inside, *outside})


def _within(value: float, least: float) -> float:
    return round(min(_MOST, max(least, value)), 6)


def _of_intents(asked: Sequence[Example], guesses: Sequence[IntentGuess]) -> Sureness:
    pairs = list(zip(guesses, asked, strict=True))
    return Sureness(
        scores=np.asarray([guess.confidence for guess in guesses]),
        right=np.asarray([guess.intent == each.intent for guess, each in pairs]),
        in_scope=np.asarray([each.intent != OUT_OF_SCOPE for each in asked]),
    )


def _clarify(
    asked: Sequence[Example], guesses: Sequence[IntentGuess], limits: Limits
) -> float:
    """The least share of a choice that is right often enough to be offered."""
    offers = [
        (share, name == each.intent)
        for guess, each in zip(guesses, asked, strict=True)
        for name, share in guess.alternatives
    ]
    shares = np.asarray([share for share, _ in offers])
    right = np.asarray([is_right for _, is_right in offers])
    steps = np.linspace(0.05, 0.5, 46)
    good = [
        step
        for step in steps
        if (near := (shares >= step) & (shares < step + 0.1)).any()
        and right[near].mean() >= limits.offered
    ]
    return round(float(min(good, default=DEFAULT.clarify)), 4)


def _of_shelf(
    asked: Sequence[Example],
    shelf: Shelf,
    knowledge: Sequence[Knowledge],
    encode: Encode,
    language: str,
) -> Sureness:
    """How well the likeness to an approved question tells its answer."""
    known = {each.id for each in knowledge}
    tried = [each for each in asked if each.id not in known]  # those find themselves
    tried = tried[:: max(1, len(tried) // _ASKED)][:_ASKED]
    encode([each.text for each in tried])  # together is faster, and it remembers
    scores, right, inside = [], [], []
    for example in tried:
        found = shelf.search(example.text, language, 1, KnowledgeKind.ANSWER)
        scores.append(found[0].score if found else 0.0)
        intent = found[0].knowledge.intent if found else None
        right.append(intent is not None and intent == example.intent)
        inside.append(example.intent != OUT_OF_SCOPE)
    return Sureness(
        scores=np.asarray(scores, np.float64),
        right=np.asarray(right, np.bool_),
        in_scope=np.asarray(inside, np.bool_),
    )
