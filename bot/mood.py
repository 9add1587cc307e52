"""The mood of customers day by day, and whether it turned.

The share of negative messages before and after every day is compared; the largest
difference counts. How large it gets by chance alone is learnt by dealing the
conversations out to the days anew (a permutation test, Fisher 1935), whole
conversations, because the messages of one are alike. Where nothing turned, a turn is
told at most once in `1 / FALSE_ALARMS` looks, however many days are compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from math import sqrt
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.sentiment import NEGATIVE
from storage.records import Role, Turn

Floats: TypeAlias = NDArray[np.float64]

FALSE_ALARMS: Final = 0.01  # the chance of a turn being told where there was none
DEALS: Final = 1999
FEWEST: Final = 20  # messages on either side of a turn
WORSE, BETTER, STEADY = "worse", "better", "steady"
_Z: Final = 1.96  # of an interval that holds in 95 of 100 cases
_SEED: Final = 20260101


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day. Shares are 0 to 1; the interval holds in 95 of 100 cases (Wilson)."""

    day: date
    conversations: int
    messages: int
    negative: int
    share: float
    lower: float
    upper: float
    temper: float  # the mean over the messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The days that had messages, oldest first, and what became of the mood.

    Attributes:
        turned: "worse", "better" or "steady".
        since: the first day after the turn; None where it is steady.
        before, after: the shares of negative messages on both sides of it.
        chance: how often chance alone makes as large a difference.
    """

    days: tuple[Day, ...]
    turned: str = STEADY
    since: date | None = None
    before: float | None = None
    after: float | None = None
    chance: float | None = None

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        row = {name: getattr(self, name) for name in self.__slots__}
        row["days"] = [
            {name: getattr(day, name) for name in day.__slots__} for day in self.days
        ]
        return {**row, "false_alarms": FALSE_ALARMS}

    def text(self) -> str:
        """For people: every day, then what became of it."""
        if not self.days:
            return "no customer wrote in these days"
        lines = ["day         messages  negative   95 of 100 cases   temper"]
        lines += [
            f"{each.day}  {each.messages:8d}  {each.share:8.1%}   "
            f"{each.lower:5.1%} to {each.upper:6.1%}   {each.temper:6.2f}"
            for each in self.days
        ]
        return "\n".join([*lines, "", self._told()])

    def _told(self) -> str:
        if self.chance is None:
            return f"too little to compare: {FEWEST} messages on either side are needed"
        if self.since is None:
            return f"steady: chance alone often differs as much (p = {self.chance})"
        return (
            f"turned {self.turned} on {self.since}: {self.before:.1%} negative before, "
            f"{self.after:.1%} since (p = {self.chance}, permutation test)"
        )


@dataclass(slots=True)
class _Talk:
    """A conversation on one day."""

    messages: int = 0
    negative: int = 0
    temper: float = 0.0


def trend(
    turns: Iterable[Turn],
    *,
    workspace: str,
    zone: tzinfo | None,
    first: date,
    deals: int = DEALS,
) -> Trend:
    """The mood of a workspace's customers from a day on.

    Args:
        zone: where days begin and end; None is the machine's.
        deals: how often the conversations are dealt out anew.
    """
    talks: dict[tuple[date, str, str], _Talk] = defaultdict(_Talk)
    for turn in turns:
        message, understood = turn.message, turn.understanding
        day = message.sent_at.astimezone(zone).date()
        if message.workspace != workspace or message.role is not Role.CUSTOMER:
            continue
        if understood.sentiment is None or day < first:
            continue
        talk = talks[day, message.platform, message.conversation_id]
        talk.messages += 1
        talk.negative += understood.sentiment == NEGATIVE
        talk.temper += understood.temper
    return _trend(talks, deals)


def _trend(talks: dict[tuple[date, str, str], _Talk], deals: int) -> Trend:
    of_day: dict[date, list[_Talk]] = defaultdict(list)
    for (day, _, _), talk in sorted(talks.items(), key=lambda item: item[0]):
        of_day[day].append(talk)
    days = tuple(_day(day, own) for day, own in of_day.items())
    counts = [len(own) for own in of_day.values()]
    flat = [talk for own in of_day.values() for talk in own]
    negative = np.asarray([talk.negative for talk in flat], np.float64)
    messages = np.asarray([talk.messages for talk in flat], np.float64)
    found = _largest(negative, messages, counts)
    if found is None:
        return Trend(days=days)
    place, height, before, after = found
    chance = _chance(negative, messages, counts, abs(height), deals)
    told = chance <= FALSE_ALARMS
    return Trend(
        days=days,
        turned=(WORSE if height > 0 else BETTER) if told else STEADY,
        since=days[place].day if told else None,
        before=round(before, 4) if told else None,
        after=round(after, 4) if told else None,
        chance=round(chance, 4),
    )


def _day(day: date, talks: Sequence[_Talk]) -> Day:
    messages = sum(talk.messages for talk in talks)
    negative = sum(talk.negative for talk in talks)
    lower, upper = interval(negative, messages)
    return Day(
        day=day,
        conversations=len(talks),
        messages=messages,
        negative=negative,
        share=round(negative / messages, 4),
        lower=round(lower, 4),
        upper=round(upper, 4),
        temper=round(sum(talk.temper for talk in talks) / messages, 4),
    )


def interval(count: int, total: int) -> tuple[float, float]:
    """Between what a share lies in 95 of 100 cases (Wilson 1927)."""
    share, square = count / total, _Z * _Z
    middle = share + square / (2 * total)
    half = _Z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    low, high = middle - half, middle + half
    return max(0.0, low / (1 + square / total)), min(1.0, high / (1 + square / total))


def _largest(
    negative: Floats, messages: Floats, counts: Sequence[int]
) -> tuple[int, float, float, float] | None:
    """The day from which on it differs most, how much (z), and both shares."""
    heights = _heights(negative, messages, counts)
    if not heights.size or np.isnan(heights).all():
        return None
    place = int(np.nanargmax(np.abs(heights))) + 1
    cut = sum(counts[:place])
    before = float(negative[:cut].sum() / messages[:cut].sum())
    after = float(negative[cut:].sum() / messages[cut:].sum())
    return place, float(heights[place - 1]), before, after


def _heights(negative: Floats, messages: Floats, counts: Sequence[int]) -> Floats:
    """Between every two days: z of the shares before and after; nan where too few."""
    cuts = np.cumsum(counts)[:-1]
    if not len(cuts):
        return np.zeros(0)
    bad, sent = np.cumsum(negative), np.cumsum(messages)
    bad_before, sent_before = bad[cuts - 1], sent[cuts - 1]
    bad_after, sent_after = bad[-1] - bad_before, sent[-1] - sent_before
    share = bad[-1] / sent[-1]
    spread = share * (1 - share)
    enough = np.minimum(sent_before, sent_after) >= FEWEST
    if spread == 0:
        return np.full(len(cuts), np.nan)
    difference = bad_after / sent_after - bad_before / sent_before
    z = difference / np.sqrt(spread * (1 / sent_before + 1 / sent_after))
    return np.where(enough, z, np.nan)


def _chance(
    negative: Floats,
    messages: Floats,
    counts: Sequence[int],
    height: float,
    deals: int,
) -> float:
    """How often conversations dealt out anew differ as much, the real deal included."""
    deal = np.random.default_rng(_SEED)
    as_high = 1
    for _ in range(deals):
        order = deal.permutation(len(negative))
        heights = np.nan_to_num(_heights(negative[order], messages[order], counts))
        as_high += bool(np.abs(heights).max() >= height)
    return as_high / (deals + 1)
