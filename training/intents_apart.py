"""Intents that are left out of what is learnt, so that they are out of scope.

What a shop does not do is near to what it does, more than texts about something else
altogether: left out are whole intents of its own, drawn by a seed.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from bot.model.intents import OUT_OF_SCOPE
from storage.problems import BadInput
from training.dataset import Example


def drawn(examples: Sequence[Example], count: int, seed: int) -> tuple[str, ...]:
    """So many of the intents, sorted; the same seed draws the same ones.

    Raises:
        BadInput: KF-241, fewer than two intents would be left.
    """
    names = sorted({str(each.intent) for each in examples} - {OUT_OF_SCOPE})
    if count > len(names) - 2:
        raise BadInput(
            "KF-241",
            f"{count} intents cannot be left out",
            where="--leave-out",
            why=f"two must be left to learn, and --train has {len(names)}",
            fix=f"leave out {max(0, len(names) - 2)} at most",
        )
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    return tuple(sorted(chance.sample(names, count)))


def without(examples: Sequence[Example], names: Sequence[str]) -> list[Example]:
    """To learn from: without the questions of these intents."""
    return [each for each in examples if each.intent not in names]


def as_strangers(examples: Sequence[Example], names: Sequence[str]) -> list[Example]:
    """To be asked: the questions of these intents as out of scope."""
    return [
        replace(each, intent=OUT_OF_SCOPE) if each.intent in names else each
        for each in examples
    ]
