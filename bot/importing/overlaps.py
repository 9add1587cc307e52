"""Entries that say the same twice, or answer a near question differently.

What an import brings is compared with everything the workspace knows, by the search
that serves. These are hints for people: nothing is refused because of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.facts import Fact, facts
from bot.polarity import flipped
from bot.retrieve import Shelf
from bot.text import normalise, question_key, shortened
from bot.vectors import Floats, Vectors
from storage.records import Knowledge, KnowledgeKind

CHECKED: Final = 2000  # new entries that are compared in one import
_NEIGHBOURS: Final = 6
# Likeness of two questions and of two texts, as cosines. In our demo shop no two
# different topics come near enough to be taken for one.
_NEAR: Final = 0.8
_VERY_NEAR: Final = 0.92
_SAME: Final = 0.96
_APART: Final = 0.6
_RELATED: Final = 0.3
_SHOWN: Final = 60
_BEGINNING: Final = 200  # characters of a passage that it is searched by
_YES = ("yes", "是的", "是", "可以", "能", "有", "支持", "会")
_NO = ("no", "不", "没有", "无法", "暂不")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two entries, where they are, and what is odd about them."""

    kind: str  # "near_duplicate" or "contradiction"
    why: str
    first: str  # the new one, as "file: question"
    second: str

    def to_json(self) -> dict[str, str]:
        """As a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        word = "near-duplicate" if self.kind == "near_duplicate" else "contradiction"
        return f"{word}: {self.first} | {self.second} ({self.why})"


def overlaps(
    fresh: Sequence[Knowledge], known: Sequence[Knowledge], vectors: Vectors
) -> list[Overlap]:
    """What is odd about the first `CHECKED` new entries, contradictions first.

    Args:
        fresh: new or changed entries.
        known: what the workspace has; the old forms of the fresh ones do not count.
    """
    new = {(each.source, each.source_key) for each in fresh}
    others = [each for each in known if (each.source, each.source_key) not in new]
    shelf = Shelf(
        encode=lambda texts: vectors.take(vectors.rows(texts)), vectors=vectors
    )
    shelf.refresh([*others, *fresh], 1)
    found: list[Overlap] = []
    seen: set[frozenset[str]] = set()
    for each in fresh[:CHECKED]:
        for other in _neighbours(each, shelf):
            pair = frozenset((each.id, other.id))
            if pair not in seen:
                seen.add(pair)
                found += list(_compared(each, other, vectors))
    return sorted(found, key=lambda overlap: overlap.kind)


def _neighbours(each: Knowledge, shelf: Shelf) -> Iterator[Knowledge]:
    wording = each.question
    if each.kind is KnowledgeKind.PASSAGE:
        wording = f"{wording} {each.text[:_BEGINNING]}"
    for hit in shelf.search(wording, each.language, _NEIGHBOURS, each.kind):
        other = hit.knowledge
        if other.id != each.id and other.language == each.language:
            yield other


def _compared(one: Knowledge, other: Knowledge, vectors: Vectors) -> Iterator[Overlap]:
    asked = _likeness(vectors, one.question, other.question)
    said = _likeness(vectors, one.text, other.text)
    same = question_key(one.text) == question_key(other.text)
    if same or (said >= _SAME and asked >= _NEAR and _facts(one) == _facts(other)):
        if asked >= _RELATED or one.kind is KnowledgeKind.PASSAGE:
            yield _overlap("near_duplicate", "the same answer", one, other)
        return
    if asked < _NEAR or _neighbouring(one, other):
        return
    why = _difference(one, other, asked, said)
    if why:
        yield _overlap("contradiction", why, one, other)


def _difference(one: Knowledge, other: Knowledge, asked: float, said: float) -> str:
    """How the answers to near questions contradict each other; "" if they do not."""
    ours, theirs = _facts(one), _facts(other)
    pairs = [
        (mine, its)
        for mine in facts(one.text)
        for its in facts(other.text)
        if mine.kind == its.kind and mine not in theirs and its not in ours
    ]
    if pairs and (said >= _APART or asked >= _VERY_NEAR):
        return f"{pairs[0][0].shown} against {pairs[0][1].shown}"
    if {_stance(one.text), _stance(other.text)} == {1, -1}:
        return "one says yes, the other no"
    if flipped(one.text, [other.text], one.question) and said >= _APART:
        return "one affirms what the other denies"
    if one.kind is KnowledgeKind.ANSWER and asked >= _VERY_NEAR and said < _APART:
        return "different answers"
    return ""


def _neighbouring(one: Knowledge, other: Knowledge) -> bool:
    """Whether they are sections of one document: those are about different things."""
    return one.kind is KnowledgeKind.PASSAGE and one.source == other.source


def _facts(entry: Knowledge) -> frozenset[Fact]:
    return frozenset(facts(entry.text))


def _stance(text: str) -> int:
    """1 where a text begins with a yes, -1 with a no, 0 else."""
    words = normalise(text)[:12]
    if words.startswith(("no,", "no.", "no ", *_NO[1:])):
        return -1
    return int(words.startswith(("yes", *_YES[1:])))


def _likeness(vectors: Vectors, one: str, other: str) -> float:
    both: Floats = vectors.take(vectors.rows([one, other]))
    return float(both[0] @ both[1])


def _overlap(kind: str, why: str, one: Knowledge, other: Knowledge) -> Overlap:
    return Overlap(kind=kind, why=why, first=_place(one), second=_place(other))


def _place(entry: Knowledge) -> str:
    wording = " ".join((entry.question or entry.text).split())
    return f"{entry.source}: {shortened(wording, _SHOWN)}"
