"""How a customer feels: positive, neutral or negative, and how angry.

A logistic regression over the sentence encoder's vector and the cues of a text. Its
weights are packaged and fit the packaged encoders alone; with another encoder only the
cues speak. `training.sentiment` fits them from the sentences beside them, and
`training.own_mood` from those and a company's own messages, for its home.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.cues import cue_rows, cues
from bot.model.files import read_json, read_tensors, unreadable

Floats: TypeAlias = NDArray[np.float32]
Encode: TypeAlias = Callable[[Sequence[str]], Floats]

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
ANGRY: Final = "angry"
CLASSES: Final = (ANGRY, NEGATIVE, NEUTRAL, POSITIVE)
PACKAGED: Final = Path(__file__).with_name("sentiments")
WEIGHTS_FILE: Final = "sentiment.safetensors"
SETTINGS_FILE: Final = "sentiment.json"
_ENOUGH: Final = 3.0  # cues of anger that leave no doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeling:
    """What a message shows of its writer's mood."""

    sentiment: str  # "positive", "neutral" or "negative"
    anger: float  # 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentModel:
    """Fitted weights, float32 [features, classes], and their bias."""

    encode: Encode
    weights: Floats
    bias: Floats

    @classmethod
    def load(
        cls, encode: Encode, encoder_sha256: str, directory: Path = PACKAGED
    ) -> "SentimentModel | None":
        """The packaged weights, or those of a directory.

        None where they belong to another encoder.
        Raises EnvironmentProblem: KF-304 for damaged files.
        """
        settings = read_json(directory / SETTINGS_FILE)
        if settings.get("encoder_sha256") != encoder_sha256:
            return None
        tensors = read_tensors(directory / WEIGHTS_FILE)
        try:
            weights, bias = tensors["weights"], tensors["bias"]
        except KeyError as problem:
            raise unreadable(directory / WEIGHTS_FILE, problem) from problem
        return cls(encode=encode, weights=weights, bias=bias)

    def shares(self, texts: Sequence[str]) -> Floats:
        """How likely each class of `CLASSES` is, float32 [texts, classes]."""
        scores = sentiment_rows(texts, self.encode) @ self.weights + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        shares: Floats = likely / likely.sum(axis=1, keepdims=True)
        return shares

    def feel(self, text: str) -> Feeling:
        """The mood of one message."""
        angry, negative, neutral, positive = map(float, self.shares([text])[0])
        ranked = {NEGATIVE: angry + negative, NEUTRAL: neutral, POSITIVE: positive}
        best = max(ranked, key=ranked.__getitem__)
        return Feeling(sentiment=best, anger=round(angry, 4))


def sentiment_rows(texts: Sequence[str], encode: Encode) -> Floats:
    """What the model looks at, float32 [texts, features]."""
    return np.concatenate([encode(texts), cue_rows(texts)], axis=1)


def feel_by_words(text: str) -> Feeling:
    """The mood as far as the cues alone can tell it."""
    found = cues(text)
    angry, bad, good = found["angry"], found["displeased"], found["pleased"]
    anger = angry + 0.5 * min(found["marks"], 2.0) * bool(angry + bad > good)
    anger += found["shouting"]
    balance = good - bad - angry
    sentiment = NEUTRAL
    if balance:
        sentiment = POSITIVE if balance > 0 else NEGATIVE
    if sentiment == POSITIVE:
        anger = 0.0
    return Feeling(sentiment=sentiment, anger=min(1.0, anger / _ENOUGH))
