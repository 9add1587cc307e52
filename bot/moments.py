"""Days that a message names, as calendar dates: "明天", "next Friday", "12 May".

Everything is counted from the day on which the message was sent, where the customer's
shop is. Weeks begin on Monday, and "next Friday" is the Friday of next week, as 下周五
is. A day without its year or month is the nearest one. A value is a date (2026-11-24),
a week (2026-W48) or a month (2026-12).
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final, TypeAlias

from bot.numerals import english_value, han_value
from bot.places import Places

Day: TypeAlias = tuple[int, int, str]  # start, end, value
_Reader: TypeAlias = Callable[[re.Match[str], date], str | None]

_NUMBER: Final = r"(?:\d{1,3}|[一二两三四五六七八九十百]{1,5})"
_WEEK: Final = r"(?:周|星期|礼拜)"
_MONTHS: Final = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_WEEKDAYS: Final = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_MONTH: Final = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY: Final = (
    r"(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b"
)
_COUNT: Final = (
    r"(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a\s+few)"
)
_UNIT: Final = r"(?P<unit>day|week|month|year)s?"
_OFFSETS: Final = {
    "大前天": -3, "前天": -2, "前日": -2, "昨": -1, "今": 0, "当天": 0, "明": 1,
    "后天": 2, "后日": 2, "大后天": 3,
    "day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0,
    "tonight": 0, "tomorrow": 1, "day after tomorrow": 2,
}  # fmt: skip


def days(folded: str, today: date) -> list[Day]:
    """Every day that a half-width text names, in order, none within another."""
    found: list[Day] = []
    places = Places()
    for pattern, read in _FORMS:
        for match in pattern.finditer(folded):
            start, end = match.span()
            # 30 February is no day, and neither is the "30" in it.
            if not places.take(start, end):
                continue
            value = _safely(read, match, today)
            if value is not None:
                found.append((start, end, value))
    return sorted(found)


def _safely(read: _Reader, match: re.Match[str], today: date) -> str | None:
    """None for a day that no calendar has: 30 February, the year 12000."""
    try:
        return read(match, today)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    if text in ("a", "an"):
        return 1
    value = han_value(text)
    return english_value(text) if value is None else value


def _full(match: re.Match[str], today: date) -> str:
    del today
    return date(int(match["year"]), _month(match), _number(match["day"])).isoformat()


def _month(match: re.Match[str]) -> int:
    name = match["month"].lower()[:3]
    return _MONTHS.index(name) + 1 if name in _MONTHS else _number(match["month"])


def _yearless(match: re.Match[str], today: date) -> str:
    month, day = _month(match), _number(match["day"])
    years = (today.year - 1, today.year, today.year + 1)
    return _nearest(((year, month, day) for year in years), today)


def _of_month(match: re.Match[str], today: date) -> str:
    day = _number(match["day"])
    near = [_months_on(today, by) for by in (-1, 0, 1)]
    return _nearest(((each.year, each.month, day) for each in near), today)


def _nearest(parts: Iterator[tuple[int, int, int]], today: date) -> str:
    there = [date(y, m, d) for y, m, d in parts if 1 <= d <= monthrange(y, m)[1]]
    return min(there, key=lambda each: abs(each - today)).isoformat()


def _slashes(match: re.Match[str], today: date) -> str | None:
    """25/12/2026 or 12/25/2026; 03/04/2026 is anyone's guess, so it is none."""
    del today
    one, other = int(match["one"]), int(match["other"])
    if one <= 12 and other <= 12 and one != other:
        return None
    month, day = (other, one) if one > 12 else (one, other)
    return date(int(match["year"]), month, day).isoformat()


def _offset(match: re.Match[str], today: date) -> str:
    return (today + timedelta(_OFFSETS[match["day"].lower()])).isoformat()


def _months_on(today: date, by: int) -> date:
    """The first day of the month so many months on."""
    months = today.year * 12 + today.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def _on(today: date, count: int, unit: str) -> str:
    if unit in ("day", "天", "日"):
        return (today + timedelta(count)).isoformat()
    if unit in ("week", "周", "星期", "礼拜"):
        return (today + timedelta(7 * count)).isoformat()
    first = _months_on(today, count * (12 if unit in ("year", "年") else 1))
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=min(today.day, last)).isoformat()


def _counted(match: re.Match[str], today: date) -> str | None:
    word = " ".join(match["count"].lower().split())
    if word == "a few":
        return None
    back = match["side"].lower() in ("ago", "前", "之前", "以前")
    return _on(today, _number(word) * (-1 if back else 1), match["unit"].lower())


_SIDES: Final = {
    "上上": -2, "上": -1, "last": -1, "past": -1, "这": 0, "本": 0, "this": 0,
    "下": 1, "next": 1, "下下": 2,
}  # fmt: skip


def _weekday_of(match: re.Match[str]) -> int:
    name = match["weekday"].lower()
    if name in ("末", "weekend"):
        return 5
    place = "一二三四五六日天".find(name)
    return min(place, 6) if place >= 0 else _WEEKDAYS.index(name[:3])


def _in_week(match: re.Match[str], today: date) -> str:
    weeks = _SIDES[match["side"].lower()]
    monday = today - timedelta(today.weekday()) + timedelta(7 * weeks)
    return (monday + timedelta(_weekday_of(match))).isoformat()


def _coming(match: re.Match[str], today: date) -> str:
    return (today + timedelta((_weekday_of(match) - today.weekday()) % 7)).isoformat()


def _week(match: re.Match[str], today: date) -> str:
    year, week, _ = (today + timedelta(7 * _SIDES[match["side"].lower()])).isocalendar()
    return f"{year}-W{week:02d}"


def _whole_month(match: re.Match[str], today: date) -> str:
    return _months_on(today, _SIDES[match["side"].lower()]).isoformat()[:7]


def _in_month(match: re.Match[str], today: date) -> str:
    first = _months_on(today, _SIDES[(match["side"] or "this").lower()])
    last = monthrange(first.year, first.month)[1]
    part = match["part"].lower()
    day = {"初": 1, "start": 1, "beginning": 1, "中": 15, "middle": 15}.get(part, last)
    return first.replace(day=day).isoformat()


def _day_in_month(match: re.Match[str], today: date) -> str:
    first = _months_on(today, _SIDES[match["side"].lower()])
    return first.replace(day=_number(match["day"])).isoformat()


def _year_end(match: re.Match[str], today: date) -> str:
    del match
    return date(today.year, 12, 31).isoformat()


def _form(pattern: str, read: _Reader) -> tuple[re.Pattern[str], _Reader]:
    return re.compile(pattern, re.I), read


# In this order: what is longer and surer comes first.
_FORMS: Final = (
    _form(
        r"(?<!\d)(?P<year>(?:19|20)\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)",
        _full,
    ),
    _form(
        rf"(?<!\d)(?P<year>(?:19|20)\d\d)年(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]?",
        _full,
    ),
    _form(rf"(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]?", _yearless),
    _form(
        r"(?<![\d/])(?P<one>\d\d?)/(?P<other>\d\d?)/(?P<year>20\d\d)(?!\d)", _slashes
    ),
    _form(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>20\d\d)\b",
        _full,
    ),
    _form(
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d)\b",
        _full,
    ),
    _form(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?!\w)", _yearless
    ),
    _form(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d\w:])", _yearless),
    _form(r"(?P<day>大前天|前天|前日|大后天|后天|后日|当天)", _offset),
    _form(r"(?P<day>昨|今|明)(?:天|日|早|晚|儿|晨)(?:上|里)?", _offset),
    _form(
        r"\b(?:the\s+)?(?P<day>day before yesterday|day after tomorrow|yesterday"
        r"|last night|today|tonight|tomorrow)\b",
        _offset,
    ),
    _form(
        rf"(?<![第\d])(?P<count>{_NUMBER})(?:个)?(?P<unit>天|日|周|星期|礼拜|月|年)"
        r"(?P<side>之后|以后|后|之前|以前|前)",
        _counted,
    ),
    _form(rf"\b(?P<side>in)\s+{_COUNT}\s+{_UNIT}(?:'?\s+time)?\b", _counted),
    _form(rf"\b{_COUNT}\s+{_UNIT}\s+(?P<side>ago|later|from\s+now)\b", _counted),
    _form(
        rf"(?P<side>上上|上|这|本|下下|下)个?{_WEEK}(?P<weekday>[一二三四五六日天末])",
        _in_week,
    ),
    _form(rf"\b(?P<side>last|past|this|next)\s+{_WEEKDAY}", _in_week),
    _form(r"\b(?P<side>last|this|next)\s+(?P<weekday>weekend)\b", _in_week),
    _form(r"(?P<side>上|这|本|下)个?月(?P<part>底|末|初|中)", _in_month),
    _form(rf"(?P<side>上|这|本|下)个?月(?P<day>{_NUMBER})[日号]", _day_in_month),
    _form(r"(?P<side>上上|上|这|本|下下|下)个?(?:周|星期|礼拜)", _week),
    _form(r"(?P<side>上|这|本|下)个?月", _whole_month),
    _form(
        r"\b(?:the\s+)?(?P<part>end|beginning|start|middle)\s+of\s+"
        r"(?:the\s+|(?P<side>this|next|last)\s+)month\b",
        _in_month,
    ),
    _form(r"\b(?P<side>last|this|next)\s+week\b", _week),
    _form(r"\b(?P<side>last|this|next)\s+month\b", _whole_month),
    _form(
        r"(?<![个\d一二三四五六七八九十半])(?P<side>)月(?P<part>底|末|初)", _in_month
    ),
    _form(r"年底|年末|\bend\s+of\s+(?:the\s+)?year\b", _year_end),
    _form(rf"{_WEEK}(?P<weekday>[一二三四五六日天末])(?!到|至|[-~])", _coming),
    _form(
        r"\b(?:on\s+|by\s+)(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?"
        r"|sun)(?:day)?\b",
        _coming,
    ),
    _form(r"\b(?P<weekday>mon|tues|wednes|thurs|fri|satur|sun)day\b", _coming),
    _form(
        r"(?<![\d.一二三四五六七八九十])(?P<day>\d{1,2}|[一二三]?十[一二三四五六七八九]?)"
        r"[日号](?![楼店线馆门院码机仓柜色字单内])",
        _of_month,
    ),
)
