"""Fitting the intents: seconds, no chance but the seed, and honest about itself.

Kernel ridge regression over a question's likeness to known questions. Its error on
a question that it was not fitted on is known in closed form (leave-one-out), so
calibration and thresholds never see a guess that has seen its own answer.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.intents import OUT_OF_SCOPE, IntentGuess, IntentModel
from bot.model.likeness import Encode, Likeness
from bot.model.origins import ASKED, BACKGROUND, NAMED, Origins
from bot.model.thresholds import Thresholds
from storage.problems import BadInput
from storage.records import Knowledge
from training.background import background
from training.calibration import surprise
from training.dataset import Example
from training.ridge import landmarks_of
from training.solving import Measured, Solved, asked, model_of, solved
from training.thresholds import Limits, thresholds

Report: TypeAlias = Callable[[float], None]  # share done, 0 to 1


_FEWEST: Final = 50  # texts that are no shop's business, however few are known


class Encoder(Protocol):
    """Turns texts into vectors, and says which one it is."""

    @property
    def sha256(self) -> str:
        """Of its weights."""
        ...

    @property
    def encode(self) -> Encode:
        """Texts to unit vectors, float32 [texts, width]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentConfig:
    """How intents are fitted.

    Attributes:
        exact: up to so many questions all are landmarks: best, but time grows with
            its cube and memory with its square (12,000: 1.2 GB and 50 s on 2 cores).
        landmarks: of more questions so many are kept to compare with.
        sharpness: how fast likeness falls; ridge: how little is believed of a single
            question; both above 0.
        choices: pairs of these two that are tried on up to `tried` questions; what
            surprises least when each question is left out is taken.
        named: an intent with fewer questions than this is also known by its name.
        background: where no more than `strange` questions are out of scope, so many
            texts of each language that are no shop's business are learnt as well, but
            no more than there are questions.
        meaning_share, chinese_share: see `Likeness`.
        limits: what the thresholds must keep to.
    """

    exact: int = 16_000
    landmarks: int = 5000
    sharpness: float = 0.6
    ridge: float = 0.01
    choices: tuple[tuple[float, float], ...] = ((2.0, 0.05), (3.0, 0.1))
    tried: int = 3000
    named: int = 20
    background: int = 400
    strange: int = 10
    meaning_share: float = 0.85
    chinese_share: float = 0.75
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted model with what it guessed of questions it was not fitted on.

    Attributes:
        examples: what it was calibrated on.
        guesses: of each of these, by a model that was not fitted on it.
    """

    model: IntentModel
    thresholds: Mapping[str, Thresholds]
    examples: tuple[Example, ...]
    guesses: tuple[IntentGuess, ...]


def fit(
    examples: Sequence[Example],
    encoder: Encoder,
    config: IntentConfig,
    *,
    knowledge: Sequence[Knowledge] = (),
    validation: Sequence[Example] = (),
    seed: int = 0,
    progress: Report = lambda _: None,
) -> Fitted:
    """Fit a model on all examples that have an intent.

    Args:
        knowledge: what the bot may answer with; the retrieval thresholds are
            calibrated on it.
        validation: what confidence is calibrated on; without any, the examples
            themselves, each left out in turn.

    Raises:
        BadInput: KF-401, fewer than two intents.
    """
    known = tuple(each for each in examples if each.intent is not None)
    labels = tuple(sorted({str(each.intent) for each in known}))
    if len(labels) < 2:
        raise BadInput(
            "KF-401",
            "there is too little to learn intents from",
            why=f"at least two intents are needed, there are {len(labels)}",
            fix="import labelled questions, or approve some corrections first",
        )
    names = names_of(known, config.named)
    strange = _strange(known, config)
    if strange:
        labels = tuple(sorted({*labels, OUT_OF_SCOPE}))
    origins = origins_of(known, names, strange, labels, config.ridge)
    learnt = [*known, *names, *strange]
    found, ridge = _best(learnt, origins, len(labels), encoder, config, seed)
    origins = replace(origins, ridge=ridge)
    progress(0.8)
    told = asked(found, origins)
    measured = tuple(each for each in validation if each.intent in labels) or known
    if measured is not known:
        told = Measured(
            scores=found.scores([each.text for each in measured]),
            places=_places(measured, labels),
            languages=[each.language for each in measured],
        )
    model = model_of(labels, found, origins, encoder.sha256, told)
    guessed = model.guesses(told.scores, told.languages)
    unasked = found.left_out[len(learnt) - len(strange) :]
    chosen = thresholds(
        [*measured, *strange],
        [*guessed, *model.guesses(unasked, [each.language for each in strange])],
        knowledge,
        encoder.encode,
        config.limits,
    )
    progress(1.0)
    return Fitted(
        model=model, thresholds=chosen, examples=measured, guesses=tuple(guessed)
    )


def origins_of(
    known: Sequence[Example],
    names: Sequence[Example],
    strange: Sequence[Example],
    labels: Sequence[str],
    ridge: float,
) -> Origins:
    """What is learnt from, in this order."""
    learnt = [*known, *names, *strange]
    languages = tuple(sorted({each.language for each in learnt}))
    kinds = [ASKED] * len(known) + [NAMED] * len(names) + [BACKGROUND] * len(strange)
    return Origins(
        places=_places(learnt, labels),
        kinds=np.asarray(kinds, np.int64),
        spoken=np.asarray([languages.index(each.language) for each in learnt]),
        languages=languages,
        ridge=ridge,
    )


def _strange(known: Sequence[Example], config: IntentConfig) -> list[Example]:
    """Texts to be out of scope, where too few of the known ones are."""
    outside = sum(each.intent == OUT_OF_SCOPE for each in known)
    if outside > config.strange:
        return []
    said = {each.text for each in known}
    most = min(config.background, max(_FEWEST, len(known)))
    found = background([each.language for each in known], most)
    return [each for each in found if each.text not in said]


def names_of(known: Sequence[Example], few: int) -> list[Example]:
    """The names of intents with few questions, as if they had been asked."""
    first: dict[str, Example] = {}
    for each in known:
        first.setdefault(str(each.intent), each)
    count = Counter(str(each.intent) for each in known)
    return [
        replace(each, text=re.sub(r"[_\W]+", " ", intent).strip())
        for intent, each in first.items()
        if count[intent] < few and intent != OUT_OF_SCOPE
    ]


def _places(examples: Sequence[Example], labels: Sequence[str]) -> NDArray[np.int64]:
    place = {label: number for number, label in enumerate(labels)}
    return np.asarray([place[str(each.intent)] for each in examples], np.int64)


def _best(
    learnt: Sequence[Example],
    origins: Origins,
    labels: int,
    encoder: Encoder,
    config: IntentConfig,
    seed: int,
) -> tuple[Solved, float]:
    """The best of the choices, told by what was asked, each left out; and its ridge."""
    likeness, rows = Likeness.fit(
        [each.text for each in learnt],
        encode=encoder.encode,
        meaning_share=config.meaning_share,
        chinese_share=config.chinese_share,
        sharpness=config.sharpness,
    )
    most = len(learnt) if len(learnt) <= config.exact else config.landmarks
    landmarks = rows
    if most < len(learnt):
        landmarks = rows.take(landmarks_of(origins.places, most, seed))
    choices = [(config.sharpness, config.ridge)]
    if len(learnt) <= config.tried:
        choices += config.choices

    def attempt(sharpness: float, ridge: float) -> tuple[Solved, float]:
        sharp = replace(likeness, sharpness=sharpness)
        return solved(sharp, rows, landmarks, origins.places, labels, ridge), ridge

    def surprising(found: Solved) -> float:
        told = asked(found, origins)
        return surprise(told.scores, told.places)

    attempts = (attempt(*choice) for choice in choices)
    return min(attempts, key=lambda each: surprising(each[0]))
