"""Fitting the mood of messages: from the sentences that ship with kefu.

`python -m training.sentiment` fits the packaged weights anew; the same sentences and
encoders give the same weights, and a test holds the packaged file to that.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.importing.samples import Mooded
from bot.model.files import write_json, write_tensors
from bot.model.sentiment import (
    ANGRY,
    CLASSES,
    NEUTRAL,
    PACKAGED,
    POSITIVE,
    SETTINGS_FILE,
    WEIGHTS_FILE,
    Encode,
    sentiment_rows,
)
from training.intents import Encoder

Floats: TypeAlias = NDArray[np.float32]

SENTENCES_FILE: Final = "sentences.jsonl"
STRENGTH: Final = 16.0  # inverse of the regularisation, by cross-validation
# Of the demo shop's questions, those on these themes may be asked in any mood.
_MOODY: Final = (
    "oos",
    "complaint",
    "coupon_not",
    "order_confirmation_missing",
    "order_duplicate",
    "payment_failed",
    "repair",
    "shipping_damaged",
    "shipping_late",
    "shipping_lost",
    "shipping_missing",
    "shipping_wrong",
    "small_talk_",
)
_TALK: Final = {
    "small_talk_thanks": POSITIVE,
    "small_talk_compliment": POSITIVE,
    "small_talk_insult": ANGRY,
    "small_talk_greeting": NEUTRAL,
    "small_talk_goodbye": NEUTRAL,
    "small_talk_ok": NEUTRAL,
}
_OF_A_TALK: Final = 50
_OF_AN_INTENT: Final = 3


def packaged_sentences(demo: Path) -> list[Mooded]:
    """What the packaged weights are fitted on: our sentences and the demo shop's.

    Args:
        demo: the demo shop's labelled questions; most are asked in no mood at all.
    """
    own = read_sentences(PACKAGED / SENTENCES_FILE)
    taken: dict[str, int] = {}
    for row in _rows(demo):
        intent, language = row["intent"], row["language"]
        label = _TALK.get(intent, "" if intent.startswith(_MOODY) else NEUTRAL)
        most = _OF_A_TALK if intent in _TALK else _OF_AN_INTENT
        key = f"{intent} {language}"
        if label and taken.get(key, 0) < most:
            taken[key] = taken.get(key, 0) + 1
            own.append(Mooded(text=row["text"], label=label))
    return own


def read_sentences(path: Path) -> list[Mooded]:
    """Labelled sentences as they ship."""
    return [Mooded(text=row["text"], label=row["label"]) for row in _rows(path)]


def fit_weights(
    sentences: Sequence[Mooded], encode: Encode, strength: float = STRENGTH
) -> tuple[Floats, Floats]:
    """Weights [features, classes] and bias [classes] of a logistic regression."""
    rows = sentiment_rows([each.text for each in sentences], encode)
    labels = np.asarray([each.label for each in sentences])
    return fit_rows(rows, labels, np.ones(len(rows)), strength)


def fit_rows(
    rows: Floats,
    labels: NDArray[np.str_],
    weigh: NDArray[np.float64],
    strength: float = STRENGTH,
) -> tuple[Floats, Floats]:
    """The same over what is seen of texts; `weigh` is what each of them counts."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000)
    model.fit(rows.astype(np.float64), labels, sample_weight=weigh)
    order = [list(model.classes_).index(name) for name in CLASSES]
    weights = model.coef_[order].T.astype(np.float32)
    return weights, model.intercept_[order].astype(np.float32)


def write_packaged(encoder: Encoder, demo: Path, directory: Path = PACKAGED) -> None:
    """Fit and write the packaged files."""
    sentences = packaged_sentences(demo)
    weights, bias = fit_weights(sentences, encoder.encode)
    write_weights(directory, weights, bias, encoder.sha256, len(sentences))


def write_weights(
    directory: Path, weights: Floats, bias: Floats, encoder_sha256: str, count: int
) -> None:
    """Write a mood model's files; the directory is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {"weights": weights, "bias": bias}
    settings = {
        "classes": list(CLASSES),
        "encoder_sha256": encoder_sha256,
        "sentences": count,
        "weights_sha256": write_tensors(directory / WEIGHTS_FILE, tensors),
    }
    write_json(directory / SETTINGS_FILE, settings)


def _rows(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _main() -> None:
    import tempfile

    from bot.model.encoder import Encoder as Packaged

    with tempfile.TemporaryDirectory() as cache:
        encoder = Packaged.load(None, Path(cache), threads=2)
        write_packaged(encoder, PACKAGED.parents[1] / "demo" / "intents.jsonl")


if __name__ == "__main__":
    _main()
