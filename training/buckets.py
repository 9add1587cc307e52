"""Batches of rows that are alike in length, so that little of a batch is padding."""

import random
from collections.abc import Sequence
from typing import TypeAlias

import torch

Row: TypeAlias = tuple[list[int], list[bool]]  # ids, which of them are learnt


def batches(rows: Sequence[Row], tokens: int, chance: random.Random) -> list[list[int]]:
    """Places of rows alike in length, at most `tokens` with padding, in drawn order."""
    order = sorted(
        range(len(rows)), key=lambda place: len(rows[place][0]) + chance.random() * 16
    )
    made: list[list[int]] = []
    longest = 0
    for place in order:
        longest = max(longest, len(rows[place][0]))
        if not made or longest * (len(made[-1]) + 1) > tokens:
            made.append([])
            longest = len(rows[place][0])
        made[-1].append(place)
    chance.shuffle(made)
    return made


def portions(
    batch: Sequence[int], rows: Sequence[Row], tokens: int
) -> list[Sequence[int]]:
    """A batch in parts of like size, each of at most `tokens` with its padding.

    A row that is longer alone makes a part.
    """
    width = max(len(rows[place][0]) for place in batch)
    each = max(1, tokens // width)
    count = -(-len(batch) // each)
    return [
        batch[len(batch) * part // count : len(batch) * (part + 1) // count]
        for part in range(count)
    ]


def stacked(rows: Sequence[Row], device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and which of them are learnt, both [rows, width]; padding comes last."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    learnt = torch.zeros((len(rows), width), dtype=torch.bool)
    for number, (row, said) in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        learnt[number, : len(row)] = torch.tensor(said)
    return ids.to(device), learnt.to(device)


def learnt_in(rows: Sequence[Row]) -> int:
    """How many tokens of rows have a surprise: the first of a row has none."""
    return sum(sum(learnt[1:]) for _, learnt in rows)
