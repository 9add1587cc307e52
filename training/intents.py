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

from bot.model.intents import OUT_OF_SCOPE, IntentGuess, IntentModel, guesses
from bot.model.likeness import Encode, Likeness, Rows
from bot.model.thresholds import Thresholds
from storage.problems import BadInput
from storage.records import Knowledge
from training.background import background
from training.calibration import Strangers, beliefs, surprise, temperatures
from training.dataset import Example
from training.ridge import landmarks_of, solve
from training.thresholds import Limits, thresholds

Matrix: TypeAlias = NDArray[np.float64]
Report: TypeAlias = Callable[[float], None]  # share done, 0 to 1

LOGIT: Final = 10.0  # votes are scaled, so that logits are of everyday size


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
            texts of each language that are no shop's business are learnt as well.
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
    strange: int = 20
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solved:
    likeness: Likeness
    landmarks: Rows
    votes: Matrix
    bias: Matrix
    left_out: Matrix  # what each question scores when it is left out
    without: Matrix  # and when its whole intent is

    def scores(self, texts: Sequence[str]) -> Matrix:
        alike = self.likeness.between(self.likeness.rows(texts), self.landmarks)
        return alike @ self.votes + self.bias


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
    names = _names(known, config.named)
    strange = _strange(known, config)
    if strange:
        labels = tuple(sorted({*labels, OUT_OF_SCOPE}))
    learnt = [*known, *names, *strange]
    places = _places(learnt, labels)
    solved = _solved(learnt, places, len(known), len(labels), encoder, config, seed)
    progress(0.8)
    measured = tuple(each for each in validation if each.intent in labels) or known
    scores = solved.left_out[: len(known)]
    if measured is not known:
        scores = solved.scores([each.text for each in measured])
    languages = [each.language for each in measured]
    right = _places(measured, labels)
    temperature = temperatures(scores, right, languages)
    strangers = _strangers(learnt, labels, solved, len(known), len(names))
    believed = beliefs(labels, scores, right, languages, temperature, strangers)

    def guessed(scores: Matrix, languages: Sequence[str]) -> list[IntentGuess]:
        return guesses(
            labels,
            scores,
            languages,
            temperature=temperature,
            confidence=believed.confidence,
            scope=believed.scope,
        )

    model = IntentModel(
        labels=labels,
        languages=tuple(sorted(set(languages))),
        likeness=solved.likeness,
        landmarks=solved.landmarks,
        votes=solved.votes.astype(np.float32),
        bias=solved.bias.astype(np.float32),
        temperature=temperature,
        confidence=believed.confidence,
        scope=believed.scope,
        encoder_sha256=encoder.sha256,
    )
    told = guessed(scores, languages)
    unasked = solved.left_out[len(learnt) - len(strange) :]
    chosen = thresholds(
        [*measured, *strange],
        [*told, *guessed(unasked, [each.language for each in strange])],
        knowledge,
        encoder.encode,
        config.limits,
    )
    progress(1.0)
    return Fitted(
        model=model, thresholds=chosen, examples=measured, guesses=tuple(told)
    )


def _strange(known: Sequence[Example], config: IntentConfig) -> list[Example]:
    """Texts to be out of scope, where too few of the known ones are."""
    outside = sum(each.intent == OUT_OF_SCOPE for each in known)
    if outside > config.strange:
        return []
    said = {each.text for each in known}
    found = background([each.language for each in known], config.background)
    return [each for each in found if each.text not in said]


def _strangers(
    learnt: Sequence[Example],
    labels: Sequence[str],
    solved: "_Solved",
    known: int,
    names: int,
) -> Strangers:
    """Questions as if their whole intent were unknown, and texts about other things."""
    scores = solved.without[:known].copy()
    places = _places(learnt[:known], labels)
    inside = [place for place, label in enumerate(labels) if label != OUT_OF_SCOPE]
    # With one other intent left, nothing could be told from the second best.
    usable = np.isin(places, inside) & ~np.isnan(scores[:, 0]) & (len(inside) > 2)
    scores[np.arange(known), places] = scores.min(axis=1)
    far = np.arange(known + names, len(learnt))
    near = np.flatnonzero(usable)
    return Strangers(
        scores=np.vstack([scores[near], solved.left_out[far]]),
        languages=[learnt[place].language for place in [*near, *far]],
        near=np.arange(len(near) + len(far)) < len(near),
    )


def _names(known: Sequence[Example], few: int) -> list[Example]:
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
    return np.asarray([labels.index(str(each.intent)) for each in examples])


def _solved(
    learnt: Sequence[Example],
    places: NDArray[np.int64],
    asked: int,
    labels: int,
    encoder: Encoder,
    config: IntentConfig,
    seed: int,
) -> _Solved:
    """The best of the choices, told by the first `asked` texts, each left out."""
    texts = [each.text for each in learnt]
    likeness, rows = Likeness.fit(
        texts,
        encode=encoder.encode,
        meaning_share=config.meaning_share,
        chinese_share=config.chinese_share,
        sharpness=config.sharpness,
    )
    most = len(texts) if len(texts) <= config.exact else config.landmarks
    landmarks = rows.take(landmarks_of(places, most, seed))
    targets = np.eye(labels)[places] * LOGIT
    bias = targets.mean(axis=0)
    choices = [(config.sharpness, config.ridge)]
    if len(texts) <= config.tried:
        choices += config.choices

    def attempt(sharpness: float, ridge: float) -> _Solved:
        sharpened = replace(likeness, sharpness=sharpness)
        found = solve(sharpened, rows, landmarks, targets - bias, ridge, places)
        return _Solved(
            likeness=sharpened,
            landmarks=landmarks,
            votes=found.votes,
            bias=bias,
            left_out=found.left_out + bias,
            without=found.without + bias,
        )

    attempts = (attempt(*choice) for choice in choices)
    return min(
        attempts, key=lambda each: surprise(each.left_out[:asked], places[:asked])
    )
