"""Yes and no, before and after, at least and at most: does a text say the opposite?

A text is cut into clauses, each is compared with the clauses of the sources that are
about the same, and what denies where they affirm is named. Word for word repetition is
never an opposite.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.numerals import in_digits
from bot.text import HAN, character_bigrams, normalise

_CLAUSE = re.compile(
    rf"[.!?;,:](?=\s|$|[\"')])|[;!?\n]|(?<=[{HAN}])[,.:]|[,.:](?=[{HAN}])"
)
_NOT_EN = re.compile(
    r"n't\b|\b(?:not|no|never|none|nothing|neither|nor|cannot|cant|wont|dont|without"
    r"|unable|impossible|unavailable|refuse[ds]?|declin\w+|forbidden|prohibited|except"
    r"|excluded|excluding|exclude[ds]?|hardly|non|nobody|nowhere)\b"
)
_NOT_ZH = re.compile("不|没|无|未|非|别|勿|禁止|拒绝|除外|除了|免(?=[收付除运])|谢绝")
_NO_NEGATION_EN = re.compile(
    r"\bno (?:worries|problem|doubt|later than|more than|less than)\b|\bnot only\b"
)
_NO_NEGATION_ZH = re.compile(
    "不过|不仅|不但|不只|不光|不好意思|不客气|无论|不论|不管|非常|没问题|没关系|差不多|不错"
    "|不同|不断|不妨|不如|要不|能不能|可不可以|是不是|有没有|好不好|会不会|行不行|要不要"
    "|未来|无线|无忧|不锈钢|别人|别的|特别|分别|区别|类别|级别|不足|不满|不少于|不低于"
    "|未使用|未拆封?|未开封|未付款|未发货|未打包|未注册|未登录|未用过|没用过|没拆封?"
    "|不超过|不迟于|不晚于|不久|不必担心|不用担心"
)
_OPPOSITES: tuple[tuple[str, str], ...] = (
    (r"\bbefore\b|之前|以前", r"\bafter\b|之后|以后"),
    (r"\bopened\b|拆封", r"\bunopened\b|未拆封?"),
    (r"\bused\b|(?<!没)(?<!未)用过", r"\bunused\b|未使用|没用过|未用过"),
    (r"\bonline\b|线上|网上", r"\boffline\b|线下|门店"),
    (r"\bfree\b|免费", r"\bcharged?\b|\bpaid\b|\bfees?\b|收费|付费"),
    (r"\b(?:possible|allowed|accepted)\b|可以|支持", r"\b(?:impossible|refused)\b"),
    (r"\binclude[sd]?\b|包含|包括|含税", r"\bexclude[sd]?\b|不含|另付"),
    (r"\bour fault\b", r"\byour fault\b"),
    (r"\bmore\b|\bincrease\w*|增加|上涨", r"\bless\b|\bdecrease\w*|减少|下降"),
    (r"\bearl(?:y|ier)\b|提前", r"\blater?\b|推迟|延后"),
    (r"\bopen(?:s|ing)?\b|营业", r"\bclose[sd]?\b|\bclosing\b|关门|打烊|休息"),
    (r"\bsame day\b|当天", r"\bnext day\b|次日|第二天"),
    (r"\bminimum\b|\bat least\b|至少", r"\bmaximum\b|\bat most\b|最多"),
    (r"\bcustomer pays\b|您承担|买家承担|自理", r"\bwe pay\b|我们承担|商家承担"),
)  # fmt: skip
_PAIRS = tuple((re.compile(a), re.compile(b)) for a, b in _OPPOSITES)
_YES = re.compile(
    r"(?:yes|yeah|yep|sure|certainly|of course|absolutely|correct|right|definitely)\b"
    r"|可以|能|是的|对的?|当然|支持|没问题|有的|好的"
)
_NO = re.compile(
    r"(?:no(?! worries| problem)|nope|unfortunately)\b"
    r"|不可以|不能|不是|不行|不支持|没有"
)
_CONDITION = re.compile(
    r"(?:if|unless|as long as|provided|when|once|until|except)\b"
    r"|只要|如果|若|要是|除非|一旦"
)

_ALIKE = 0.5  # of a clause's weight in a source clause: then they are about the same
_CLEARLY = 0.1  # by which one clause must be more alike than another
_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the a an is are was be to of for in on it and or do does did can could will "
        "would you your we our i my me this that with at by from as not no yes if so "
        "have has please sorry 可以 我们 您的 的是",
    )
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a sentence: what it is about, and whether it denies."""

    text: str
    about: frozenset[str]
    denies: bool


def flipped(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """The clauses of a draft that say the opposite of a source's like clause."""
    known = [clause for source in sources for clause in clauses(source)]
    said = clauses(draft)
    repeated = {clause.text for clause in known}
    found = [
        clause.text
        for clause in said
        if clause.text not in repeated
        and not _CONDITION.match(clause.text)
        and _contradicts(clause, known)
    ]
    if all(clause.text in repeated for clause in said[:2]):
        return found
    if not found and _answers_wrongly(said, known, question):
        found.append(said[0].text)
    return found


def clauses(text: str) -> list[Clause]:
    """The clauses of a text, normalised; those without words are left out."""
    lines = (normalise(line) for line in text.splitlines())
    pieces = (piece.strip() for line in lines for piece in _CLAUSE.split(line))
    return [_clause(piece) for piece in pieces if piece]


def _clause(text: str) -> Clause:
    about = frozenset(
        token
        for token in character_bigrams(text)
        if token not in _EMPTY_WORDS and (len(token) > 1 or not _is_han(token))
    )
    return Clause(text, about, _denials(text) % 2 == 1)


def _is_han(token: str) -> bool:
    return re.fullmatch(f"[{HAN}]", token) is not None


def _denials(text: str) -> int:
    plain = _NO_NEGATION_EN.sub("", _NO_NEGATION_ZH.sub("", text))
    return len(_NOT_EN.findall(plain)) + len(_NOT_ZH.findall(plain))


def _likeness(one: Clause, other: Clause) -> float:
    if not one.about or not other.about:
        return 0.0
    return len(one.about & other.about) / min(len(one.about), len(other.about) + 2)


def _contradicts(clause: Clause, known: Sequence[Clause]) -> bool:
    alike = [(min(1.0, _likeness(clause, other)), other) for other in known]
    alike = [(share, other) for share, other in alike if share >= _ALIKE]
    if not alike or len(clause.about) < 2:
        return False
    best = max(share for share, _ in alike)
    nearest = [other for share, other in alike if share >= best - _CLEARLY]
    return all(_opposite(clause, other) for other in nearest)


def _opposite(one: Clause, other: Clause) -> bool:
    if one.denies is not other.denies:
        return True
    return any(
        _only(first, second, one.text)
        and _only(second, first, other.text)
        or _only(second, first, one.text)
        and _only(first, second, other.text)
        for first, second in _PAIRS
    )


def _only(first: re.Pattern[str], second: re.Pattern[str], text: str) -> bool:
    return bool(first.search(text)) and not second.search(text)


def _answers_wrongly(
    said: Sequence[Clause], known: Sequence[Clause], question: str
) -> bool:
    """A leading yes where the nearest source clause denies, or the other way round."""
    first = said[0].text
    yes = _YES.match(first) is not None and not said[0].denies
    no = _NO.match(first) is not None
    if yes is no:
        return False
    asked = _clause(normalise(question + " " + " ".join(c.text for c in said[:2])))
    plain = [other for other in known if not _CONDITION.match(other.text)]
    nearest = max(plain, key=lambda other: _overlap(asked, other), default=None)
    if nearest is None or _overlap(asked, nearest) < _ALIKE:
        return False
    return nearest.denies if yes else not nearest.denies and not _restricts(nearest)


def _overlap(asked: Clause, other: Clause) -> float:
    return len(asked.about & other.about) / max(2, len(other.about))


def _restricts(clause: Clause) -> bool:
    return re.search(r"\bonly\b|\bmust\b|只|仅|必须|需要?", clause.text) is not None


# --- limits: "from 99" is not "up to 99"

_AT_MOST = re.compile(
    r"(?:up to|at most|within|under|less than|below|no more than|not more than"
    r"|maximum(?: of)?|max|until|before|by"
    r"|不超过|最多|至多|低于|不足|少于|小于|不满|不到|未满)\s*[¥$€£]?$"
)
_AT_LEAST = re.compile(
    r"(?:from|over|above|at least|more than|after|minimum(?: of)?|starting (?:at|from)"
    r"|exceed\w*|满|超过|至少|最少|高于|大于|超出|多于|不少于|不低于)\s*[¥$€£]?$"
)
_AT_MOST_AFTER = re.compile(
    r"\s*(?:个?工作日|天|元|年|月|小时|分钟)?(?:以内|之内|内|以下|之前|以前|前)"
)
_AT_LEAST_AFTER = re.compile(
    r"\s*(?:个?工作日|天|元|年|月|小时|分钟)?(?:以上|之上|起|之后|以后|后)"
    r"|\s*(?:and|or) (?:more|above|over)"
)
_MIDNUMBER = re.compile(r"(?<![\d.,])(?:[¥$€£]\s?)?(\d[\d,]*(?:\.\d+)?)")


def turned_round(draft: str, sources: Sequence[str]) -> list[str]:
    """The numbers that are a lower limit here and an upper one there, or reversed."""
    known = _limits("\n".join(sources))
    return [
        number
        for number, sides in _limits(draft).items()
        if number in known and known[number] and sides and not sides & known[number]
    ]


def _limits(text: str) -> dict[str, set[str]]:
    """Each number of a text with the sides on which it is a limit."""
    plain = in_digits(normalise(text))
    limits: dict[str, set[str]] = {}
    for found in _MIDNUMBER.finditer(plain):
        before, after = plain[: found.start()], plain[found.end() :]
        sides = limits.setdefault(found[1].replace(",", ""), set())
        if _AT_MOST.search(before) or _AT_MOST_AFTER.match(after):
            sides.add("most")
        elif _AT_LEAST.search(before) or _AT_LEAST_AFTER.match(after):
            sides.add("least")
    return limits
