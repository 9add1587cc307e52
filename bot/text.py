"""Text as it is compared, never as it is shown.

Two texts with the same `question_key` are the same question: letter case, full-width
forms, spaces, punctuation and invisible characters do not matter. All functions here
are pure, total and safe on any string, lone surrogates and control characters included.
"""

import re
import unicodedata

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""The inside of a character class that matches Chinese characters."""

_PUNCTUATION = str.maketrans(
    {
        "。": ".",
        "、": ",",
        "「": '"',
        "」": '"',
        "『": '"',
        "』": '"',
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "ʼ": "'",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "―": "-",
        "−": "-",
        "〜": "~",
        "﹏": "~",
        "·": ".",
        "・": ".",
        "￥": "¥",
    }
)
_HAN_GAP = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_SPACES = re.compile(r"\s+")
_TOKENS = re.compile(rf"[{HAN}]+|[^\W_]+(?:['.\-][^\W_]+)*")
_HAN_RUN = re.compile(rf"[{HAN}]+")
_LATIN_RUN = re.compile(rf"[^{HAN}]+")
_PARTICLES = re.compile("[的了吗呢啊吧呀嘛]")
_ARTICLES = frozenset({"a", "an", "the", "please"})
_SURROGATES = re.compile("[\ud800-\udfff]")
_INVISIBLE = frozenset({"Cf", "Co", "Cs"})
_CONTROLS = frozenset({"Cc", "Cs", "Co", "Cn"})


def storable(text: str) -> str:
    """The same text without what no database holds: NUL and lone surrogates."""
    return _SURROGATES.sub("\ufffd", text.replace("\x00", "\ufffd"))


def normalise(text: str) -> str:
    """Fold the ways in which one text can be typed into one form.

    NFKC, lower case, one kind of quotation mark and dash, Chinese punctuation as its
    Western twin, single spaces and none between Chinese characters, no invisible
    characters. Punctuation stays.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION).casefold()
    visible = "".join(
        " " if unicodedata.category(character) == "Cc" else character
        for character in folded
        if unicodedata.category(character) not in _INVISIBLE
    )
    return _SPACES.sub(" ", _HAN_GAP.sub("", visible)).strip()


def words(text: str) -> list[str]:
    """Latin words and numbers, and runs of Chinese characters, normalised."""
    found: list[str] = []
    for token in _TOKENS.findall(normalise(text)):
        han = _HAN_RUN.findall(token)
        found += [token] if not han else _split_scripts(token)
    return found


def question_key(text: str) -> str:
    """What two wordings of the same question share: `words` joined, "" if none."""
    return " ".join(words(text))


def character_bigrams(text: str) -> list[str]:
    """The search tokens of a text, with repetitions.

    A run of Chinese characters gives each character and each overlapping pair
    ("查物流" -> 查, 物, 流, 查物, 物流); a Latin word gives itself without a plural s.
    Particles and articles say nothing and are left out, if anything else is there.
    """
    said = words(text)
    tokens = [token for word in said for token in _search_tokens(word)]
    return tokens or said


def _search_tokens(word: str) -> list[str]:
    if not _HAN_RUN.fullmatch(word):
        return [] if word in _ARTICLES else [_singular(word)]
    said = _PARTICLES.sub("", word)
    return [*said, *(said[i : i + 2] for i in range(len(said) - 1))]


def has_words(text: str) -> bool:
    """Whether there is any letter or digit in it."""
    return any(character.isalnum() for character in text)


def looks_binary(text: str) -> bool:
    """Whether it is a file's bytes rather than something a person typed."""
    if not text:
        return False
    odd = sum(
        character == "\ufffd"
        or (unicodedata.category(character) in _CONTROLS and character not in "\t\n\r")
        for character in text
    )
    return odd * 10 > len(text)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _split_scripts(token: str) -> list[str]:
    pieces: list[str] = []
    position = 0
    while position < len(token):
        run = _HAN_RUN.match(token, position) or _LATIN_RUN.match(token, position)
        if run is None:
            break
        pieces.append(run.group().strip("'.-"))
        position = run.end()
    return [piece for piece in pieces if piece]


def _singular(word: str) -> str:
    word = word.removesuffix("'s")
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
