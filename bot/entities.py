"""What a message names: order numbers, dates, amounts, phones, addresses and the like.

Rules where rules are right: checksums, numbering plans, the calendar. Kinds that a shop
marked and kefu learnt come next, then rules that only guess. Every entity says where it
stands in the message as it was written, character by character, so that
`text[start:end]` is always its text; two entities never overlap.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Final, TypeAlias

import phonenumbers

from bot.amounts import amounts
from bot.moments import days
from bot.people import addresses, names
from bot.places import Places
from bot.privacy import EMAIL, PHONE, half_width, personal
from storage.records import Entity

ORDER_NUMBER: Final = (
    r"(?:(?:订单|运单|快递|物流)?(?:编号|单号)|订单号?"
    r"|(?i:(?:order|tracking|invoice)(?:\s*(?:number|no\.?|id|code))?))"
    r"(?:\s|[:#是为“\"'(（]|(?i:\bis\b)){0,4}"
    r"(?P<number>[A-Za-z]{0,6}[\-_]?\d[\dA-Za-z\-_]{2,30})(?![A-Za-z\d]|\s?[元块年月天])"
    r"|(?<![\w#&])#\s?(?P<marked>[A-Za-z]{0,6}-?\d[\dA-Za-z\-]{2,30})(?!\w)"
    r"|(?<![A-Za-z\d\-_@.])(?P<bare>[A-Z]{1,6}-?\d{4,24}|\d{12,24})(?![A-Za-z\d\-_@.])"
)
"""Introduced by its name or by "#", or letters and digits that are nothing else."""

Span: TypeAlias = tuple[str, int, int]  # kind, first character, one after the last

_READ: Final = 10_000  # characters: what comes later is no message but a document
_ASKED_PHONE: Final = re.compile(
    r"(?:电话|手机|联系方式|phone|call|mobile|cell|tel)[^\d+]{0,20}$", re.I
)
_HIDDEN: Final = "personal"  # an identity or card number: no entity, and no other one


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a shop's own things are called.

    Attributes:
        order_number: a regular expression; its first group that took part in a match,
            or the whole match, is the number.
        products: the names of products, in any letter case.
    """

    order_number: str = ORDER_NUMBER
    products: tuple[str, ...] = field(default=())


def find(
    text: str, today: date, known: Names, learnt: Sequence[Span] = ()
) -> tuple[Entity, ...]:
    """Every entity of a message, in the order of the text.

    Args:
        today: the day on which the message was sent, where the shop is.
        learnt: what a trained model tells: kind, and where it stands. Where a rule is
            sure of the very same place, the kind is kept as the entity's label.
    """
    folded = half_width(text[:_READ])
    candidates, places = _candidates(text, folded, today, known, learnt), Places()
    taken = [each for each in candidates if places.take(each.start, each.end)]
    seen = (each for each in taken if each.type != _HIDDEN)
    labels = {(start, end): kind for kind, start, end in learnt}
    told = (_labelled(each, labels.get((each.start, each.end))) for each in seen)
    return tuple(sorted(told, key=lambda each: each.start))


def _labelled(entity: Entity, label: str | None) -> Entity:
    if label is None or label == entity.type:
        return entity
    return replace(entity, value={**entity.value, "label": label})


def merged(before: Sequence[Entity], now: Sequence[Entity]) -> tuple[Entity, ...]:
    """The slots of a conversation: the latest entity of each type.

    An entity of an earlier message keeps the position that it had there.
    """
    latest = {each.type: each for each in (*before, *now)}
    return tuple(latest[name] for name in sorted(latest))


def _candidates(
    text: str, folded: str, today: date, known: Names, learnt: Sequence[Span]
) -> Iterator[Entity]:
    """All that may be meant, the surest kind first."""

    def made(kind: str, start: int, end: int, **value: str) -> Entity:
        shown = text[start:end]
        return Entity(
            type=kind, text=shown, start=start, end=end, value=value or {kind: shown}
        )

    contacts = personal(folded)
    for start, end, label in contacts:
        if label == EMAIL:
            address = re.sub(r"\s", "", folded[start:end]).lower()
            yield made("email", start, end, email=address)
    numbers = list(_order_numbers(folded, known.order_number))
    yield from (made("order_number", *span) for span, sure in numbers if sure)
    for start, end, label in contacts:
        if label == PHONE:
            yield made("phone", start, end, phone=_dialled(folded[start:end], "CN"))
        elif label != EMAIL:
            yield made(_HIDDEN, start, end)
    yield from (made("phone", *span, phone=e164) for span, e164 in _american(folded))
    for start, end, value in amounts(folded):
        yield made("amount", start, end, **value)
    for start, end, day in days(folded, today):
        yield made("date", start, end, date=day)
    yield from (made("product", *span) for span in _products(folded, known.products))
    yield from (made(kind, start, end) for kind, start, end in learnt)
    yield from (made("address", *span) for span in addresses(folded))
    yield from (made("order_number", *span) for span, sure in numbers if not sure)
    yield from (made("name", *span) for span in names(folded))


def _order_numbers(folded: str, pattern: str) -> Iterator[tuple[tuple[int, int], bool]]:
    """Each with whether it can be nothing else."""
    for match in _compiled(pattern).finditer(folded):
        group = match.lastindex or 0
        yield match.span(group), "bare" not in _named(match)


def _named(match: re.Match[str]) -> Iterable[str]:
    return (name for name, found in match.groupdict().items() if found is not None)


@lru_cache(maxsize=16)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _dialled(number: str, region: str) -> str:
    """The number as it is dialled from anywhere: +8613812345678."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", number)
    written: str = phonenumbers.format_number(
        parsed, phonenumbers.PhoneNumberFormat.E164
    )
    return written


def _american(folded: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Numbers of the United States, told from others by how they are written."""
    if sum(map(str.isdigit, folded)) < 10:
        return
    matcher = phonenumbers.PhoneNumberMatcher(
        folded, "US", leniency=phonenumbers.Leniency.VALID
    )
    for match in matcher:
        plain = match.raw_string.isdigit()
        if not plain or _ASKED_PHONE.search(folded[: match.start]):
            yield (match.start, match.end), _dialled(match.raw_string, "US")


def _products(folded: str, products: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The longest name wins where one is part of another."""
    lowered = folded.lower()
    if len(lowered) != len(folded):  # a letter that grows when it is made small
        lowered = folded
    for product in sorted(products, key=len, reverse=True):
        name = half_width(product.strip()).lower()
        if name:
            pattern = _compiled(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])")
            yield from (match.span() for match in pattern.finditer(lowered))
