"""One of several texts is said: where they part the model chooses, the rest is copied.

A small model that copies takes the wrong turn wherever words come twice in what it
reads: "it: the fee is 9" goes on as another sentence with "it: the". Decoding along the
tree of what may be said at all (De Cao et al. 2021, "Autoregressive Entity Retrieval")
leaves it only the turns that exist, and asks it nowhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.prompt import not_found

Ids: TypeAlias = tuple[int, ...]
# Of each row of ids, a score per token that may come next: numbers [vocabulary].
Next: TypeAlias = Callable[[Sequence[list[int]]], Sequence[NDArray[np.float32]]]


def choices(
    parts: Sequence[str], passages: Sequence[str], language: str
) -> tuple[str, ...]:
    """What may be said of what is read: a part, a passage, that none of them answers.

    A passage is said without its heading and with its line breaks, as approved answers
    are. Where nothing is read there is nothing to choose.
    """
    if not parts:
        return ()
    lines = [" ".join(part.split()) for part in parts]
    said = (*lines, *map(below_heading, passages), not_found(language))
    return tuple(dict.fromkeys(text for text in said if text))


def below_heading(passage: str) -> str:
    """What stands under its first line; all of it where it has one line."""
    heading, _, body = passage.strip().partition("\n")
    return body.strip() or heading


def forks(text: Ids, others: Sequence[Ids]) -> list[int]:
    """The places of a text's ids where another one goes on otherwise, in order."""
    places = {_shared(text, other) for other in others if other != text}
    return sorted(place for place in places if place < len(text))


def along(
    prompts: Mapping[int, Sequence[int]],
    texts: Mapping[int, Sequence[Ids]],
    following: Next,
) -> dict[int, Ids]:
    """What a model says after each prompt, if it says one of the texts given for it.

    Args:
        texts: by the prompt's number, one or more; each ends in the piece that ends a
            reply, or is cut to the same length.
        following: is asked once for each place where texts part, for all prompts.
    """
    left = {number: list(dict.fromkeys(texts[number])) for number in prompts}
    while asked := {
        number: [*prompts[number], *_common(left[number])]
        for number in prompts
        if len(left[number]) > 1
    }:
        scores = following(list(asked.values()))
        for (number, ids), row in zip(asked.items(), scores, strict=True):
            place = len(ids) - len(prompts[number])
            turns = sorted({text[place] for text in left[number]})
            best = max(turns, key=row.__getitem__)
            left[number] = [text for text in left[number] if text[place] == best]
    return {number: left[number][0] for number in prompts}


def _common(texts: Sequence[Ids]) -> Ids:
    """What all of them begin with."""
    return texts[0][: min(_shared(texts[0], other) for other in texts[1:])]


def _shared(one: Ids, other: Ids) -> int:
    """How many ids two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    shortest = min(len(one), len(other))
    return next((place for place, (a, b) in pairs if a != b), shortest)
