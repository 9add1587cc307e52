"""Which language a message is in: always one of the configured ones.

The script decides first; Chinese in Latin letters (pinyin) is told by its syllables.
In a text of Chinese and English, the one that the little words are in speaks, whatever
products and terms it names. Only when several configured languages share a script is a
statistical guess made, among those alone; its model is loaded once, on first need.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from bot.pinyin import is_pinyin
from bot.text import HAN

_HAN_CHARACTERS = re.compile(rf"[{HAN}]")
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff]")
_HANGUL = re.compile("[\uac00-\ud7af\u1100-\u11ff]+")
_CYRILLIC = re.compile("[\u0400-\u052f]+")
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]+")
_LATIN_WORDS = re.compile("[A-Za-z\u00c0-\u024f\uff21-\uff3a\uff41-\uff5a]+")
_ENGLISH_GLUE = re.compile(
    r"\b(?:the|an|is|are|am|was|were|be|do|does|did|have|has|i|i'm|me|my|we|our|you|your"
    r"|it|this|that|these|where|when|what|how|why|who|which|can|could|will|would|should"
    r"|may|to|of|in|on|at|for|from|with|and|or|not|please|plz|pls|there|if|but)\b",
    re.I,
)
_CHINESE_GLUE = re.compile(
    "[的了吗嗎呢吧啊呀我你您们們是没沒有在哪几幾请請想要能会會给給把被这這那到"
    "唔咩係喺嘅咗哋啲冇乜邊]|不[能会會要到了行可对對好想知用是]|怎[么麼样樣]|什[么麼]|多少|可以|如何|多久"
)
# An address by mail begins where its word does: tried from each letter of a long word,
# it would be read to the end each time.
_ADDRESSES = re.compile(r"https?://\S+|www\.\S+|(?<!\S)\S+@\S+")

_SCRIPT_OF = {
    "zh": "han",
    "ja": "kana",
    "ko": "hangul",
    "ru": "cyrillic",
    "uk": "cyrillic",
    "bg": "cyrillic",
    "ar": "arabic",
    "fa": "arabic",
}
# A Chinese word is about one and a half characters long, a Latin one is one match.
_WORDS_PER_HAN_CHARACTER = 0.7


class _Identifier(Protocol):
    def set_languages(self, langs: list[str]) -> None: ...

    def classify(self, text: str) -> tuple[str, float]: ...


def detect(
    text: str, languages: Sequence[str] = ("zh", "en"), default: str = "en"
) -> str:
    """The language of a text, one of `languages`; `default` when nothing shows it.

    In a mixed text the language of the little words wins, else the script with more
    words: "iPhone 15 Pro Max 有吗" and "我的order到哪了" are Chinese, "快递 tracking
    code, where do I get it" is English. A language that is not configured and has a
    script of its own is answered in `default`.
    """
    read = unicodedata.normalize("NFKC", _ADDRESSES.sub(" ", text))
    weights = _script_weights(read)
    script = max(weights, key=lambda name: weights[name])
    if weights[script] == 0:
        return default
    if {script, _second(weights, script)} == {"han", "latin"}:
        script = _glued(read) or script
    if script == "latin" and "zh" in languages and is_pinyin(read):
        return "zh"
    fitting = [each for each in languages if _SCRIPT_OF.get(each, "latin") == script]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        return default
    return _guess(text, tuple(sorted(fitting)))


def _second(weights: Mapping[str, float], first: str) -> str:
    rest = {name: weight for name, weight in weights.items() if name != first}
    second = max(rest, key=lambda name: rest[name])
    return second if rest[second] else ""


def _glued(text: str) -> str:
    """The script of the little words; "" where both languages have some, or none."""
    english = bool(_ENGLISH_GLUE.search(text))
    chinese = bool(_CHINESE_GLUE.search(text))
    if english == chinese:
        return ""
    return "latin" if english else "han"


def _script_weights(text: str) -> dict[str, float]:
    han = len(_HAN_CHARACTERS.findall(text)) * _WORDS_PER_HAN_CHARACTER
    kana = len(_KANA.findall(text))
    return {
        # Japanese is written in both: a few kana among the characters tell.
        "han": 0.0 if kana * 4 > han else han,
        "kana": kana + han if kana * 4 > han else 0.0,
        "latin": float(len(_LATIN_WORDS.findall(text))),
        "hangul": float(len(_HANGUL.findall(text))),
        "cyrillic": float(len(_CYRILLIC.findall(text))),
        "arabic": float(len(_ARABIC.findall(text))),
    }


def _guess(text: str, languages: tuple[str, ...]) -> str:
    return _identifier(languages).classify(text)[0]


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...]) -> _Identifier:
    # Imported here: most shops speak languages that their scripts tell apart.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier: _Identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(languages))
    return identifier
