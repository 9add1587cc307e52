"""Answers that come again and again: which one is wanted is learnt, not its wording.

The first lessons of an answer learn it whole. By then most of its wording is known, and
what is left to learn is when to say it: that is settled by its first tokens, so most
further lessons end where no other answer goes on like this one. Nothing else changes;
an answer that comes seldom is always learnt whole.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from training.buckets import Row

WHOLE: Final = 32  # lessons of an answer that learn all of it
WHOLE_IN: Final = 4  # of further ones, one of so many does too, lest it be forgotten


def shortened(rows: Sequence[Row], whole: int = WHOLE) -> list[Row]:
    """The same rows in the same order, without what is known by then.

    Args:
        whole: first lessons of an answer that learn all of it; 0 shortens none.
    """
    if not whole:
        return list(rows)
    answers = {_answer(row) for row in rows}
    beginnings = Counter(
        answer[:end] for answer in answers for end in range(1, len(answer) + 1)
    )
    seen: Counter[tuple[int, ...]] = Counter()
    made = []
    for ids, learnt in rows:
        answer = _answer((ids, learnt))
        seen[answer] += 1
        kept = len(ids)
        if seen[answer] > whole and (seen[answer] - whole) % WHOLE_IN:
            kept += _told_apart(answer, beginnings) - len(answer)
        made.append((ids[:kept], learnt[:kept]))
    return made


def _answer(row: Row) -> tuple[int, ...]:
    """What is learnt of a row: its end."""
    ids, learnt = row
    return tuple(token for token, said in zip(ids, learnt, strict=True) if said)


def _told_apart(answer: tuple[int, ...], beginnings: Counter[tuple[int, ...]]) -> int:
    """How many tokens it takes until no other answer begins like this one."""
    for end in range(1, len(answer)):
        if beginnings[answer[:end]] == 1:
            return end
    return len(answer)
