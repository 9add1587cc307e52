"""What sources state, sentence by sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts import Fact, facts, without_facts
from bot.model.focus import heading_of
from bot.model.lists import without_marks
from bot.terms import content

_SENTENCE = re.compile(r"(?<=[.!?])\s+|[。！？\n]")
_REFERS = re.compile(
    r"^(?:its?|they|their|this|these)\b"
    r"|\b(?:for|of|to|with|about|into|on|from) (?:it|them)\b|它|其(?![他它中实])|该",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence of a source.

    Attributes:
        about: its terms; where it says "it", those of the sentence before too.
        around: the terms of its whole passage.
    """

    text: str
    facts: tuple[Fact, ...]
    about: frozenset[str]
    around: frozenset[str]


def statements(sources: Sequence[str]) -> list[Statement]:
    """Every sentence of the sources, with what its passage is about.

    A heading says what the others are about and tells nothing itself.
    """
    found: list[Statement] = []
    for source in sources:
        around, before = content(source), frozenset[str]()
        heading = heading_of(source)
        told = source.strip().removeprefix(heading) if heading else source
        for text in sentences(told):
            about = content(text) | content(bare(text))
            if _REFERS.search(text):
                about |= before
            found.append(
                Statement(
                    text=text, facts=tuple(facts(text)), about=about, around=around
                )
            )
            before = about
    return found


def sentences(text: str) -> list[str]:
    """A text's sentences and items, without their marks and numbers."""
    pieces = _SENTENCE.split(without_marks(text))
    return [piece for piece in pieces if any(map(str.isalnum, piece))]


def bare(text: str) -> str:
    """A text without its facts."""
    return without_facts(text).replace("□", " ")
