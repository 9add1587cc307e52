"""What a language model writes when it goes astray, told by the draft alone.

Loops, empty drafts, another language, cut words, broken bytes and pieces of the
template. Pure; the guard asks this first, and only then what the sources carry.
"""

import re
from collections import Counter
from collections.abc import Callable

from bot import polarity
from bot.language import detect
from bot.text import HAN, has_words, looks_binary, normalise, words

LONGEST = 1200  # characters of a reply

_CONTROL = re.compile(
    r"<[|｜][^<>]{0,40}[|｜]?>|<\s?/?\s?(?:s|bos|eos|unk|pad|mask|sep|cls)\s?>"
    r"|\[/?(?:INST|SYS|CLS|SEP|PAD|UNK|MASK)\]|<0x[0-9A-Fa-f]{2}>|<(?:start|end)_of_\w+>"
    r"|</?SYS>>|(?:^|\n)\s*#{2,}\s*(?:Instruction|Input|Response|System|User)s?\b"
    r"|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    r"\ufeff\ufffd\ud800-\udfff]"
)
_SPEAKER = re.compile(
    r"(?:^|\n)\s*(?:customer|agent|user|assistant|bot|question|answer|passage|system|q|a"
    r"|客户|顾客|用户|客服|问题?|答案?|资料|段落)\s*[:：]",
    re.I,
)
# UTF-8 that somebody read as Latin-1 or Windows-1252: "Ã©", "ä½ å¥½", "â€™".
_MISREAD = re.compile(
    r"(?:[\u00c2-\u00f4][\u00a0-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    r"){2}|[\u00c3\u00e2][\u00a0-\u00bf\u20ac]"
)
_FINISHED = re.compile(
    r"[.!?。！？~～…)）\"”」』》】\]]$|[\U0001F300-\U0001FAFF☺❤]\ufe0f?$"
)
_BEGINS_CUT = re.compile(r"^[,，。、;；:：!！?？)）」』”》】\]%％]|^\.(?!\d)")
_BRACKETS = tuple(zip("(（[【“「『《", ")）]】”」』》", strict=True))
_REPEATED = re.compile(r"(.{6,}?)(?:[\s,.;!?，。；！？、]*\1){2,}", re.DOTALL)
_STUTTER = re.compile(r"(.)\1{7,}|(.{2,5}?)\2{5,}", re.DOTALL)
# "the the", "the parcel the parcel"; with a stop between, both may be meant.
_DOUBLED = re.compile(r"\b([a-z]+(?: [a-z]+)?) \1\b")
_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；;\n])")
_HAN = re.compile(rf"[{HAN}]")
_LATIN = re.compile(r"[A-Za-z]+")
# Letters of neither language: kana, Hangul, Cyrillic, Arabic, Thai and their like.
_FOREIGN = re.compile(
    "[\u0370-\u052f\u0590-\u06ff\u0900-\u0e7f\u1100-\u11ff\u3040-\u30ff\uac00-\ud7af]"
)

_MOST_FOREIGN = 0.2  # of the letters; a name may be written in its own script
_STRAYED = {"zh": 6, "en": 8}  # words or characters in a row of the other language
_LEAST_VARIED = 0.3  # different words among all, of a text with this many:
_ENOUGH_WORDS = 24


def faults(draft: str, language: str, *, copied: bool = False) -> list[str]:
    """What is wrong with the form of a draft: one line each, none if it is sound.

    Args:
        draft: the written reply, any text at all.
        language: "zh" or "en", what it must be in; another is not looked at.
        copied: it stands so in its source, where items of a list often end in nothing
            and say the same.
    """
    if not has_words(draft):
        return ["it says nothing"]
    if len(draft) > LONGEST:
        return ["it is too long"]
    tests: list[tuple[str, Callable[[str], bool]]] = [
        ("has control pieces", _is_templated),
        ("is not text", looks_binary),
        ("has letters that were read wrongly", _is_misread),
        ("plays other speakers", _plays),
    ]
    if not copied:
        tests += [
            ("repeats itself", loops),
            ("begins in the middle", _begins_cut),
            ("is not finished", _is_cut),
        ]
    found = [f"it {what}" for what, fails in tests if fails(draft)]
    return found + _language(draft, language)


def _is_templated(draft: str) -> bool:
    return _CONTROL.search(draft) is not None


def _is_misread(draft: str) -> bool:
    return _MISREAD.search(draft) is not None


def _plays(draft: str) -> bool:
    return _SPEAKER.search(draft) is not None


def _begins_cut(draft: str) -> bool:
    return _BEGINS_CUT.search(draft.strip()) is not None


def _is_cut(draft: str) -> bool:
    if _FINISHED.search(draft.strip()) is None:
        return True
    return any(draft.count(begin) > draft.count(end) for begin, end in _BRACKETS)


def loops(draft: str) -> bool:
    """Whether it says the same again: letters, words, clauses or whole sentences."""
    said = normalise(draft)
    if _REPEATED.search(said) or _STUTTER.search(said):
        return True
    pieces = [
        clause.text for clause in polarity.clauses(draft) if len(clause.about) > 2
    ]
    if len(set(pieces)) < len(pieces):
        return True
    return _DOUBLED.search(said) is not None or _repeats_words(words(draft))


def _repeats_words(tokens: list[str]) -> bool:
    """Chinese said twice in a row, four words again and again, or few words only."""
    twice = zip(tokens, tokens[1:], strict=False)
    if any(one == other and _HAN.match(one) for one, other in twice):
        return True
    fours = Counter(tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3))
    # Long lists of steps name their subject in each.
    if max(fours.values(), default=0) > 2 + len(tokens) // 60:
        return True
    return _says_little(tokens)


def _says_little(tokens: list[str]) -> bool:
    """Many words and few different ones; Chinese characters count as words."""
    row = [each for token in tokens for each in _single(token)]
    if len(row) < _ENOUGH_WORDS:
        return False
    return len(set(row)) < _LEAST_VARIED * len(row)


def _single(token: str) -> list[str]:
    return list(token) if _HAN.match(token) else [token]


def _language(draft: str, language: str) -> list[str]:
    if language not in _STRAYED:
        return []
    if detect(draft, ("zh", "en"), language) != language:
        return [f"it is not written in {language}"]
    letters = sum(character.isalpha() for character in draft)
    if len(_FOREIGN.findall(draft)) > _MOST_FOREIGN * letters:
        return [f"it is not written in {language}"]
    if any(_strays(each, language) for each in _SENTENCES.split(draft)):
        return [f"it does not stay in {language}"]
    return []


def _strays(sentence: str, language: str) -> bool:
    """Whether a whole sentence is in the other language; names alone are not."""
    han, latin = len(_HAN.findall(sentence)), len(_LATIN.findall(sentence))
    if language == "zh":
        return han == 0 and latin >= _STRAYED["zh"]
    return latin == 0 and han >= _STRAYED["en"]
