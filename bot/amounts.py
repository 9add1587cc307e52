"""Amounts of money where they stand in a text: "¥1,299.50", "三千五百块", "$20-30".

The value has the number in plain digits and the currency by its ISO 4217 code; "$" is
taken for US dollars and "¥" for yuan, because the shops that kefu serves write so.
"""

import re
from decimal import Decimal
from typing import Final, TypeAlias

from bot.numerals import han_value
from bot.places import Places

Amount: TypeAlias = tuple[int, int, dict[str, str]]  # start, end, value

_DIGITS: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?"
_HAN: Final = "[零〇一二两三四五六七八九十百千万亿]{1,12}"
_SCALE: Final = r"(?:\s?(?P<{0}>万|亿|千|k\b))?"
_NUMBER: Final = rf"(?P<number>{_DIGITS})" + _SCALE.format("scale")
_RANGE: Final = rf"(?:\s?(?:-|~|到|至|\bto\b)\s?[¥$€£]?\s?(?P<to>{_DIGITS})"
_CURRENCIES: Final = (
    ("HKD", r"HK\$|HKD|港币|港元"),
    ("USD", r"US\$|USD|\$|美元|美金|(?:US\s)?dollars?\b|bucks?\b"),
    ("EUR", r"€|EUR\b|euros?\b|欧元"),
    ("GBP", r"£|GBP\b|pounds?\b|英镑"),
    ("JPY", r"JPY\b|日元|日圆|yen\b"),
    (
        "CNY",
        r"¥|CNY\b|RMB\b|人民币|yuan\b|renminbi\b|元|圆|块钱"
        # A piece of cake is a 块 too: money only where no noun follows.
        r"|块(?![\u4e00-\u9fff])|块(?=[多左上以的了吧吗呢啊呀和到还就而但怎])",
    ),
)
_MONEY: Final = "|".join(f"(?P<{name}>{marks})" for name, marks in _CURRENCIES)
_BEFORE: Final = re.compile(
    rf"(?<![A-Za-z\d])(?:{_MONEY})\s?{_NUMBER}{_RANGE}"
    + _SCALE.format("scale2")
    + r")?(?![\d%])(?:元(?!旦|素))?",
    re.I,
)
_AFTER: Final = re.compile(
    rf"(?<![A-Za-z\d])(?<!\d[.,\-])(?:{_NUMBER}{_RANGE}"
    + _SCALE.format("scale2")
    + rf")?|(?P<han>{_HAN}))\s?(?:{_MONEY})(?!旦|素|宵)",
    re.I,
)
_AND_TENTHS: Final = re.compile(
    rf"(?<![\d.])(?P<number>\d{{1,6}}|{_HAN})块(?P<tenths>[\d一二三四五六七八九])"
    r"(?:毛|角)?(?![\d一二三四五六七八九十百千万个块张件只台瓶盒])"
)
_SCALES: Final = {"千": 10**3, "k": 10**3, "万": 10**4, "亿": 10**8}


def amounts(folded: str) -> list[Amount]:
    """Every amount in a half-width text, in order, none within another."""
    found: list[Amount] = []
    places = Places()
    for match in _AND_TENTHS.finditer(folded):
        tenths = _plain(match["tenths"], None)
        number = f"{_plain(match['number'], None)}.{tenths}"
        if places.take(*match.span()):
            found.append((*match.span(), {"amount": number, "currency": "CNY"}))
    for pattern in (_BEFORE, _AFTER):
        for match in pattern.finditer(folded):
            if places.take(*match.span()):
                found.append((*match.span(), _value(match)))
    return sorted(found, key=lambda each: each[:2])


def _value(match: re.Match[str]) -> dict[str, str]:
    parts = match.groupdict()
    currency = next(name for name, _ in _CURRENCIES if parts[name])
    if parts.get("han"):
        return {"amount": _plain(parts["han"], None), "currency": currency}
    if not parts["to"]:
        amount = _plain(parts["number"], parts["scale"])
        return {"amount": amount, "currency": currency}
    return {
        "from": _plain(parts["number"], parts["scale"] or parts["scale2"]),
        "to": _plain(parts["to"], parts["scale2"]),
        "currency": currency,
    }


def _plain(number: str, scale: str | None) -> str:
    """The number in plain digits: "1,299.50" is 1299.5, 三千五 is 3500."""
    if not number[0].isdecimal():
        return str(han_value(number))
    value = Decimal(number.replace(",", "")) * _SCALES.get((scale or "").lower(), 1)
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
