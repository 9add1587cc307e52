"""What a customer wants: how like a question is to those whose intent is known.

A new question is compared with the landmarks, questions that people labelled, by
meaning and by spelling; what is alike votes. It is frozen: predicting changes nothing,
and it is safe to use from many threads. Only numpy and scipy are needed; fitting is
in `training.intents`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.confidence import Confidence, evidence
from bot.model.files import (
    read_json,
    read_tensors,
    sha256_of,
    unreadable,
    write_json,
    write_tensors,
)
from bot.model.likeness import Encode, Likeness, Rows
from bot.model.origins import Origins
from storage.problems import EnvironmentProblem

Floats: TypeAlias = NDArray[np.float32]

OUT_OF_SCOPE: Final = "oos"
ALTERNATIVES: Final = 5
WEIGHTS_FILE: Final = "intents.safetensors"
SETTINGS_FILE: Final = "intents.json"
_FORMAT: Final = 4
_READABLE: Final = (3, 4)  # 3 has no scores of its own for what is out of scope


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentGuess:
    """What the model makes of a text. All numbers are calibrated, from 0 to 1.

    Attributes:
        intent: the likeliest label that is in scope; None when there is none.
        confidence: the chance that it is what is meant.
        alternatives: the likeliest labels in scope, best first, with the intent;
            each with its share among all labels.
        in_scope: how likely it is that any label in scope is meant.
    """

    intent: str | None
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    in_scope: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentModel:
    """A fitted model.

    Attributes:
        labels: sorted; may hold "oos".
        languages: those it was calibrated for.
        likeness: compares texts with the landmarks.
        landmarks: the questions it compares with.
        votes: what each landmark's likeness counts for, float32 [landmarks, labels].
        bias: float32 [labels].
        temperature: per language; logits are divided by it. 1.0 where it is missing.
        confidence: per language; where it is missing, the best label's share counts.
        scope: per language, the chance that a text is any business of ours; where it
            is missing, what the label "oos" leaves over.
        encoder_sha256: of the encoder that made the vectors.
        origins: what its landmarks are; None where it is not known, and then new
            intents cannot join.
    """

    labels: tuple[str, ...]
    languages: tuple[str, ...]
    likeness: Likeness
    landmarks: Rows
    votes: Floats
    bias: Floats
    temperature: Mapping[str, float]
    confidence: Mapping[str, Confidence]
    scope: Mapping[str, Confidence]
    encoder_sha256: str
    origins: Origins | None = None

    def __post_init__(self) -> None:
        count = len(self.labels)
        shapes = (self.votes.shape, self.bias.shape)
        if shapes != ((len(self.landmarks), count), (count,)):
            raise ValueError(f"weights {shapes} do not fit {count} labels")
        for name in ("temperature", "confidence", "scope"):
            frozen = MappingProxyType(dict(getattr(self, name)))
            object.__setattr__(self, name, frozen)

    def predict(self, text: str, language: str) -> IntentGuess:
        """What the customer wants."""
        return self.predict_all([text], [language])[0]

    def predict_all(
        self, texts: Sequence[str], languages: Sequence[str]
    ) -> list[IntentGuess]:
        """The same for many texts, faster."""
        return self.guesses(self.logits(texts), languages)

    def guesses(
        self, scores: NDArray[Any], languages: Sequence[str]
    ) -> list[IntentGuess]:
        """What scores [texts, labels] amount to, each text in its language."""
        return guesses(
            self.labels,
            scores,
            languages,
            temperature=self.temperature,
            confidence=self.confidence,
            scope=self.scope,
        )

    def logits(self, texts: Sequence[str]) -> Floats:
        """Before calibration, float32 [texts, labels]."""
        if not texts:
            return np.zeros((0, len(self.labels)), np.float32)
        alike = self.likeness.between(self.likeness.rows(texts), self.landmarks)
        scores: Floats = alike @ self.votes + self.bias
        return scores

    def save(self, directory: Path) -> None:
        """Write both files into the directory, which is made if need be."""
        directory.mkdir(parents=True, exist_ok=True)
        tensors = {"votes": self.votes, "bias": self.bias}
        tensors |= self.landmarks.tensors() | self.likeness.tensors()
        if self.origins is not None:
            tensors |= self.origins.tensors()
        digest = write_tensors(directory / WEIGHTS_FILE, tensors)
        settings = {
            "format": _FORMAT,
            "labels": list(self.labels),
            "languages": list(self.languages),
            "temperature": dict(self.temperature),
            "confidence": {k: each.to_json() for k, each in self.confidence.items()},
            "scope": {name: each.to_json() for name, each in self.scope.items()},
            "likeness": self.likeness.settings(),
            "origins": None if self.origins is None else self.origins.settings(),
            "encoder_sha256": self.encoder_sha256,
            "weights_sha256": digest,
        }
        write_json(directory / SETTINGS_FILE, settings)

    @classmethod
    def load(
        cls, directory: Path, *, encode: Encode, encoder_sha256: str
    ) -> "IntentModel":
        """Read it again.

        Raises EnvironmentProblem: KF-304 for damaged files, KF-302 if the weights are
        not those that were saved, KF-310 if they belong to another encoder.
        """
        settings = read_json(directory / SETTINGS_FILE)
        weights = directory / WEIGHTS_FILE
        tensors = read_tensors(weights)
        if sha256_of(weights) != settings.get("weights_sha256"):
            raise EnvironmentProblem(
                "KF-302",
                f"{WEIGHTS_FILE} is not the file that was saved",
                where=str(weights),
                why="its SHA-256 differs from the recorded one",
                fix="restore the release from a backup, or train again",
            )
        if settings.get("encoder_sha256") != encoder_sha256:
            raise EnvironmentProblem(
                "KF-310",
                "the intents were trained with another encoder",
                where=str(directory),
                why=f"they need the encoder {settings.get('encoder_sha256')}",
                fix="set KEFU_ENCODER back to that encoder, or train again",
            )
        try:
            return cls._from(settings, tensors, encode)
        except (KeyError, TypeError, ValueError, IndexError) as problem:
            raise unreadable(directory / SETTINGS_FILE, problem) from problem

    @classmethod
    def _from(
        cls, settings: dict[str, Any], tensors: dict[str, NDArray[Any]], encode: Encode
    ) -> "IntentModel":
        if settings["format"] not in _READABLE:
            raise ValueError(f"format {settings['format']} is not known")
        likeness = Likeness.of(settings["likeness"], tensors, encode)
        origins = settings.get("origins")
        return cls(
            labels=tuple(settings["labels"]),
            languages=tuple(settings["languages"]),
            likeness=likeness,
            landmarks=Rows.of(tensors, likeness.features.width),
            votes=tensors["votes"].astype(np.float32),
            bias=tensors["bias"].astype(np.float32),
            temperature={
                name: float(heat) for name, heat in settings["temperature"].items()
            },
            confidence=_believed(settings["confidence"]),
            scope=_believed(settings.get("scope", {})),
            encoder_sha256=str(settings["encoder_sha256"]),
            origins=None if origins is None else Origins.of(origins, tensors),
        )


def _believed(rows: Mapping[str, Any]) -> dict[str, Confidence]:
    return {name: Confidence.from_json(row) for name, row in rows.items()}


def guesses(
    labels: Sequence[str],
    scores: NDArray[Any],
    languages: Sequence[str],
    *,
    temperature: Mapping[str, float],
    confidence: Mapping[str, Confidence],
    scope: Mapping[str, Confidence],
) -> list[IntentGuess]:
    """What scores [texts, labels] amount to, each text in its language."""
    heat = [temperature.get(language, 1.0) for language in languages]
    likely = softmax(scores, heat)
    told = evidence(labels, scores, likely, OUT_OF_SCOPE)
    return [
        _guess(
            labels,
            likely[place],
            told[place],
            confidence.get(language),
            scope.get(language),
        )
        for place, language in enumerate(languages)
    ]


def softmax(scores: NDArray[Any], heat: Sequence[float]) -> NDArray[np.float64]:
    """Rows of scores, each divided by its heat, as shares that add up to 1."""
    cooled = scores / np.asarray(heat, dtype=np.float64)[:, None]
    cooled -= cooled.max(axis=1, keepdims=True)
    likely: NDArray[np.float64] = np.exp(cooled)
    likely /= likely.sum(axis=1, keepdims=True)
    return likely


def _guess(
    labels: Sequence[str],
    likely: NDArray[np.float64],
    told: NDArray[np.float64],
    believed: Confidence | None,
    ours: Confidence | None,
) -> IntentGuess:
    order = np.argsort(-likely, kind="stable")
    ranked = [(labels[place], float(likely[place])) for place in order]
    inside = [pair for pair in ranked if pair[0] != OUT_OF_SCOPE]
    outside = sum(share for label, share in ranked if label == OUT_OF_SCOPE)
    in_scope = min(1.0, max(0.0, 1.0 - outside))
    best, confidence = inside[0] if inside else (None, 0.0)
    if best is not None and believed is not None:
        confidence = float(believed.of(told[None])[0])
    if best is not None and ours is not None:
        in_scope = float(ours.of(told[None])[0])
    return IntentGuess(
        intent=best,
        confidence=confidence,
        alternatives=tuple(inside[:ALTERNATIVES]),
        in_scope=in_scope,
    )
