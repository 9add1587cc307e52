"""What a token shows of itself and its neighbours: always `WIDTH` clues, as texts.

Chinese comes as one character a token, so whole words are seen through runs of two and
three neighbours; Latin words are seen through their beginnings, ends and shapes.
"""

import re
from collections.abc import Sequence
from typing import Final

_EDGE: Final = "\u241f"  # stands beyond both ends of a sentence
_SHAPES: Final = (
    (re.compile("[A-Z]"), "X"),
    (re.compile("[a-z]"), "x"),
    (re.compile(r"\d"), "9"),
)
_RUNS: Final = re.compile(r"(.)\1{2,}")
_LONGEST: Final = 40  # characters of a token that are looked at


def clues(tokens: Sequence[str]) -> list[list[str]]:
    """The clues of each token, in an order that never changes."""
    words = [_EDGE, _EDGE, *(token[:_LONGEST].lower() for token in tokens), _EDGE]
    words.append(_EDGE)
    looks = [_EDGE, *(shape(token) for token in tokens), _EDGE]
    last = len(tokens) - 1
    return [
        _of(words[place : place + 5], looks[place : place + 3], place == last)
        for place in range(len(tokens))
    ]


def shape(token: str) -> str:
    """How a token looks: "AB-1234" is "XX-99", "¥" is itself, Chinese is "汉"."""
    looks = token[:_LONGEST]
    for pattern, mark in _SHAPES:
        looks = pattern.sub(mark, looks)
    looks = re.sub("[\u3400-\u9fff]", "汉", looks)
    return _RUNS.sub(r"\1\1", looks)


def _of(words: Sequence[str], looks: Sequence[str], last: bool) -> list[str]:
    far, before, word, after, beyond = words
    return [
        "=" + word,
        "-1" + before,
        "-2" + far,
        "+1" + after,
        "+2" + beyond,
        f"-1=\x1f{before}\x1f{word}",
        f"=+1\x1f{word}\x1f{after}",
        f"-1+1\x1f{before}\x1f{after}",
        f"-2-1\x1f{far}\x1f{before}",
        f"+1+2\x1f{after}\x1f{beyond}",
        f"-2-1=\x1f{far}\x1f{before}\x1f{word}",
        f"-1=+1\x1f{before}\x1f{word}\x1f{after}",
        f"=+1+2\x1f{word}\x1f{after}\x1f{beyond}",
        "s" + looks[1],
        f"s-1=\x1f{looks[0]}\x1f{looks[1]}",
        f"s=+1\x1f{looks[1]}\x1f{looks[2]}",
        "p2" + word[:2],
        "p3" + word[:3],
        "e2" + word[-2:],
        "e3" + word[-3:],
        f"n{min(len(word), 12)}{'.' if last else ''}",
        "bias",
    ]


WIDTH: Final = len(clues(["a"])[0])
