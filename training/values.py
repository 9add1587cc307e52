"""Values that are drawn afresh: amounts, dates, times, numbers, names, links, codes.

Each is a value as people write it. None of them exists: whoever says one has read it.
"""

import random
from collections.abc import Callable
from typing import Final

from training.facts import COMMON_CHARACTERS, new_word

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_WEEKDAYS: Final = {
    "en": (
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日", "星期一", "星期五"),
}
_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许"
)
_SPANS: Final = {
    "en": "days|days|hours|weeks|months|minutes|working days|business days|years",
    "zh": "天|天|小时|周|个月|分钟|个工作日|个自然日|年",
}
_ENDINGS: Final = ("com", "com", "cn", "net", "io", "org", "example")
_PLACES: Final = {
    "en": "Room {n}|Gate {L}{d}|{n} {W} Street|Counter {d}|Terminal {d}|{W} Square|"
    "the {W} building, floor {d}|Hall {L}|Platform {n}|{W} Road {n}|{W}",
    "zh": "{d}号楼{n}室|{L}{d}登机口|{w}路{n}号|{d}号柜台|{d}号航站楼|{w}广场{d}层|"
    "{L}厅|{n}号站台|{w}大厦{n}楼|{w}街{n}号|{w}",
}


def digits(chance: random.Random, count: int) -> str:
    """So many digits, the first not 0."""
    rest = "".join(chance.choices("0123456789", k=count - 1))
    return str(chance.randint(1, 9)) + rest


def _number(chance: random.Random) -> str:
    return digits(chance, chance.choice([1, 1, 2, 2, 2, 3]))


def amount(chance: random.Random, language: str) -> str:
    """Money."""
    size = chance.choice([1, 2, 2, 2, 3, 3, 4])
    number = digits(chance, size)
    if size == 4 and chance.random() < 0.6:
        number = f"{number[0]},{number[1:]}"
    if chance.random() < 0.35:
        number += "." + chance.choice(["50", "99", "90", "00", digits(chance, 2)])
    patterns = {
        "en": "${}|${}|¥{}|€{}|£{}|{} dollars|{} euros|{} yuan|USD {}",
        "zh": "{}元|{}元|¥{}|{}块|人民币{}元|{}美元|￥{}|{}元",
    }
    return chance.choice(patterns[language].split("|")).format(number)


def percent(chance: random.Random, language: str) -> str:
    """A share."""
    number = digits(chance, chance.choice([1, 2, 2]))
    if chance.random() < 0.2:
        number += "." + str(chance.randint(1, 9))
    patterns = {"en": "{}%|{}%|{} %|{} percent", "zh": "{}%|{}%|百分之{}"}
    return chance.choice(patterns[language].split("|")).format(number)


def span(chance: random.Random, language: str) -> str:
    """How long."""
    unit = chance.choice(_SPANS[language].split("|"))
    number = digits(chance, chance.choice([1, 1, 2]))
    if chance.random() < 0.2:
        more = str(int(number) + chance.randint(1, 9))
        number = f"{number} to {more}" if language == "en" else f"{number}至{more}"
    return f"{number} {unit}" if language == "en" else number + unit


def date(chance: random.Random, language: str) -> str:
    """A day of the calendar."""
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    year = chance.randint(2019, 2039)
    if chance.random() < 0.2:
        return f"{year}-{month:02}-{day:02}"
    if language == "zh":
        patterns = [
            f"{month}月{day}日",
            f"{month}月{day}号",
            f"{year}年{month}月{day}日",
        ]
    else:
        name = _MONTHS[month - 1]
        patterns = [
            f"{name} {day}",
            f"{day} {name}",
            f"{name} {day}, {year}",
            f"{day} {name} {year}",
        ]
    return chance.choice(patterns)


def clock(chance: random.Random, language: str) -> str:
    """A time of day."""
    minute = chance.choice(["00", "15", "30", "45", "20", "10", "05", "50"])
    hour, part = chance.randint(1, 12), chance.choice(["上午", "下午", "早上", "晚上"])
    patterns = {
        "en": [
            f"{chance.randint(0, 23)}:{minute}",
            f"{hour}:{minute} {chance.choice(['am', 'pm'])}",
            f"{hour} {chance.choice(['am', 'pm'])}",
        ],
        "zh": [
            f"{chance.randint(0, 23)}:{minute}",
            f"{part}{hour}点",
            f"{part}{hour}点{chance.choice(['半', '一刻', '20分'])}",
        ],
    }
    return chance.choice(patterns[language])


def weekday(chance: random.Random, language: str) -> str:
    """A day of the week, or from one to another."""
    one, other = chance.sample(_WEEKDAYS[language], 2)
    if chance.random() < 0.5:
        return one
    return f"{one} to {other}" if language == "en" else f"{one}至{other}"


def reference(chance: random.Random, _: str) -> str:
    """An order number, a ticket number."""
    letters = "".join(chance.choices(_LETTERS, k=2))
    patterns = [
        digits(chance, chance.choice([6, 8, 10, 12])),
        f"#{digits(chance, 5)}",
        f"{letters}-{digits(chance, 5)}",
        f"{letters}{digits(chance, 7)}",
        f"{digits(chance, 3)}-{digits(chance, 4)}-{digits(chance, 3)}",
    ]
    return chance.choice(patterns)


def code(chance: random.Random, _: str) -> str:
    """A voucher, a password, a model."""
    mixed = "".join(chance.choices(_LETTERS + "23456789", k=chance.randint(4, 7)))
    patterns = [
        new_word(chance, "en").upper() + digits(chance, 2),
        mixed,
        f"{mixed[:3]}-{mixed[3:]}{chance.randint(2, 9)}",
        f"{chance.choice(_LETTERS)}{digits(chance, 3)}",
    ]
    return chance.choice(patterns)


def person(chance: random.Random, language: str) -> str:
    """Somebody's name."""
    if language == "zh" and chance.random() < 0.85:
        given = "".join(chance.choices(COMMON_CHARACTERS, k=chance.randint(1, 2)))
        return chance.choice(_SURNAMES) + given
    return f"{new_word(chance, 'en')} {new_word(chance, 'en')}".title()


def thing_name(chance: random.Random, language: str) -> str:
    """What a brand, a material or a colour is called."""
    if language == "zh":
        return new_word(chance, "zh")
    word = new_word(chance, "en")
    return word.capitalize() if chance.random() < 0.5 else word


def place(chance: random.Random, language: str) -> str:
    """Where."""
    pattern = chance.choice(_PLACES[language].split("|"))
    return pattern.format(
        n=digits(chance, chance.choice([2, 3])),
        d=chance.randint(1, 9),
        L=chance.choice(_LETTERS),
        W=new_word(chance, "en").capitalize(),
        w=new_word(chance, "zh"),
    )


def site(chance: random.Random) -> str:
    """A domain that nobody has."""
    joint = chance.choice(["", "", "-"])
    name = joint.join(new_word(chance, "en") for _ in range(chance.randint(1, 2)))
    return f"{name}.{chance.choice(_ENDINGS)}"


def link(chance: random.Random, _: str) -> str:
    """A page."""
    start = chance.choice(["https://", "https://", "www.", "https://www.", ""])
    words = [new_word(chance, "en"), digits(chance, chance.randint(1, 4)), "help"]
    path = "/".join(chance.sample(words, chance.randint(1, 2)))
    return f"{start}{site(chance)}/{path}"


def email(chance: random.Random, _: str) -> str:
    """An address for letters."""
    name = chance.choice(["help", "service", "info", new_word(chance, "en")])
    if chance.random() < 0.3:
        name += chance.choice([".", "_", "-"]) + new_word(chance, "en")
    return f"{name}@{site(chance)}"


def phone(chance: random.Random, _: str) -> str:
    """A number to call."""
    patterns = ["400-ddd-dddd", "1dd dddd dddd", "+dd dd dddd dddd", "(0dd) dddd dddd"]
    patterns += ["1-800-ddd-dddd", "0dd-dddddddd", "955dd", "1dddddddddd"]
    pattern = chance.choice(patterns)
    return "".join(str(chance.randint(0, 9)) if c == "d" else c for c in pattern)


VALUES: Final[dict[str, Callable[[random.Random, str], str]]] = {
    "amount": amount,
    "percent": percent,
    "span": span,
    "date": date,
    "time": clock,
    "weekday": weekday,
    "order": reference,
    "code": code,
    "person": person,
    "name": thing_name,
    "place": place,
    "link": link,
    "email": email,
    "phone": phone,
}


def value(chance: random.Random, language: str, kind: str) -> str:
    """A fresh value of a kind; `number:kg` is a number with that unit."""
    if kind.startswith("number"):
        unit = kind.partition(":")[2]
        gap = " " if language == "en" and unit else ""
        return _number(chance) + gap + unit
    return VALUES[kind](chance, language)
