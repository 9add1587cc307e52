"""Held-out text: bits per character, of a model and of a character 5-gram beside it."""

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from bot.model.tokens import Tokenizer
from training.corpus import Texts, read_texts
from training.ngram import CharacterModel
from training.packing import Spoken, spoken, stream
from training.run import summed_loss

WINDOW = 512  # tokens that the model sees at once


def bits_per_character(
    model: Any,
    tokenizer: Tokenizer,
    data: Sequence[Path],
    *,
    characters: int = 120_000,
    seed: int = 11,
) -> dict[str, dict[str, float]]:
    """Per language: of the model, of the 5-gram, and by how much the model is better.

    Both read the same held-out dialogues, pages and answers. The model's bits also pay
    for the control pieces, which the 5-gram need not say.
    """
    texts = read_texts(data)
    found = {}
    for language in ("zh", "en"):
        held_out = _sample(texts[language, True], characters, seed)
        lines = [text for parts in held_out for _, text, _ in parts]
        count = sum(len(line) + 1 for line in lines)
        learnt = [
            text
            for parts in spoken(texts[language, False], seed)
            for _, text, _ in parts
        ]
        plain = CharacterModel(learnt)
        own = _model_bits(model, stream(tokenizer, held_out).tolist()) / count
        other = sum(map(plain.bits, lines)) / count
        found[language] = {
            "characters": count,
            "model": round(own, 3),
            "five_gram": round(other, 3),
            "better": round(1 - own / other, 3),
        }
    return found


def _sample(texts: Texts, characters: int, seed: int) -> list[Spoken]:
    """Whole texts; single utterances are left out, for many are nearly alike."""
    chosen: list[Spoken] = []
    whole = Texts(
        language=texts.language,
        dialogues=texts.dialogues,
        documents=texts.documents,
        pairs=texts.pairs,
    )
    order = spoken(whole, seed)
    random.Random(seed).shuffle(order)  # noqa: S311
    for parts in order:
        chosen.append(parts)
        characters -= sum(len(text) for _, text, _ in parts)
        if characters <= 0:
            break
    return chosen


def _model_bits(model: Any, ids: list[int]) -> float:
    """Each window is read afresh; its second half counts, and the start."""
    window = min(WINDOW, int(model.config.n_positions))
    total, half = 0.0, window // 2
    with torch.inference_mode():
        for start in range(0, max(1, len(ids) - half), half):
            part = ids[start : start + window]
            first = 0 if start == 0 else half
            weights = [float(place >= first) for place in range(len(part))]
            total += summed_loss(model, [(part, weights)]).item()
    return total / math.log(2)
