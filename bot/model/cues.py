"""Words and marks that show a mood without any model: pleased, displeased, angry.

A negation before a word turns it: "not good" is displeased, "no problem" is a word of
its own. The words are our own list, for customer service in Chinese and English.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

PLEASED: Final = (
    "谢谢|感谢|多谢|辛苦了|太好了|太棒|很棒|真棒|棒|赞|很好|真好|非常好|好用|好吃|好看|喜欢|爱了|满意"
    "|推荐|不错|开心|高兴|惊喜|完美|舒服|划算|超值|值得|贴心|耐心|热情|周到|专业|顺利|放心|很快|真快|超快"
    "|新鲜|漂亮|精美|实惠|好评|没问题|没有任何问题|回头客|满分|干净|正宗|地道|美味|可口|舒适|到位"
    r"|\b(?:thanks?|thank you|thx|cheers|great|good|excellent|awesome|amazing|perfect"
    r"|love(?:ly|d|s)?|like[ds]?|happy|glad|pleased|satisfied|wonderful|fantastic"
    r"|brilliant|nice|best|helpful|friendly|kind|fast|quick|delicious|beautiful"
    r"|recommend(?:ed)?|enjoyed|appreciate|impress(?:ed|ive)|delighted|no problems?"
    r"|well (?:done|made)|worth|solved|smoothly|flawless(?:ly)?)\b"
)
DISPLEASED: Final = (
    "失望|差劲|太差|很差|质量差|态度差|不好|不行|难吃|难用|难看|后悔|坏了|破了|裂|漏|脏|臭|慢|太贵|烦|麻烦"
    "|郁闷|着急|担心|头疼|无语|敷衍|粗糙|掉色|褪色|开胶|故障|闪退|失败|没人理|没人回|不值|不满|差评|难受"
    "|糟糕|冷淡|一般|凑合|吵|发错|少发|漏发|丢了|弄丢|扫兴|不舒服|不新鲜|再也不|缺点|遗憾|可惜|偏小|偏大"
    r"|\b(?:bad|poor(?:ly)?|broken|broke|disappoint(?:ed|ing)?|slow(?:er)?|wrong|missing"
    r"|lost|late|damaged|faulty|defective|leak(?:s|ed|ing)?|crack(?:ed|s)?|dirty|cold"
    r"|regret|worried|annoy(?:ed|ing)|unhappy|unfortunately|problem|crash(?:es|ing|ed)?"
    r"|fail(?:s|ed)?|uncomfortable|expensive|cheap|rude|complain(?:t|ts|ed)?|pity"
    r"|tasteless|spoiled|noisy|useless|waste|never works?|doesn't work)\b"
)
ANGRY: Final = (
    "气死|气人|生气|愤怒|怒|投诉|曝光|骗|欺诈|诈骗|垃圾|坑人|坑爹|黑店|黑心|无良|无耻|恶心|恶劣|过分|离谱|受够"
    "|受不了|忍无可忍|废物|滚|他妈|妈的|傻|脑残|耍我|耍人|起诉|律师|法院|报警|消协|12315|工商|良心|不要脸"
    "|霸王|太可恶|可恶|凭什么|到底|什么破|破东西|说了多少遍|几遍了|嚣张|混蛋|王八|狗屁|扯淡|第[三四五六七八九十]次"
    r"|\b(?:ridiculous|furious|angry|outrageous|unacceptable|disgust(?:ing|ed)|disgrace"
    r"(?:ful)?|scam(?:mers?)?|fraud|thie(?:f|ves)|stole|steal(?:ing)?|liars?|lied|lying"
    r"|cheat(?:s|ers?|ed)?|crooks?|rip-?off|garbage|rubbish|trash|crap|bullshit|shit|damn"
    r"|hell|fuck\w*|idiots?|stupid|moron|pathetic|worst|terrible|horrible|awful|appalling"
    r"|hate|sick (?:and tired )?of|fed up|had enough|sue|lawyer|court|how dare|shame"
    r"|what is wrong with|joke|third time|unbelievable|lost (?:all )?patience)\b"
)
_NOT: Final = (
    "(?:不太|不怎么|不是很|没有那么|并不|不|没有|没|别|无)"
    r"|(?:\b(?:not|isn't|wasn't|aren't|don't|doesn't|didn't|never|no longer|hardly"
    r"|wouldn't|can't|cannot)\s+(?:\w+\s+){0,2}?)"
)
_WORDS: Final = re.compile(
    rf"(?P<pleased>{PLEASED})|(?P<displeased>{DISPLEASED})|(?P<angry>{ANGRY})", re.I
)
_NEGATED: Final = re.compile(rf"(?:{_NOT})$", re.I)
_LOOKED_BACK: Final = 24  # characters before a word in which it may be negated
_MARKS: Final = re.compile("[!！]|[?？]{2,}")
_LETTERS: Final = re.compile("[A-Za-z]")
_LONGEST: Final = 10_000
NAMES: Final = ("pleased", "displeased", "angry", "marks", "shouting")


def cues(text: str) -> dict[str, float]:
    """How much there is of each, from 0 on, by `NAMES`."""
    read = text[:_LONGEST].replace("’", "'")
    counts = dict.fromkeys(NAMES, 0.0)
    for match in _WORDS.finditer(read):
        kind = str(match.lastgroup)
        before = read[max(0, match.start() - _LOOKED_BACK) : match.start()]
        if kind == "pleased" and _NEGATED.search(before):
            kind = "displeased"
        elif kind != "pleased" and _NEGATED.search(before):
            continue
        counts[kind] += 1.0
    counts["marks"] = float(len(_MARKS.findall(read)))
    letters = _LETTERS.findall(read)
    loud = sum(map(str.isupper, letters))
    counts["shouting"] = float(len(letters) >= 8 and loud > 0.7 * len(letters))
    return counts


def cue_rows(texts: Sequence[str]) -> NDArray[np.float32]:
    """The cues of texts as numbers of like size, float32 [texts, cues]."""
    rows = [[cues(text)[name] for name in NAMES] for text in texts]
    found = np.asarray(rows, np.float32).reshape(len(texts), len(NAMES))
    return np.log1p(found).astype(np.float32)
