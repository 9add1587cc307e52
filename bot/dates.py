"""Days and times as they are written in Chinese and English.

A date's value is year, month and day with a "?" for what was not said; a time's value
is hours and minutes of the day. "16:00", "4 pm" and "下午4点" are one time.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

Found: TypeAlias = tuple[str, str, str, int]  # kind, value, as written, where
Cut: TypeAlias = Callable[[re.Pattern[str]], list[re.Match[str]]]

ISO = re.compile(r"(?<!\d)((?:19|20)\d{2})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")

_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October"
    r"|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)
_TH = r"(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>(?:19|20)\d{2})\b)?"
_DATES = (
    re.compile(rf"\b(?P<day>\d{{1,2}}){_TH}\s+(?:of\s+)?{_MONTH}{_YEAR}"),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}}){_TH}(?!\d){_YEAR}"),
    re.compile(rf"\b{_MONTH}\s+(?P<year>(?:19|20)\d{{2}})\b(?P<day>)"),
    re.compile(
        r"(?:(?P<year>(?:19|20)?\d{2})年)?(?P<month>\d{1,2})月(?:份)?"
        r"(?:(?P<day>\d{1,2})[日号]?)?"
    ),
    re.compile(r"(?P<year>(?:19|20)\d{2})年(?P<month>)(?P<day>)"),
    re.compile(r"(?P<day>\d{1,2})[日号](?![内后前之以起码])(?P<month>)(?P<year>)"),
)
_ALONE = re.compile(
    r"\b(?P<month>January|February|April|June|July|August|September|October|November"
    r"|December)\b(?P<day>)(?P<year>)"
)

_NOON = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
# A clock time needs a colon, a Chinese hour word or am/pm: "5" alone is a number.
_CLOCK = re.compile(
    r"(?P<part>凌晨|清晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚)?\s*"
    r"(?<![\d.:])(?P<hour>[01]?\d|2[0-4])"
    r"(?:(?::(?P<minute>[0-5]\d)(?::[0-5]\d)?)(?:\s*(?P<m1>[ap])\.?\s?m\b\.?)?"
    r"|(?:点钟?|时(?!间))(?P<half>半|[0-5]?\d分?)?"
    r"|\s*(?P<m2>[ap])\.?\s?m\b\.?|\s*o'clock)(?!\d)",
    re.I,
)
_SPAN = re.compile(
    r"(?P<part>凌晨|早上|上午|中午|下午|晚上)?\s*"
    r"(?<![\d¥$])(?P<first>[01]?\d|2[0-4])(?::(?P<first_minute>[0-5]\d))?"
    r"\s*(?:-|~|to|到|至)\s*(?P<part2>凌晨|早上|上午|中午|下午|晚上)?\s*"
    r"(?P<second>[01]?\d|2[0-4])(?::(?P<second_minute>[0-5]\d))?"
    r"\s*(?:(?P<half_day>[ap]\.?\s?m\b\.?)|点|时(?!间))",
    re.I,
)
_NOON_WORD = re.compile(r"\b(noon|midday|midnight)\b", re.I)

_WEEKDAYS = {
    "mon": "1",
    "tue": "2",
    "wed": "3",
    "thu": "4",
    "fri": "5",
    "sat": "6",
    "sun": "7",
    **dict(zip("一二三四五六日天", "12345677", strict=True)),
}
_WEEKDAY_EN = re.compile(
    r"\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)days?\b", re.I
)
_WEEKDAY_ZH = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")

_RELATIVE: tuple[tuple[str, str], ...] = (
    ("after tomorrow", r"\bday after tomorrow\b|后天"),
    ("tomorrow", r"\btomorrow\b|明天|明日|明早|明晚|翌日"),
    ("today", r"\btoday\b|今天|今日"),
    ("tonight", r"\btonight\b|今晚"),
    ("yesterday", r"\byesterday\b|昨天|昨日"),
    ("next working day", r"\bnext (?:working|business) day\b|(?:下一?个?|次一?)工作日"),
    (
        "same working day",
        r"\bsame (?:working|business) day\b|(?:当个?|当天|同一个?)工作日",
    ),
    ("next day", r"\bnext[- ]day\b|次日|第二天|隔天|隔日"),
    ("same day", r"\bsame[- ]day\b|当天|当日|同一天|同日"),
    ("this week", r"\bthis week\b|本周|这周|这个星期"),
    ("next week", r"\bnext week\b|下周|下个?星期|下个?礼拜"),
    ("this month", r"\bthis month\b|本月|这个月"),
    ("next month", r"\bnext month\b|下个?月"),
    ("this year", r"\bthis year\b|今年"),
    ("next year", r"\bnext year\b|明年"),
    ("weekend", r"\bweekends?\b|周末"),
)
_RELATIVES = tuple((name, re.compile(form, re.I)) for name, form in _RELATIVE)


def take(cut: Cut) -> list[Found]:
    """Every day and time in a text, which `cut` gives match by match."""
    found: list[Found] = []
    for pattern in (*_DATES, _ALONE):
        found += [_found("date", _date(m), m) for m in cut(pattern)]
    for name, pattern in _RELATIVES:
        found += [_found("day", name, m) for m in cut(pattern)]
    found += [
        _found("weekday", _WEEKDAYS[m[1].lower()[:3]], m) for m in cut(_WEEKDAY_EN)
    ]
    found += [_found("weekday", _WEEKDAYS[m[1]], m) for m in cut(_WEEKDAY_ZH)]
    for match in cut(_SPAN):
        found += [_found("time", value, match) for value in _ends(match)]
    for match in cut(_CLOCK):
        found.append(_found("time", _time(match), match))
    found += [_found("time", _NOON[m[1].lower()], m) for m in cut(_NOON_WORD)]
    return found


def iso(found: re.Match[str]) -> list[str]:
    """The value of a match of `ISO`."""
    return [f"{int(found[1])}-{int(found[3])}-{int(found[4])}"]


def agree(one: str, other: str) -> bool:
    """Whether a date says no more than another: "?" leaves a part open."""
    parts = zip(one.split("-"), other.split("-"), strict=True)
    return all(left in ("?", right) for left, right in parts)


def _found(kind: str, value: str, match: re.Match[str]) -> Found:
    return kind, value, match.group().strip(), match.start()


def _date(found: re.Match[str]) -> str:
    year, month, day = found["year"], found["month"], found["day"]
    if year and len(year) == 2:
        year = "20" + year
    if month and not month.isdigit():
        month = str(_MONTHS[month[:3].lower()])
    return "-".join(str(int(part)) if part else "?" for part in (year, month, day))


def _time(found: re.Match[str]) -> str:
    minute = found["minute"] or "0"
    half = found["half"]
    if half:
        minute = "30" if half == "半" else half.rstrip("分")
    letter = found["m1"] or found["m2"] or ""
    return _of_day(int(found["hour"]), int(minute), letter, found["part"])


def _ends(found: re.Match[str]) -> list[str]:
    letter = (found["half_day"] or "")[:1]
    part, part2 = found["part"], found["part2"] or found["part"]
    first, second = int(found["first"]), int(found["second"])
    first_letter = letter if first <= second and second != 12 else ""
    return [
        _of_day(first, int(found["first_minute"] or 0), first_letter, part),
        _of_day(second, int(found["second_minute"] or 0), letter, part2),
    ]


def _of_day(hour: int, minute: int, letter: str, part: str | None) -> str:
    letter = letter.lower()
    later = letter == "p" or (part or "") in ("下午", "傍晚", "晚上", "晚", "中午")
    if later and hour < 12 and not (part == "中午" and hour > 9):
        hour += 12
    if (letter == "a" or part == "凌晨") and hour == 12:
        hour = 0
    return f"{hour % 24:02d}:{minute:02d}"
