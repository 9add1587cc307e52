"""What a token shows of itself and its neighbours: always `WIDTH` clues.

Chinese comes as one character a token, so whole words are seen through runs of two and
three neighbours; Latin words are seen through their beginnings, ends and shapes. How a
sentence begins and ends tells what it is about. A text is cut into the same tokens when
it is learnt from and when it is read, each with its place in the text as it stands.
"""

import re
import zlib
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Span: TypeAlias = tuple[str, int, int]  # kind, first token, token after the last

TOKEN: Final = re.compile(
    r"[^\W\d_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
    r"|\d+(?:[.,:]\d+)*|[^\s]"
)
"""A Latin word, a number, or one character of anything else."""
_EDGE: Final = "\u241f"  # stands beyond both ends of a sentence
_SHAPES: Final = (
    (re.compile("[A-Z]"), "X"),
    (re.compile("[a-z]"), "x"),
    (re.compile(r"\d"), "9"),
    (re.compile("[\u3400-\u9fff]"), "汉"),
)
_RUNS: Final = re.compile(r"(.)\1{2,}")
_LONGEST: Final = 40  # characters of a token that are looked at
_AROUND: Final = 3  # tokens on either side


def tokens_of(text: str) -> list[tuple[int, int]]:
    """Where each token of a text begins and ends, by characters."""
    return [match.span() for match in TOKEN.finditer(text)]


def spans(tags: Sequence[str]) -> list[Span]:
    """The entities of a sentence. An inside without a beginning begins one."""
    found: list[Span] = []
    kind, start = "", 0
    for place, tag in enumerate([*tags, "O"]):
        mark, _, name = tag.partition("-")
        if kind and (mark != "I" or name != kind):
            found.append((kind, start, place))
            kind = ""
        if mark in ("B", "I") and not kind:
            kind, start = name, place
    return found


def hashed_clues(tokens: Sequence[str]) -> NDArray[np.uint32]:
    """The clues of each token as CRC-32 of their UTF-8 bytes, uint32 [tokens, WIDTH].

    The same in every process, and no word can be read in them.
    """
    rows = [
        [zlib.crc32(clue.encode("utf-8", "replace")) for clue in each]
        for each in clues(tokens)
    ]
    return np.asarray(rows, np.uint32).reshape(len(tokens), WIDTH)


def clues(tokens: Sequence[str]) -> list[list[str]]:
    """The clues of each token, in an order that never changes."""
    edge = [_EDGE] * _AROUND
    words = [*edge, *(token[:_LONGEST].lower() for token in tokens), *edge]
    looks = [*edge, *(shape(token) for token in tokens), *edge]
    last = len(tokens) - 1
    begins = words[_AROUND]
    begins_with_two = "\x1f".join(words[_AROUND : _AROUND + 2])
    whole = (begins, begins_with_two, words[last + _AROUND])
    width = 2 * _AROUND + 1
    return [
        _of(words[at : at + width], looks[at : at + width], whole, at, last)
        for at in range(len(tokens))
    ]


def shape(token: str) -> str:
    """How a token looks: "AB-1234" is "XX-99", "¥" is itself, Chinese is "汉"."""
    looks = token[:_LONGEST]
    for pattern, mark in _SHAPES:
        looks = pattern.sub(mark, looks)
    return _RUNS.sub(r"\1\1", looks)


def _of(
    words: Sequence[str],
    looks: Sequence[str],
    whole: tuple[str, str, str],
    place: int,
    last: int,
) -> list[str]:
    furthest, far, before, word, after, beyond, furthermost = words
    begins, begins_with_two, ends = whole
    return [
        "=" + word,
        "-1" + before,
        "-2" + far,
        "-3" + furthest,
        "+1" + after,
        "+2" + beyond,
        "+3" + furthermost,
        f"-1=\x1f{before}\x1f{word}",
        f"=+1\x1f{word}\x1f{after}",
        f"-1+1\x1f{before}\x1f{after}",
        f"-2-1\x1f{far}\x1f{before}",
        f"+1+2\x1f{after}\x1f{beyond}",
        f"-2-1=\x1f{far}\x1f{before}\x1f{word}",
        f"-1=+1\x1f{before}\x1f{word}\x1f{after}",
        f"=+1+2\x1f{word}\x1f{after}\x1f{beyond}",
        "s" + looks[3],
        f"s-1=\x1f{looks[2]}\x1f{looks[3]}",
        f"s=+1\x1f{looks[3]}\x1f{looks[4]}",
        f"s-2-1=\x1f{looks[1]}\x1f{looks[2]}\x1f{looks[3]}",
        "p2" + word[:2],
        "p3" + word[:3],
        "p4" + word[:4],
        "e1" + word[-1:],
        "e2" + word[-2:],
        "e3" + word[-3:],
        "e4" + word[-4:],
        f"n{min(len(word), 12)}{'.' if place == last else ''}",
        f"i{min(place, 8)}",
        "f" + begins,
        "ff" + begins_with_two,
        "l" + ends,
        f"f=\x1f{begins}\x1f{word}",
        "bias",
    ]


WIDTH: Final = len(clues(["a"])[0])
