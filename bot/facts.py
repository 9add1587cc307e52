"""What a text states that can be looked up: numbers, money, dates, links and the like.

Equal facts are equal values, however they are written: "¥99", "99元", "CNY 99" and
"九十九元" are one fact. A fact keeps its unit: 5 days are not 5 working days.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from bot import dates
from bot.model.lists import without_marks
from bot.numerals import in_digits

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:\s?(?:[万亿]|k\b|K\b))?"
_JOIN = r"\s*(?:-|~|到|至|\bto\b)\s*"
_BETWEEN = re.compile(r"\bbetween\s+(\S+)\s+and\s+(?=\S*\d)", re.I)
_COMMA = r"\s*(?:,|/|、|\bor\b|或者?|和|,\s*or\b|,\s*and\b)\s*"
_MARKS = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("〜∼", "~"))
_EMAIL = re.compile(
    r"(?<![\w.+\-])[A-Za-z0-9][\w.+\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+", re.A
)
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.\-]*://|www\.)[^\s<>\"'()\[\]{}，。；！？、”’」》）】\u4e00-\u9fff]+"
    r"|(?<![\w@.])(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
    r"(?:/[^\s<>\"'()\[\]{}，。；！？、”’」》）】\u4e00-\u9fff]*)?",
    re.A,
)
_SENTENCE_END = re.compile(r"[a-z0-9]+\.[A-Z][a-z]*")  # "today.Please": a lost space
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[ \-]?(?:\(?\d{1,4}\)?[ \-]?){2,5}\d"
    r"|(?:86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}"
    r"|\(?0\d{2,3}\)?[ \-]?\d{3,4}[ \-]?\d{4}"
    r"|[48]00[ \-]?\d{3,4}[ \-]?\d{3,4}|\(?\d{3}\)?[ \-]\d{3}[ \-]\d{4}"
    r"|\d{3}-\d{4}(?!\d))(?!\w)",
    re.A,
)
_PERCENT = re.compile(rf"({NUMBER})\s*(?:%|percent\b|per\s+cent\b|个百分点)", re.I)
_DISCOUNT = re.compile(rf"({NUMBER})\s*折")
_CURRENCIES = {
    "CNY": r"[¥￥]|CNY|RMB|人民币|yuan|renminbi|元|块钱|块|圆",
    "USD": r"US\$|\$|USD|美元|美金|(?:US\s)?dollars?",
    "EUR": r"€|EUR|euros?|欧元",
    "GBP": r"£|GBP|pounds?(?:\s+sterling)?|英镑",
    "HKD": r"HK\$|HKD|港币|港元",
    "JPY": r"JPY|日元|yen",
}
_MONEY = "|".join(f"(?P<{name}>{marks})" for name, marks in _CURRENCIES.items())
_ANY_MONEY = re.sub(r"\?P<\w+>", "?:", _MONEY)
_AMOUNT = re.compile(
    rf"(?:{_MONEY})\s*(?P<first>{NUMBER})"
    rf"(?:(?:{_JOIN}(?:{_ANY_MONEY})|-|~)\s*(?P<second>{NUMBER}))?(?:\s*元)?",
    re.I,
)
_AMOUNT_AFTER = re.compile(
    rf"(?P<first>{NUMBER})\s*(?:(?:{_ANY_MONEY})?{_JOIN}(?P<second>{NUMBER})\s*)?"
    rf"(?:{_MONEY})",
    re.I,
)
_AND_TENTHS = re.compile(r"(\d+)块(\d)(?!\d)")

_MINUTE, _DAY, _WORKING_DAY, _MONTH = "minute", "day", "working day", "month"
# A unit as written -> the unit it is compared in, and how many of those it is.
_UNITS: tuple[tuple[str, str, str], ...] = (
    (r"个?工作日|(?:working|business)[\s-]+days?", _WORKING_DAY, "1"),
    (r"秒钟?|seconds?|secs?\b", "second", "1"),
    (r"分钟|minutes?|mins?\b", _MINUTE, "1"),
    (r"个?小时|个?钟头|hours?|hrs?\b", _MINUTE, "60"),
    (r"天|个?自然日|日(?=[内后前之以起])|(?:calendar[\s-]+)?days?", _DAY, "1"),
    (r"周(?!年|[一二三四五六日天末])|个?星期|个?礼拜|weeks?", _DAY, "7"),
    (r"个月|months?", _MONTH, "1"),
    (r"年|周年|years?", _MONTH, "12"),
    (r"岁", "age", "1"),
    (r"公斤|千克|kg\b|kilograms?|kilos?\b", "gram", "1000"),
    (r"克|grams?\b|g\b", "gram", "1"),
    (r"斤", "gram", "500"),
    (r"公里|千米|km\b|kilomet(?:er|re)s?", "millimetre", "1000000"),
    (r"厘米|cm\b|centimet(?:er|re)s?", "millimetre", "10"),
    (r"毫米|mm\b|millimet(?:er|re)s?", "millimetre", "1"),
    (r"米|m\b|met(?:er|re)s?\b", "millimetre", "1000"),
    (r"毫升|ml\b|millilit(?:er|re)s?", "millilitre", "1"),
    (r"升|l\b|lit(?:er|re)s?\b", "millilitre", "1000"),
    (r"°C?|℃|摄氏度|度|degrees?", "degree", "1"),
    (r"瓦|w\b|watts?\b", "watt", "1"),
    (r"倍", "fold", "1"),
    (r"个?积分|points?\b", "point", "1"),
    (r"次|回|times?\b", "time", "1"),
    (r"期|instal+ments?", "instalment", "1"),
)
_UNIT = "|".join(f"(?P<u{n}>{form})" for n, (form, _, _) in enumerate(_UNITS))
_ANY_UNIT = re.sub(r"\?P<\w+>", "?:", _UNIT)
_RANGE = re.compile(rf"({NUMBER}){_JOIN}({NUMBER})[\s-]*(?:{_UNIT})?", re.I)
_LIST = re.compile(rf"({NUMBER}(?:{_COMMA}{NUMBER}){{1,8}})[\s-]*(?:{_UNIT})", re.I)
_MEASURE = re.compile(rf"({NUMBER})[\s-]*(?:{_UNIT})", re.I)
_MOST_DIGITS = 30  # nothing longer means anything; patterns stay quick
_ENDLESS = re.compile(rf"\d{{{_MOST_DIGITS + 1},}}")
_BLANK = re.compile("\x00+")
_CODE = re.compile(
    r"#\s?\w*\d[\w\-]*|(?<![A-Za-z0-9])(?:[A-Za-z]+[\-]?\d|\d+[A-Za-z])[A-Za-z0-9\-]*",
    re.A,
)
_NUMBER = re.compile(NUMBER)

# Identifiers may be repeated from the customer's own question.
IDENTIFIERS = frozenset({"code", "digits"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. Equal when kind and value are; `shown` is how it was written."""

    kind: str
    value: str
    shown: str = field(compare=False)
    start: int = field(compare=False, default=0)


def facts(text: str) -> list[Fact]:
    """Every fact in a text, in the order of their kinds."""
    return _read(text)[0]


def without_facts(text: str) -> str:
    """The words of a text: a "□" stands where a fact stood."""
    return _read(text)[1]


@lru_cache(maxsize=512)
def _read(text: str) -> tuple[list[Fact], str]:
    left = _Text(_BETWEEN.sub(r"\1-", in_digits(_plain(text))))
    found: list[Fact] = []
    for kind, pattern, value in _SIMPLE_FIRST:
        found += left.take(kind, pattern, value)
    found += [Fact(*each) for each in dates.take(left.cut)]
    found += left.take("percent", _PERCENT, lambda m: [_exact(m[1])])
    found += left.take("percent", _DISCOUNT, lambda m: [_off(m[1])])
    for pattern in (_AMOUNT, _AMOUNT_AFTER):
        found += left.take("amount", pattern, _amounts)
    found += left.take("number", _LIST, _listed)
    found += left.take("number", _RANGE, _ranged)
    found += left.take("number", _MEASURE, _measured)
    found += left.take("code", _CODE, lambda m: [_code(m.group())])
    found += left.take("number", _NUMBER, lambda m: [_exact(m.group())])
    return found, _BLANK.sub("□", left.text)


class _Text:
    """A text that gets shorter: what was understood is blanked out."""

    def __init__(self, text: str) -> None:
        self.text = text

    def cut(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """Every match, blanked out for those who come later."""
        matches = list(pattern.finditer(self.text))
        for match in matches:
            blank = "\x00" * (match.end() - match.start())
            self.text = self.text[: match.start()] + blank + self.text[match.end() :]
        return matches

    def take(
        self,
        kind: str,
        pattern: re.Pattern[str],
        values: Callable[[re.Match[str]], Iterable[str]],
    ) -> list[Fact]:
        """The facts that the matches are."""
        return [
            Fact(kind, value, match.group().strip(), match.start())
            for match in self.cut(pattern)
            for value in values(match)
        ]


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_MARKS)
    plain = without_marks(plain)
    plain = _ENDLESS.sub(lambda found: found.group()[:_MOST_DIGITS], plain)
    return _AND_TENTHS.sub(r"\1.\2元", plain)


def _link(found: re.Match[str]) -> list[str]:
    link = found.group().rstrip(".,;:!?/")
    if _SENTENCE_END.fullmatch(link):
        return []
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", link, flags=re.I)
    host, slash, rest = bare.partition("/")
    return [host.lower() + slash + rest]


def _digits(found: re.Match[str]) -> list[str]:
    digits = re.sub(r"\D", "", found.group())
    return [digits.removeprefix("86") if len(digits) == 13 else digits]


def _exact(number: str) -> str:
    plain = number.replace(",", "").strip()
    scale = {"万": 10**4, "亿": 10**8, "k": 10**3, "K": 10**3}.get(plain[-1], 1)
    value = Decimal(plain.rstrip("万亿kK ")) * scale
    return f"{value.normalize():f}"


def _off(number: str) -> str:
    """九折 is 10 % off, 9.5折 is 5 % off; 85折 is 15 % off."""
    value = Decimal(_exact(number))
    share = value * 10 if value < 10 else value
    return f"{(100 - share).normalize():f}"


def _amounts(found: re.Match[str]) -> list[str]:
    currency = next(name for name in _CURRENCIES if found[name])
    ends = [_exact(found[end]) for end in ("first", "second") if found[end]]
    return [f"{currency} {'..'.join(ends)}"]


def _unit(found: re.Match[str]) -> tuple[str, Decimal]:
    for number, (_, unit, factor) in enumerate(_UNITS):
        if found[f"u{number}"]:
            return " " + unit, Decimal(factor)
    return "", Decimal(1)


def _scaled(number: str, factor: Decimal) -> str:
    return f"{(Decimal(_exact(number)) * factor).normalize():f}"


def _ranged(found: re.Match[str]) -> list[str]:
    unit, factor = _unit(found)
    return [f"{_scaled(found[1], factor)}..{_scaled(found[2], factor)}{unit}"]


def _listed(found: re.Match[str]) -> list[str]:
    unit, factor = _unit(found)
    numbers = re.findall(NUMBER, found[1])
    return [f"{_scaled(number, factor)}{unit}" for number in numbers]


def _measured(found: re.Match[str]) -> list[str]:
    unit, factor = _unit(found)
    return [f"{_scaled(found[1], factor)}{unit}"]


def _code(text: str) -> str:
    return re.sub(r"[#\s\-]", "", text).upper()


_SIMPLE_FIRST: tuple[
    tuple[str, re.Pattern[str], Callable[[re.Match[str]], list[str]]], ...
] = (
    ("email", _EMAIL, lambda m: [m.group().lower().rstrip(".")]),
    ("link", _LINK, _link),
    ("date", dates.ISO, dates.iso),
    ("digits", _PHONE, _digits),
)
