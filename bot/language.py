"""Which language a message is in: always one of the configured ones.

The script decides first. Only when several configured languages share a script is a
statistical guess made, among those alone; its model is loaded once, on first need.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from bot.text import HAN

_HAN_CHARACTERS = re.compile(rf"[{HAN}]")
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff]")
_HANGUL = re.compile("[\uac00-\ud7af\u1100-\u11ff]+")
_CYRILLIC = re.compile("[\u0400-\u052f]+")
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]+")
_LATIN_WORDS = re.compile("[A-Za-z\u00c0-\u024f\uff21-\uff3a\uff41-\uff5a]+")
_ADDRESSES = re.compile(r"https?://\S+|www\.\S+|\S+@\S+")

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

    In a mixed text the script with more words wins, so "我的order到哪了" is Chinese and
    "快递 tracking code, where do I get it" is English.
    """
    weights = _script_weights(_ADDRESSES.sub(" ", text))
    script = max(weights, key=lambda name: weights[name])
    if weights[script] == 0:
        return default
    fitting = [each for each in languages if _SCRIPT_OF.get(each, "latin") == script]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        return default
    return _guess(text, tuple(sorted(fitting)))


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
