"""Fresh facts: numbers and names drawn anew, the same everywhere in one example.

A model that has seen "30 days" a thousand times says "30 days". One that sees another
number each time has to read its passages.
"""

import random
import re
from collections.abc import Sequence
from typing import Final

_NUMBER: Final = re.compile(r"\d+(?:[.,:\-–]\d+)*")
_FACT: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an address for letters
    r"|(?:https?://|www\.)[\w./-]*[\w/]"  # a page
    r"|(?:[A-Za-z]+-?)?\d[\dA-Za-z]*(?:[.,:\-–]\d[\dA-Za-z]*)*",  # numbers, codes
    re.ASCII,
)
_NAME: Final = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})?\b")
_NAMES_ZH: Final = re.compile(
    "顺丰|中通|京东物流|杭州|上海|成都|西湖|静安|锦江|北京|广州|深圳|南京|苏州|武汉|重庆|西安|天津"
    "|哈尔滨|昆明|新疆|西藏|青海|香港|澳门|新加坡|日本|支付宝|微信|银联|花呗|松果|森林会员"
)
_STARTS: Final = "b br c ch d dr f fl g gr h j k kl l m n p pl qu r s sh st t tr v w z"
_MIDDLES: Final = "a e i o u ai ea oo ou"
_ENDS: Final = "b ck d l lm m n nd ng p r rk s sk t x"
# The 3,755 most common Chinese characters, as GB 2312 lists them.
COMMON_CHARACTERS: Final = "".join(
    bytes([row, cell]).decode("gb2312")
    for row in range(0xB0, 0xD8)
    for cell in range(0xA1, 0xFF)
    if (row, cell) <= (0xD7, 0xF9)
)


def new_word(chance: random.Random, language: str) -> str:
    """A word that does not exist: "brenton", "锦椿"."""
    if language == "zh":
        return "".join(chance.choices(COMMON_CHARACTERS, k=chance.randint(2, 3)))
    syllables = [
        chance.choice(_STARTS.split()) + chance.choice(_MIDDLES.split())
        for _ in range(chance.randint(1, 3))
    ]
    return "".join(syllables) + chance.choice(_ENDS.split())


def new_number(chance: random.Random, like: str) -> str:
    """Another number of the same shape: times stay times, groups keep their length."""
    if re.fullmatch(r"\d{1,2}:\d\d", like):
        return (
            f"{chance.randint(0, 23)}:{chance.choice(['00', '15', '30', '45', '20'])}"
        )
    return re.sub(r"\d+", lambda part: _digits(chance, len(part.group())), like)


def _digits(chance: random.Random, count: int) -> str:
    if count == 1:
        return str(chance.randint(2, 9))
    if count == 2 and chance.random() < 0.3:
        count = 1  # so that the length alone gives nothing away
    elif count <= 2 and chance.random() < 0.2:
        count += 1
    return str(chance.randint(1, 9)) + "".join(
        chance.choices("0123456789", k=count - 1)
    )


def redraw(
    texts: Sequence[str], chance: random.Random, *, names: float = 0.6
) -> list[str]:
    """The texts with every number, and `names` of the names, replaced alike."""
    numbers: dict[str, str] = {}
    called: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        old = found.group()
        if old not in numbers:
            numbers[old] = new_number(chance, old)
        return numbers[old]

    def name(found: re.Match[str]) -> str:
        old = found.group()
        if old not in called:
            language = "en" if old.isascii() else "zh"
            word = new_word(chance, language)
            fresh = word.capitalize() if language == "en" else word
            called[old] = fresh if chance.random() < names else old
        return called[old]

    drawn = []
    for text in texts:
        text = _NAMES_ZH.sub(name, _NAME.sub(name, text))
        drawn.append(_NUMBER.sub(number, text))
    return drawn


def facts_of(text: str) -> list[str]:
    """Its numbers, codes, pages and addresses: what a reply must carry exactly."""
    return _FACT.findall(text)
