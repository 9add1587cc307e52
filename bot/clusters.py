"""Texts that mean the same, together: the same texts, the same clusters, always.

Average linkage over the cosine (Sokal and Michener 1958), so that no chain of near
neighbours joins what has nothing in common. Chinese counts as it stands and word by
word in English, so that both languages meet.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from bot.model.gloss import has_han, in_english

Floats: TypeAlias = NDArray[np.float32]
Encode: TypeAlias = Callable[[Sequence[str]], Floats]  # texts -> unit vectors

# Chosen on training questions of banking77, crosswoz and the demo shop.
ALIKE: Final = 0.5  # mean cosine within a cluster, at least
_EXACT: Final = 4000  # texts compared each with each; 64 MB of distances
_ROOM: Final = 1e-9


def vectors(texts: Sequence[str], encode: Encode) -> Floats:
    """What texts mean, float32 [texts, width], of length 1."""
    found: Floats = np.array(encode(texts), np.float32)
    chinese = [place for place, text in enumerate(texts) if has_han(text)]
    if chinese:
        found[chinese] += encode([in_english(texts[place]) for place in chinese])
    length = np.linalg.norm(found, axis=1, keepdims=True)
    found /= np.maximum(length, _ROOM)
    return found


def cluster(rows: Floats, alike: float = ALIKE) -> list[int]:
    """The number of each row's cluster, counted from 0 in the order of the rows.

    Beyond the first few thousand rows, which should be the weightiest, each joins the
    nearest cluster or founds one.
    """
    if not len(rows):
        return []
    labels = _linked(rows[:_EXACT], alike)
    if len(rows) > _EXACT:
        labels += _joined(rows, labels, alike)
    numbers = {label: n for n, label in enumerate(dict.fromkeys(labels))}
    return [numbers[label] for label in labels]


def _linked(rows: Floats, alike: float) -> list[int]:
    if len(rows) == 1:
        return [0]
    likeness = rows @ rows.T
    above = np.triu_indices(len(rows), 1)
    apart = np.maximum(1.0 - likeness[above], 0.0)
    tree: NDArray[Any] = linkage(apart, "average")
    labels: NDArray[Any] = fcluster(tree, 1.0 - alike + _ROOM, "distance")
    return [int(label) for label in labels]


def _joined(rows: Floats, labels: Sequence[int], alike: float) -> list[int]:
    places = {label: n for n, label in enumerate(dict.fromkeys(labels))}
    names = list(places)
    sums = np.zeros((len(rows), rows.shape[1]), np.float32)
    sizes = np.zeros(len(rows), np.float32)
    for label, row in zip(labels, rows, strict=False):
        sums[places[label]] += row
        sizes[places[label]] += 1
    joined: list[int] = []
    for row in rows[len(labels) :]:
        count = len(names)
        mean = sums[:count] @ row / sizes[:count]  # the mean cosine with its members
        best = int(np.argmax(mean))
        if mean[best] < alike:
            best = count
            names.append(max(names) + 1)
        sums[best] += row
        sizes[best] += 1
        joined.append(names[best])
    return joined
