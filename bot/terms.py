"""The terms that tell what a text is about: stems, numbers, pairs of characters.

Two texts about the same share them. Pure.
"""

import re

from bot.model.focus import terms
from bot.text import HAN, words

_HAN = re.compile(rf"[{HAN}]")
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ings?|ed|ers?|ly|al|e?s|e)$")
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an the is are was were be been am do does did done can could will would "
        "shall may might must you your yours we our us i my me mine it its this "
        "that these those there here he she they them his her of for in on to at by "
        "from with about as and or but if so than then how what when which where "
        "who whom whose why many much long soon tell know want need get got give "
        "show find check look please hi hello hey thanks thank question info "
        "information any some have has had let not no yes sorry up s t re ll ve m d "
        "also just only until till ",
    )
)
_SMALL_ZH = re.compile(
    "请问|想问|麻烦|帮我|查一下|问一下|问下|告诉我|我想|了解|知道|你好|您好|多久|几天|多少|几点|几号"
    "|几个|打?几折|怎么样|怎样|怎么|什么时候|什么|为什么|哪里|哪儿|哪个|哪天|哪些|在哪|如何|是不是"
    "|能不能|可不可以|有没有|是否|吗|呢|吧|啊|的|了|是|有|在|我|你|您|们|一下|这个|那个|个|要|会|能"
    "|到|可以"
)


def content(text: str) -> frozenset[str]:
    """Its terms, without words that any text has and without endings."""
    plain = _SMALL_ZH.sub(" ", text) if _HAN.search(text) else text
    kept = (stem(word) for word in words(plain) if not is_small(word))
    return frozenset(terms(" ".join(kept)))


def is_small(word: str) -> bool:
    """Whether it is an English word that tells nothing."""
    return word in _SMALL


def stem(word: str) -> str:
    """Without its ending: "boards" is "board", "billing" is "bill"."""
    if not word.isascii() or not word.isalpha():
        return word.replace("e-mail", "email")
    if word in ("goes", "does"):
        return word[:2]
    return _ENDING.sub("", word) if len(word) > 3 else word
