"""The mood model fitted anew with a company's own labelled messages beside ours.

It is kept only if it tells messages that it did not see better than the packaged one:
every message is guessed by a model that was fitted without it (cross-validation).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.importing.samples import Mooded
from bot.model.sentiment import (
    ANGRY,
    CLASSES,
    NEGATIVE,
    SentimentModel,
    sentiment_rows,
)
from storage.problems import BadInput
from training.intents import Encoder
from training.measures import macro_f1
from training.sentiment import Floats, fit_rows, packaged_sentences, write_weights

FEWEST: Final = 20
_FOLDS: Final = 5
_OWN: Final = 3.0  # what a company's message weighs beside one of our sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMood:
    """What came of it. Shares are 0 to 1, over messages that were not learnt from."""

    kept: bool
    messages: int
    accuracy: float
    macro_f1: float
    packaged_accuracy: float
    packaged_macro_f1: float

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def text(self) -> str:
        """For people."""
        verdict = "kept: it is used from the next start on"
        if not self.kept:
            verdict = "not kept: the packaged model tells them as well"
        return (
            f"{self.messages} messages, each guessed by a model that did not see it\n\n"
            f"             yours   packaged\n"
            f"accuracy    {self.accuracy:6.1%}     {self.packaged_accuracy:6.1%}\n"
            f"macro F1    {self.macro_f1:6.1%}     {self.packaged_macro_f1:6.1%}\n\n"
            f"{verdict}"
        )


def learn_mood(
    messages: Sequence[Mooded],
    encoder: Encoder,
    *,
    demo: Path,
    directory: Path,
    seed: int = 0,
) -> OwnMood:
    """Fit, measure, and write into the directory if it is better.

    Args:
        demo: the demo shop's labelled questions, which the packaged model knows too.

    Raises:
        BadInput: KF-410, there are too few messages, or they are all of one mood.
    """
    from sklearn.model_selection import KFold

    labels = [each.label for each in messages]
    if len(messages) < FEWEST or len(set(labels)) < 2:
        raise BadInput(
            "KF-410",
            "there is too little to learn moods from",
            why=f"{len(messages)} messages with {len(set(labels))} labels; {FEWEST} "
            "messages with two labels are needed",
            fix="label more messages: positive, neutral, negative or angry",
        )
    ours = packaged_sentences(demo)
    rows = sentiment_rows([each.text for each in (*ours, *messages)], encoder.encode)
    moods = np.asarray([each.label for each in (*ours, *messages)])
    weigh = np.where(np.arange(len(rows)) < len(ours), 1.0, _OWN)
    split = KFold(_FOLDS, shuffle=True, random_state=seed)
    base = np.arange(len(ours))
    shares = np.zeros((len(messages), len(CLASSES)), np.float32)
    for fit, ask in split.split(labels):
        seen = np.concatenate([base, fit + len(ours)])
        weights, bias = fit_rows(rows[seen], moods[seen], weigh[seen])
        shares[ask] = _shares(rows[ask + len(ours)], weights, bias)
    packaged = SentimentModel.load(encoder.encode, encoder.sha256)
    if packaged is None:
        weights, bias = fit_rows(rows[base], moods[base], weigh[base])
    else:
        weights, bias = packaged.weights, packaged.bias
    wanted = [NEGATIVE if name == ANGRY else name for name in labels]
    own = _guesses(shares)
    theirs = _guesses(_shares(rows[len(ours) :], weights, bias))
    accuracy, before = (_accuracy(wanted, each) for each in (own, theirs))
    kept = accuracy > before
    if kept:
        weights, bias = fit_rows(rows, moods, weigh)
        write_weights(directory, weights, bias, encoder.sha256, len(rows))
    return OwnMood(
        kept=kept,
        messages=len(messages),
        accuracy=accuracy,
        macro_f1=round(macro_f1(wanted, own), 4),
        packaged_accuracy=before,
        packaged_macro_f1=round(macro_f1(wanted, theirs), 4),
    )


def _shares(rows: Floats, weights: Floats, bias: Floats) -> Floats:
    scores = rows @ weights + bias
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = likely / likely.sum(axis=1, keepdims=True)
    return shares


def _guesses(shares: Floats) -> list[str]:
    """The likeliest of negative (anger included), neutral and positive."""
    three = np.stack([shares[:, 0] + shares[:, 1], shares[:, 2], shares[:, 3]], axis=1)
    return [CLASSES[1:][place] for place in three.argmax(axis=1)]


def _accuracy(wanted: Sequence[str], guessed: Sequence[str]) -> float:
    right = sum(want == guess for want, guess in zip(wanted, guessed, strict=True))
    return round(right / len(wanted), 4)
