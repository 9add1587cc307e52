"""A model of intents that was drawn, not fitted: for tests of files and shapes."""

from collections.abc import Sequence

import numpy as np

from bot.model.confidence import Confidence
from bot.model.encoder import Encoder
from bot.model.intents import IntentModel
from bot.model.likeness import Likeness


def small_model(
    encoder: Encoder, texts: Sequence[str], labels: Sequence[str]
) -> IntentModel:
    chance = np.random.default_rng(3)
    likeness, landmarks = Likeness.fit(
        texts,
        encode=encoder.encode,
        meaning_share=0.6,
        chinese_share=0.4,
        sharpness=2.0,
    )
    return IntentModel(
        labels=tuple(labels),
        languages=("en", "zh"),
        likeness=likeness,
        landmarks=landmarks,
        votes=chance.normal(size=(len(texts), len(labels))).astype(np.float32),
        bias=np.zeros(len(labels), np.float32),
        temperature={"en": 1.0, "zh": 5.0},
        confidence={"zh": Confidence(weights=(0.3, -0.1, -0.2, 0.5), bias=0.1)},
        encoder_sha256=encoder.sha256,
    )
