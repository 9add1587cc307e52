"""Models that were drawn, not fitted: for tests of files and shapes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.model.confidence import Confidence
from bot.model.encoder import Encoder
from bot.model.intents import IntentModel
from bot.model.likeness import Likeness
from bot.model.load import BaseModel, resolve_base
from bot.model.tokens import load_tokenizer
from training.newborn import new_model
from training.vocabulary import train_vocabulary, write_tokenizer

TEXTS = [
    "Where is my order? It leaves Hangzhou today before 16:00.",
    "You can return it within 30 days, the fee is ¥10.",
    "我的订单到哪里了？16:00前付款当天发货。",
    "三十天内可以退货，运费10元。",
]


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
        scope={"zh": Confidence(weights=(0.5, 0.0, -0.5, 0.0), bias=-0.2)},
        encoder_sha256=encoder.sha256,
    )


def new_tiny_base(directory: Path, *, positions: int = 192) -> BaseModel:
    """A GPT-2 of two layers that knows no language, on disk."""
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    write_tokenizer(train_vocabulary(TEXTS, 4200), directory, positions=positions)
    torch.manual_seed(1)
    model = new_model(
        load_tokenizer(directory), positions=positions, width=64, layers=2, heads=4
    )
    model.save_pretrained(str(directory))
    return resolve_base(str(directory))
