"""Whether a text rests on its sources and answers its question, word by word.

A small model that splices two sentences, or answers another question, is recognised
by pairs of words that stand nowhere together, and by what the question asked for.
"""

import re
from collections.abc import Sequence

from bot.asked import WHEN_ASKED, kind_of
from bot.facts import Fact, facts, without_facts
from bot.model.lists import without_marks
from bot.numerals import in_digits
from bot.polarity import clauses
from bot.text import HAN, character_bigrams, has_words, words

_SENTENCE = re.compile(r"(?<=[.!?])\s+|[。！？；;\n]")
_HAN_RUN = re.compile(rf"[{HAN}]+")

_LEAST_WORDS = 0.7  # of a reply's words that mean something, in the sources
_LEAST_PAIRS = 0.5  # of its neighbouring words, together there
_MOST_LOOSE_PAIRS = 2  # however few it has
_LEAST_ASKED = 0.3  # of the question's words, in what the reply rests on

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
_ASKING = re.compile(
    r"\b(?:how|what|when|which|where|who|why|long|many|much|until|tell|know|want|need"
    r"|there|any|about|get|got|does|doe)\b"
    r"|请问|想问|多久|几天|打?几折|几点|几号|几个|多少天?钱?元?|怎么样?办?|什么时?候?|为什么|为啥|啥时?候?"
    r"|哪里|哪个|哪天|哪些|在哪|如何|是不是|能不能|可不可以|有没有|要不要|吗|呢|咋|你们|我们"
)
_SMALL = re.compile(
    r"(?:an?|the|is|are|was|be|been|to|of|for|in|on|it|and|or|do|did|can|could|will"
    r"|would|you|your|we|our|i|my|me|this|that|with|at|by|from|as|if|so|ha[sd]|have"
    r"|sorry|yes|hi|hello)|[能可以会要有是我你您他们这那个一在到去来和与就都也还再被把给对不没"
    r"上下内后前时]"
)
_NOTHING = re.compile(
    r"\b(?:free|not|no|never|cannot|none|any ?time|always)\b|n't\b"
    r"|不|没|无|免|随时|任意"
)


def objections(
    draft: str, sources: Sequence[str], question: str, *, met: bool = False
) -> list[str]:
    """What is wrong with a draft's footing, one line each; `met` as in the guard."""
    found = footing(draft, sources, question)
    if not met:
        found += _relevance(draft, sources, question)
    found += _asked_for(draft, question, counted=not met)
    return found


def footing(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """Whether its words, and its neighbouring words, stand in the sources."""
    return _words(draft, sources, question) + _pairs(draft, sources, question)


def sentences(text: str) -> list[str]:
    """The sentences of a text that have words."""
    pieces = _SENTENCE.split(without_marks(text))
    return [piece for piece in pieces if has_words(piece)]


def subject(text: str) -> set[str]:
    """The words that tell what a text is about."""
    about = (clause.about for clause in clauses(without_facts(text)))
    return {token for each in about for token in each}


def _words(draft: str, sources: Sequence[str], question: str) -> list[str]:
    known = {token for text in (*sources, question) for token in _tokens(text)}
    said = [token for clause in clauses(without_facts(draft)) for token in clause.about]
    carried = sum(token in known for token in said)
    if len(said) - carried > 1 and carried < _LEAST_WORDS * len(said):
        return [f"only {carried} of its {len(said)} words are in the sources"]
    return []


def _tokens(text: str) -> list[str]:
    return character_bigrams(without_facts(text))


def _pairs(draft: str, sources: Sequence[str], question: str) -> list[str]:
    known = {pair for text in (*sources, question) for pair in _neighbours(text)}
    for sentence in sentences(draft):
        said = _neighbours(sentence)
        loose = sum(pair not in known for pair in said)
        if loose > _MOST_LOOSE_PAIRS and loose > (1 - _LEAST_PAIRS) * len(said):
            return [f"spliced: {loose} of {len(said)} word pairs stand nowhere"]
    return []


def _neighbours(text: str) -> list[tuple[str, str]]:
    """Words that stand side by side; Chinese characters count as words."""
    row: list[str] = []
    for word in words(without_facts(text).replace("□", " 0 ")):
        row += word if _HAN_RUN.fullmatch(word) else [word]
    return [
        (one, other)
        for one, other in zip(row, row[1:], strict=False)
        if "0" not in (one, other)
    ]


def _relevance(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """The question must meet what the draft rests on, headings included."""
    asked = _topics(_ASKING.sub(" ", question.lower()))
    if not asked:
        return []
    footing = _topics(draft)
    pieces = [piece for source in sources for piece in _pieces(source)]
    for said in sentences(draft):
        about = _topics(said)
        best = max(pieces, key=lambda piece: len(piece[0] & about), default=None)
        if best is not None:
            footing |= best[0] | best[1]
    if len(asked & footing) < max(1.0, _LEAST_ASKED * len(asked)):
        return ["beside the question: " + " ".join(sorted(asked - footing)[:8])]
    return []


def _pieces(source: str) -> list[tuple[set[str], set[str]]]:
    """Each sentence's words, with those of the source's heading."""
    heading = _topics(source.partition("\n")[0]) if "\n" in source else set()
    return [(_topics(text), heading) for text in sentences(source)]


def _topics(text: str) -> set[str]:
    """Its words and Chinese characters, without those that any text has."""
    found = (token for token in _tokens(text) if not _SMALL.fullmatch(token))
    return {each for each in found if each.isascii() or len(each) == 1}


def _asked_for(draft: str, question: str, *, counted: bool) -> list[str]:
    """A question for a time or an amount needs one in its answer."""
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
        named = _topics(thing[1])
        counted = [
            each for each in sentences(draft) if any(map(_is_number, facts(each)))
        ]
        if named and not any(named & _topics(each) for each in counted):
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
        re.compile(r"\bprice$|\bcost$|\bfee$|票价$|价格$|[^免]费$|费用$|押金$"),
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
