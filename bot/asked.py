"""What a question asks for: its terms, and the kinds of facts that can answer it."""

import re
from collections.abc import Sequence

from bot.facts import Fact, facts
from bot.model.focus import UNTOLD
from bot.terms import content
from bot.text import HAN

_HAN = re.compile(rf"[{HAN}]")
_TIMES = ("day", "minute", "second", "month")
_LONG_NUMBER = 4  # digits of a bare number that may be a code
# "What do I do when it is late?" asks for no time, "when is it late?" does.
WHEN_ASKED = (
    r"(?:\bwhen(?:'s|(?: exactly| precisely)? (?:do|does|did|is|are|was|were|will|would"
    r"|can|could|should|shall|may|might|must|has|have|am)\b|\s*(?:[?!.]|$))"
    r"|\b(?:know|tell me|ask|find out|see|check|sure|idea|exactly|about|since|until"
    r"|till|by|and|or) when\b|^when\b(?![^,?]*,))"
)
# How it is asked -> the kinds of facts that are it. A form asks for evidence only: what
# must be told is for `bot/support.py` to say.
_WANTED: tuple[tuple[str, str], ...] = (
    (r"\be-?mails?\b|邮箱|邮件地址|电邮", "email"),
    (r"\bweb ?(?:page|site)s?\b|\burl\b|\blinks?\b|网址|网页|链接|官网", "link"),
    (
        r"\bphone number|\b(?:tele)?phone$|\bfax|\bcall\b|\bhotline"
        r"|电话|传真|热线|拨打|致电",
        "digits code row",
    ),
    (
        r"\bper ?cent(?:age)?\b|\brates?\b|\bdiscount\b|\binterest\b"
        r"|百分|比例|几折|率|利息",
        "percent",
    ),
    (
        r"\bhow (?:long|soon|quick(?:ly)?|fast|often)\b"
        r"|多久|几天|多少天|多长时间|几个?(?:小时|月|工作日|分钟)|期限|时长",
        "span date day weekday time",
    ),
    (
        WHEN_ASKED + r"|\b(?:what|which) (?:time|day|date)s?\b|\b(?:date|time|hours?"
        r"|deadline)\b|几点|什么时候|何时|哪天|几号|啥时候|时间|日期|截止",
        "date day weekday time span",
    ),
    (
        r"\bhow (?:much|expensive|dear)\b|\b(?:prices?|costs?)\b"
        r"|多少钱|多少元|价格|几块",
        "amount",
    ),
    (
        r"\b(?:sur)?charges?\b|\bfees?\b|\bamount\b|\bdeposit\b|(?<!免)费|押金|金额",
        "amount percent",
    ),
    (
        r"\bhow (?:many|old|big|large|heavy|far|wide|tall|hot|deep)\b|\bthe number of\b"
        r"|几(?:个|张|次|件|节|种|家|层|级|位|台|双|条)|多[大高重远宽]",
        "figure row measure span",
    ),
    (r"\bage\b|年龄|几岁|多大", "measure"),
    (
        r"\bnumbers?\b|\bcodes?\b|\bpassword\b|\bpin\b|\breference\b|\bid\b"
        r"|编号|单号|号码|密码|口令|代码",
        "code digits row",
    ),
)
_KINDS = tuple((re.compile(form, re.I), frozenset(k.split())) for form, k in _WANTED)
# What the customer's own thing is called: "order 20488", "20488这单".
_THING = re.compile(
    r"(?:\b(?:order|purchase|invoice|ticket|parcel|bill|number|no\.?|id)\s*"
    r"|订单|单号|包裹|运单|编号|号|[:：])*\s*#?[A-Za-z]{0,4}-?\d{5,30}"
    r"(?:这个?)?(?:订单|包裹|单)?",
    re.I,
)
_DIGITS = re.compile(r"\d{5,30}")
_NAMED = 3  # sentences that a word of a thing's name stands in


def topics(question: str, texts: Sequence[str]) -> frozenset[str]:
    """The terms of a question, without numbers of the customer's that no text has.

    Single Chinese characters say too little.
    """

    def kept(found: re.Match[str]) -> str:
        number = _DIGITS.search(found.group())
        known = number is not None and any(number.group() in text for text in texts)
        return found.group() if known else " "

    said = content(_THING.sub(kept, question))
    return frozenset(each for each in said if len(each) > 1 or not _HAN.match(each))


def wanted_kinds(question: str, about: Sequence[frozenset[str]]) -> frozenset[str]:
    """The kinds of facts that can answer; none where the question does not tell.

    Args:
        about: the terms of each source sentence: a word that stands in many of them
            belongs to a thing's name and asks for nothing.
    """
    for form, kinds in _KINDS:
        for found in form.finditer(question):
            said = content(found.group())
            if not said or sum(said <= each for each in about) < _NAMED:
                return kinds
    return frozenset()


def fitting(question: str, parts: Sequence[str]) -> list[float]:
    """Whether each part holds the kind of fact that is asked for: 1, or 0.

    A half where the question does not tell (`bot.model.focus.UNTOLD`).
    """
    wanted = wanted_kinds(question, ())
    if not wanted:
        return [UNTOLD] * len(parts)
    return [float(any(kind_of(f) in wanted for f in facts(part))) for part in parts]


def kind_of(fact: Fact) -> str:
    """Its kind; of numbers "span" (of time), "measure", "figure" or a long "row"."""
    if fact.kind != "number":
        return fact.kind
    if fact.value.endswith(_TIMES):
        return "span"
    if " " in fact.value:
        return "measure"
    return "row" if len(fact.value) >= _LONG_NUMBER else "figure"
