"""Keeping the segments of a ranking few: the dead are left out, small ones joined."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.segment import PLAIN, Segment, Tools
from storage.records import Knowledge

Mask: TypeAlias = NDArray[np.bool_]

_SMALL: Final = 256  # entries of a segment that is joined first
_TOO_MANY: Final = 8  # segments below a size: now they are joined


def without(
    segments: Sequence[Segment], alive: Sequence[Mask], gone: Sequence[str]
) -> list[Mask]:
    """Which entries are alive when those ids are gone."""
    masks = list(alive)
    for number, segment in enumerate(segments):
        places = [segment.places[name] for name in gone if name in segment.places]
        if places:
            masks[number] = masks[number].copy()
            masks[number][places] = False
    return masks


def tidied(
    segments: list[Segment], alive: list[Mask], tools: Tools
) -> tuple[list[Segment], list[Mask]]:
    """Without dead segments, and small ones joined where there are many."""
    pairs = [(s, m) for s, m in zip(segments, alive, strict=True) if m.any()]
    for size in (_SMALL, PLAIN):
        small = [pair for pair in pairs if len(pair[0]) < size]
        if len(small) < _TOO_MANY:
            continue
        parts, masks = [s for s, _ in small], [m for _, m in small]
        total = sum(int(mask.sum()) for mask in masks)
        if total <= PLAIN:
            one = Segment.joined(parts, masks, tools)
        else:
            plan = next((s.lists.plan for s, _ in pairs if s.lists is not None), None)
            one = Segment.build(_living(parts, masks), tools, plan=plan)
        pairs = [pair for pair in pairs if len(pair[0]) >= size]
        pairs.append((one, np.ones(total, np.bool_)))
    return [s for s, _ in pairs], [m for _, m in pairs]


def _living(segments: Sequence[Segment], alive: Sequence[Mask]) -> list[Knowledge]:
    return [
        segment.knowledge[place]
        for segment, mask in zip(segments, alive, strict=True)
        for place in np.flatnonzero(mask)
    ]
