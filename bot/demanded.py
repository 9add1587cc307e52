"""What a question demands of its answer: a time, an amount, a person, a link.

A reply without it answers another question, however well its words fit. Pure.
"""

import re
from difflib import SequenceMatcher

from bot.asked import WHEN_ASKED, kind_of
from bot.facts import Fact, facts, without_facts
from bot.numerals import in_digits
from bot.support import own_words, sentences
from bot.text import HAN

# What a question asks for -> the kinds of facts that can answer it.
_TIME_UNITS = ("day", "minute", "second", "month")
_MOMENTS = frozenset({"date", "day", "weekday", "time"})
_HOW_LONG = re.compile(
    r"\bhow (?:long|soon|quick(?:ly)?|fast)\b"
    r"|多久|几天|多少天|多长时间|几个?(?:小时|月|工作日)"
)
_WHEN = re.compile(
    WHEN_ASKED + r"|\b(?:what|which) (?:time|day|date)s?\b"
    r"|几点|什么时候|何时|哪天|几号|啥时候"
    r"|(?:时间|时长|日期|期限)(?:是|为)?(?:多少|啥|什么)[呀啊呢]?\s*[?？。]?\s*$"
)
_WHICH_DAY = re.compile(r"\b(?:what|which) (?:day|date)s?\b|哪天|几号")
_WAIT = re.compile(
    r"\b(?:waiting|charging|queu(?:e|ing)) time\b|(?:排队|等待|等候|充电|充满)时间"
)
_DAY_OF_MONTH = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b")
_HOW_MUCH = re.compile(
    r"\bhow much\b|\b(?:what|which) (?:is |are )?(?:the |does it )?(?:price|cost|fee)"
    r"|多少钱|多少元|什么价|价格|费用|运费多少|几块"
)
_HOW_FULL = re.compile(r"\bhow (?:full|heavy|old|tall|deep|hot)\b|多[高重深]")
_HOW_MANY = re.compile(
    r"\bhow many\b|多少|几(?:个|张|次|件|节|种|家|层|级|位|台|双|条)"
)
_WHAT_IS_ZH = re.compile(rf"([{HAN}]+?)(?:是|为)?多少[呀啊呢]?\s*[?？。]?\s*$")
_FIGURE_ZH = re.compile(
    "(?:[价费钱额数量率分度重温厚瓦升倍岁]|[全总身时][长高宽]|比例|面积|大小|次数|人"
    "|[要有能会收花得装住多值需付省打减送供卖买是共剩限达到])$"
)
_HOW_MANY_THINGS = re.compile(
    r"\bhow many "
    r"((?:(?!(?:can|do|does|did|may|will|are|is|in|of|per|you|i|we)\b)[a-z\-]+ ?){1,3})"
)
_HOW_MANY_ZH = re.compile("几(张|次|件|节|种|家|层|级|位|台|双|条)")
_NOTHING = re.compile(
    r"\b(?:free|not|no|never|cannot|none|any ?time|always)\b|n't\b"
    r"|不(?![满同过断仅但只])|没|无|免|随时|任意"
)


def objections(draft: str, question: str, *, counted: bool) -> list[str]:
    """What a draft lacks of what its question demands, one line; none if nothing.

    Args:
        counted: also, that it counts what was to be counted.
    """
    asked, stated = question.lower(), facts(draft)
    if _NOTHING.search(draft.lower()):
        return []
    noun = _noun(asked)
    if _PERSON.search(noun) and stated and not _names_one(draft, question):
        return ["asked for a person, it names none"]
    wanted = _kinds_of(noun)
    if wanted and not any(kind_of(fact) in wanted for fact in stated):
        return [f"asked for {' or '.join(sorted(wanted))}, it names none"]
    for form, fits, name in () if wanted else _KINDS:
        if form.search(asked) and not (form is _HOW_MANY and _asks_what(asked)):
            if form is _HOW_MANY and _asks_figure(asked):
                fits = _is_figure
            told = (
                form in (_WHEN, _WHICH_DAY) and _DAY_OF_MONTH.search(draft) is not None
            )
            if not told and not any(fits(fact) for fact in stated):
                return [f"asked for {name}, it names none"]
            break
    return _counts_others(draft, asked) if counted else []


def _asks_what(asked: str) -> bool:
    """ "版本号多少" asks for no number but for what it is; "积分多少" asks for one."""
    found = _WHAT_IS_ZH.search(asked)
    return found is not None and _FIGURE_ZH.search(found[1]) is None


def _asks_figure(asked: str) -> bool:
    """ "电量多少" asks for a figure, and "3小时" is none: hours are no charge."""
    found = _WHAT_IS_ZH.search(asked)
    return found is not None and re.search("[时天月年]|[期龄]$", found[1][-4:]) is None


def is_unnamed(question: str, draft: str) -> bool:
    """Whether Chinese asks for something by a name that no character of a draft is of.

    "云备份的面料是啥" has 面料 where the draft has 电量. It may be the same in other
    words: evidence, not a verdict.
    """
    noun = _noun(question.lower())
    if not re.fullmatch(f"[{HAN}]+", noun):
        return False
    shared = SequenceMatcher(None, noun, draft, autojunk=False).get_matching_blocks()
    end = max((each.a + each.size for each in shared if each.size > 1), default=0)
    name = noun[end:]
    return len(name) > 1 and not set(name) & set(draft)


def _noun(asked: str) -> str:
    """What a question asks for by name: "what is the e-mail of"; "" if nothing."""
    found = _BY_NAME.search(asked)
    return next(filter(None, found.groups()), "") if found else ""


def _names_one(draft: str, question: str) -> bool:
    plain = without_facts(draft)
    return any(
        name.group().strip() not in question for name in _NAMES_ONE.finditer(plain)
    )


def _kinds_of(noun: str) -> frozenset[str]:
    """The kinds of facts that have such a name."""
    return next((kinds for form, kinds in _NOUNS if form.search(noun)), frozenset())


def _counts_others(draft: str, asked: str) -> list[str]:
    """Cards are asked for and days are counted; 张 are asked for and 天 are counted."""
    thing, measure = _HOW_MANY_THINGS.search(asked), _HOW_MANY_ZH.search(asked)
    if thing is not None:
        named = own_words(thing[1])
        counted = [
            each for each in sentences(draft) if any(map(_is_number, facts(each)))
        ]
        if named and not any(named & own_words(each) for each in counted):
            return [f"asked for a number of {thing[1].strip()}, it counts others"]
    if measure and not re.search(rf"\d\s*{measure[1]}", in_digits(draft)):
        return [f"asked for a number of {measure[1]}, it counts others"]
    return []


def _is_duration(fact: Fact) -> bool:
    return fact.kind == "number" and fact.value.endswith(_TIME_UNITS)


def _is_moment(fact: Fact) -> bool:
    return fact.kind in _MOMENTS or _is_duration(fact)


def _is_day(fact: Fact) -> bool:
    return _is_moment(fact) and fact.kind != "time"


def _is_amount(fact: Fact) -> bool:
    return fact.kind in ("amount", "percent")


def _is_number(fact: Fact) -> bool:
    return fact.kind in ("amount", "percent", "number", "digits", "code")


def _is_figure(fact: Fact) -> bool:
    return _is_number(fact) and not _is_duration(fact)


# "What is the ... of", "...是多少": what is named is asked for, and nothing else.
_BY_NAME = re.compile(
    r"\b(?:what(?:'s| is)|tell me|like to know|may i know)\s+(?:the|your)\s+"
    r"([\w\- ]{2,40}?)\s*(?:\b(?:of|for)\b|[?.!]|$)"
    rf"|([{HAN}]{{2,8}}?)(?:是啥|是什么|是多少|多少)[呀啊呢]?\s*[?？。]?\s*$"
)
_FIGURES = frozenset({"amount", "percent", "figure", "measure", "row"})
_NOUNS = (
    (re.compile(r"e-?mail(?: address)?$|邮箱(?:地址)?$"), frozenset({"email"})),
    (re.compile(r"link$|\burl$|web ?site$|链接$|网址$"), frozenset({"link"})),
    (
        re.compile(
            r"\bprice$|\bcost$|\bfee$|票价$|门票$|月租$|价格$|[^免]费$|费用$|押金$"
        ),
        frozenset({"amount", "percent"}),
    ),
    (
        re.compile(
            "weight$|mass$|height$|length$|width$"
            "|size$|capacity$|volume$|temperature$|score$|rating$|speed$"
            "|[重电容]量$|[高长宽速]度$|体积$|温度$|积分$|评分$|分数$|尺寸$"
        ),
        _FIGURES,
    ),
    (
        re.compile("(?:account|order|customer|phone) number$|[账帐户单编]号$|号码$"),
        frozenset({"code", "digits", "row", "figure"}),
    ),
    (
        re.compile("limit$|maximum$|minimum$|[上下]限$"),
        _FIGURES | {"span"},
    ),
)
_PERSON = re.compile("head$|manager$|owner$|director$|经理$|[店馆院]长$|负责人$|主管$")
# A name is written in capitals, or stands behind "是".
_NAMES_ONE = re.compile(
    rf"(?<![.!?:]) (?!(?:I|We|You|It|The)\b)[A-Z][a-z]+"
    rf"|(?:[是为叫：:]|由)[{HAN}]{{2,8}}(?![{HAN}])|先生|女士"
)
_KINDS = (
    (_WAIT, _is_duration, "a duration"),
    (_WHICH_DAY, _is_day, "a day"),
    (_HOW_LONG, _is_moment, "a duration"),
    (_WHEN, _is_moment, "a time"),
    (_HOW_MUCH, _is_amount, "an amount"),
    (_HOW_FULL, _is_number, "a figure"),
    (_HOW_MANY, _is_number, "a number"),
)
