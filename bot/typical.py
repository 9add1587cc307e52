"""Of many answers to one kind of question, the one that most of them agree with.

Old chats answer the same question in a hundred wordings, some of them odd. Of those
that were given to the most alike questions, the one nearest to all others is said: the
choice of least expected loss (minimum Bayes risk, Kumar and Byrne 2004), each of them
being taken for what may be right.
"""

from collections.abc import Sequence
from typing import Final

from bot.text import character_bigrams
from storage.records import Knowledge

FEWEST: Final = 3  # different wordings; of two none is the odd one
NEAREST: Final = 20  # questions


def typical(answers: Sequence[Knowledge], nearness: Sequence[float]) -> Knowledge:
    """The answer whose words those to the nearest questions share most.

    Args:
        answers: one or more.
        nearness: of the question of each to the one asked; more is nearer.
    """
    order = sorted(range(len(answers)), key=nearness.__getitem__, reverse=True)
    near = [answers[place] for place in order[:NEAREST]]
    said = [frozenset(character_bigrams(each.text)) for each in near]
    shared = [sum(_dice(own, other) for other in said) for own in said]
    return near[shared.index(max(shared))]


def are_many(answers: Sequence[Knowledge]) -> bool:
    """Whether there are wordings enough for one to be typical."""
    return len({each.text for each in answers}) >= FEWEST


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / max(1, len(one) + len(other))
