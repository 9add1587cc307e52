"""Numbers in words become digits where they count something; nothing else changes.

"三到五个工作日" is "3-5个工作日" and "two weeks" is "2 weeks", while "一下", "十分" and
"one of them" stay as they are.
"""

import re

_DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    "〇": 0,
    "两": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "幺": 1,
}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}

_HAN_NUMBER = "[零〇一二两三四五六七八九十百千万亿]+"
# What may follow a Chinese number that counts: a measure word, money or a date.
_COUNTED = (
    r"(?:个?工作日|个?自然日|个?小时|个?钟头|个?半|分钟|秒|天|日|号|周|个?星期|个?礼拜|个月"
    r"|月|年|岁|元|块|圆|角|折|倍|次|回|件|口|张|台|箱|单|份|款|种|家|层|楼|位|名|座|项|期"
    r"|分|点|公斤|千克|克|斤|米|厘米|毫米|升|毫升|度|瓦|积分|人|城|门店|个城市|个门店)"
)
_HAN_RANGE = re.compile(
    rf"({_HAN_NUMBER})\s*(?:到|至|-|~|或)\s*({_HAN_NUMBER})(?={_COUNTED})"
)
_HAN_COUNT = re.compile(
    rf"(?<![第万{'零〇一二两三四五六七八九十百千'}])({_HAN_NUMBER})(?={_COUNTED})"
)
_HAN_YEAR = re.compile(r"([零〇一二三四五六七八九]{4})(?=年)")
_HAN_SHARE = re.compile(rf"百分之({_HAN_NUMBER})(?:点({_HAN_NUMBER}))?")
_HALF_HAN = re.compile(r"半(?=个?(?:小时|钟头|月|年|天|日))")
_AND_A_HALF_HAN = re.compile(r"(\d+)(个?)半(?=小时|钟头|月|年|天)")
_IDIOMS = frozenset({"一点", "一分", "一位", "一份", "一款", "一种", "一项", "一人"})
_DISCOUNT = re.compile(r"([一二三四五六七八九])([一二三四五六七八九])折")

_WORDS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
    "thousand": 1000,
}
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_JOINT = r"(?:-|\s+|(?<=hundred)\s+and\s+|(?<=thousand)\s+and\s+)"
_PHRASE = rf"(?>(?:{_WORD})\b(?:{_JOINT}(?:{_WORD})\b){{0,8}})"
_COUNTED_EN = (
    r"(?:(?:working|business|calendar|more|full|whole)\s+)*(?:days?|hours?|minutes?"
    r"|seconds?|weeks?|months?|years?|times?|yuan|dollars?|euros?|pounds?|percent"
    r"|per\s+cent|points?|pieces?|items?|floors?|stores?|cities|kilos?|kilograms?|kg"
    r"|instal+ments?|coupons?|orders?|parcels?|photos?|people|persons?|countries)\b"
)
_RANGE_EN = re.compile(
    rf"\b({_PHRASE})(\s+(?:to|or|and)\s+)({_PHRASE})(?=\s+{_COUNTED_EN})", re.I
)
_COUNT_EN = re.compile(rf"\b({_PHRASE})(?=[\s-]+{_COUNTED_EN})", re.I)
_LISTED_EN = re.compile(
    rf"\b({_PHRASE})(?=\s*(?:,\s*(?:or|and)?|\bor|\band|/)\s*\d)", re.I
)
_ARTICLE_EN = re.compile(
    r"\b(?P<before>within|in|after|for|under|about|than) an?(?=\s+"
    r"(?:working\s+|business\s+)?(?:day|hour|minute|week|month|year)\b)",
    re.I,
)
_HALF_EN = re.compile(r"\bhalf an? (?=hour|day|year|month)", re.I)
_TWICE = re.compile(r"\b(twice|thrice)\b", re.I)


def in_digits(text: str) -> str:
    """The text with its counting words as digits."""
    return _english(_chinese(text))


def han_value(numeral: str) -> int | None:
    """The value of a Chinese numeral: "二百五" is 250, "二〇二六" is 2026."""
    if all(character in _DIGITS for character in numeral):
        return int("".join(str(_DIGITS[character]) for character in numeral))
    total = section = digit = 0
    last_scale = 1
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SCALES:
            last_scale = _SCALES[character]
            section += (digit or 1) * last_scale
            digit = 0
        elif character in _BIG:
            last_scale = _BIG[character]
            total = (total + section + digit or 1) * last_scale
            section = digit = 0
        else:
            return None
    # 二百五 is 250: a last digit after a scale counts in the scale below it.
    tail = digit * last_scale // 10 if _is_short(numeral) else digit
    return total + section + tail


def _is_short(numeral: str) -> bool:
    return (
        len(numeral) >= 3
        and numeral[-1] in _DIGITS
        and numeral[-2] in "百千万"
        and "零" not in numeral
    )


def _chinese(text: str) -> str:
    text = _DISCOUNT.sub(lambda m: f"{_DIGITS[m[1]]}.{_DIGITS[m[2]]}折", text)
    text = _HAN_SHARE.sub(_share, text)
    text = _HAN_YEAR.sub(lambda m: str(han_value(m[1])), text)
    text = _HAN_RANGE.sub(lambda m: f"{han_value(m[1])}-{han_value(m[2])}", text)
    text = _HAN_COUNT.sub(lambda m: _count(m, text), text)
    text = _AND_A_HALF_HAN.sub(lambda m: f"{m[1]}.5{m[2]}", text)
    return _HALF_HAN.sub("0.5", text)


def _share(found: re.Match[str]) -> str:
    decimals = f".{han_value(found[2])}" if found[2] else ""
    return f"{han_value(found[1])}{decimals}%"


def _count(found: re.Match[str], text: str) -> str:
    following = text[found.end() : found.end() + 1]
    if found[1] + following in _IDIOMS or found[1] in ("万", "千", "百", "亿"):
        return found[1]
    if found[1] == "十" and following == "分":  # 十分 is "very"
        return found[1]
    return str(han_value(found[1]))


def _english(text: str) -> str:
    text = _HALF_EN.sub("0.5 ", text)
    text = _ARTICLE_EN.sub(lambda m: f"{m['before']} 1", text)
    text = _RANGE_EN.sub(
        lambda m: f"{english_value(m[1])}{m[2]}{english_value(m[3])}", text
    )
    text = _COUNT_EN.sub(lambda m: f"{english_value(m[1])}", text)
    for _ in range(3):  # a list is read from its end, where the unit stands
        text = _LISTED_EN.sub(lambda m: f"{english_value(m[1])}", text)
    return _TWICE.sub(
        lambda m: "2 times" if m[1].lower() == "twice" else "3 times", text
    )


def english_value(phrase: str) -> int:
    """The value of an English numeral in small or large letters."""
    total = current = 0
    for word in re.split(r"[\s-]+", phrase.lower()):
        number = _WORDS.get(word)
        if number is None:  # "and"
            continue
        if number == 1000:
            total, current = total + (current or 1) * number, 0
        else:
            current = (current or 1) * number if number == 100 else current + number
    return total + current
