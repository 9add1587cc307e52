"""Whether a sentence is about another thing of the kind that was asked about.

"The Bergen office opens at 9" shares nearly all its words with a question about the
Oslo office and answers nothing. What both speak of stands beside different names:
"flight M324" for "flight D183", "睡袋的邮箱" for "帐篷邮箱". Pure.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

from bot.model.gloss import glossary
from bot.terms import content, is_small, stem
from bot.text import HAN

_TOKEN: Final = re.compile(rf"[A-Za-z0-9][\w'’&\-]*|[.!?:;,()]|[{HAN}]+")
_SENTENCE_END: Final = frozenset(".!?:;")
_SHORTEST: Final = 3  # letters of a name in small letters, and of what it names
_MOSTLY: Final = 0.5  # of the words have a capital: then capitals say nothing

_RUN: Final = re.compile(rf"[{HAN}A-Za-z0-9]+$")
_OPENS: Final = re.compile(
    "^(?:亲|那|请问|想问|我想问|麻烦|问下|你好|您好|你们|我们|您|你|我|请|帮我|查一?下|现在|目前|当前)+"
)
_OWNED: Final = re.compile("(?:现在|目前|当前)?的?$")
_LONGEST: Final = 12  # characters of a Chinese name
_SHARED: Final = 2  # Chinese characters that two texts have in a row
_WORD: Final = 2  # characters of a Chinese word in the dictionary


def about_another(
    question: str, told: str, ours: frozenset[str], others: Sequence[frozenset[str]]
) -> bool:
    """Whether a sentence of a reply is about a namesake of what was asked about.

    Args:
        told: the sentence that the reply keeps to.
        ours: the terms of its passage, see `content`; others: those of each other one.
    """
    return _by_names(question, told, ours) or any(
        _is_another(asked, ours, others) for asked, _ in _modifiers(question, told)
    )


# --- words apart by spaces: names beside the same noun


def _by_names(question: str, told: str, ours: frozenset[str]) -> bool:
    asked, said = _named(question), _named(told)
    return any(
        names.isdisjoint(said[noun])
        and not any(content(name) & (ours | content(told)) for name in names)
        for noun, names in asked.items()
        if said.get(noun)
    )


class _Token(NamedTuple):
    text: str
    begins: bool  # a sentence


def _named(text: str) -> dict[str, set[str]]:
    """The names that stand directly before or behind each noun, by its stem."""
    tokens = list(_tokens(text))
    words = [each.text for each in tokens if each.text[0].isalpha()]
    capitals = sum(word[0].isupper() for word in words)
    capitals_count = capitals <= max(2, _MOSTLY * len(words))
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in pairwise(tokens):
        for name, noun in ((one, other), (other, one)):
            if _is_noun(noun.text) and _is_name(name, capitals_count):
                found[stem(noun.text.lower())].add(_plain(name.text))
    return dict(found)


def _tokens(text: str) -> Iterator[_Token]:
    begins = True
    for found in _TOKEN.finditer(text):
        yield _Token(found.group(), begins)
        begins = found.group() in _SENTENCE_END


def _is_name(token: _Token, capitals_count: bool) -> bool:
    text = _plain(token.text)
    if not text[:1].isalnum() or not text.isascii() or is_small(text):
        return False
    if any(map(str.isdigit, text)):
        return any(map(str.isalpha, text))
    if capitals_count and token.text[0].isupper() and not token.begins:
        return True
    return len(text) >= _SHORTEST and not glossary().is_english(text)


def _is_noun(text: str) -> bool:
    folded = text.lower()
    return (
        folded.isascii()
        and folded.isalpha()
        and len(folded) >= _SHORTEST
        and not is_small(folded)
        and glossary().is_english(folded)
    )


def _plain(text: str) -> str:
    return re.sub("['’]s$", "", text).lower()


# --- Chinese: what stands before the same words


def _modifiers(question: str, told: str) -> Iterator[tuple[str, str]]:
    """What stands directly before words that both have, where it differs wholly."""
    blocks = SequenceMatcher(None, question, told, autojunk=False).get_matching_blocks()
    for start, place, size in blocks:
        shared = question[start : start + size]
        if size < _SHARED or re.fullmatch(f"[{HAN}]+", shared) is None:
            continue
        asked = _OPENS.sub("", _before(question[:start]))
        said = _OPENS.sub("", _before(told[:place]))
        if min(len(asked), len(said)) >= _WORD and not set(asked) & set(said):
            yield asked, said


def _before(text: str) -> str:
    found = _RUN.search(_OWNED.sub("", text))
    return found.group()[-_LONGEST:] if found else ""


def _is_another(
    asked: str, ours: frozenset[str], others: Sequence[frozenset[str]]
) -> bool:
    """Whether what was asked about is a thing of its own, and not of our passage.

    Another passage is about it; or nothing is, and it is no word but a name.
    """
    terms = content(asked)
    if not terms or terms & ours:
        return False
    if any(terms <= other for other in others):
        return True
    return not any(terms & other for other in others) and not _has_word(asked)


def _has_word(text: str) -> bool:
    known = glossary().chinese
    return any(
        text[start:end] in known
        for start in range(len(text))
        for end in range(start + _WORD, len(text) + 1)
    )
