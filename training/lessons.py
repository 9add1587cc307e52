"""What the generator is taught from: a question, passages as serving finds them, words.

The passages come from the same shelf and the same search as in serving. The one that
holds the answer is among them, at a place drawn by chance, unless the lesson is that
nothing fits; then the reply says so. For one that writes freely some lessons are learnt
by heart, with no passage at all: what is known by heart is copied with fewer slips. One
that chooses learns nothing from them.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from bot.model.focus import focus
from bot.model.intents import OUT_OF_SCOPE
from bot.model.prompt import not_found
from bot.retrieve import Passage, Shelf, as_passage
from storage.records import Knowledge
from training.dataset import Example

PASSAGES: Final = 3
MISSING_IN: Final = 8  # one question of so many is shown without its passage
BY_HEART_IN: Final = 4  # one answered question of so many is shown without passages
SLIPS_IN: Final = 4  # one question of so many has a slip of the finger, or two
_KEPT_AT_ONCE: Final = 64  # texts; more at once are a shelf's, which keeps its own
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One example of the generator's.

    Attributes:
        passages: what may be read, best first as in serving.
        parts: what is read of them, nearest first as in serving; None ranks by words.
        answer: what is to be written.
    """

    example_id: str
    question: str
    language: str
    passages: tuple[str, ...]
    answer: str
    parts: tuple[str, ...] | None = None


def lessons(
    examples: Sequence[Example],
    *,
    knowledge: Sequence[Knowledge],
    encode: Callable[[Sequence[str]], Any],
    most: int,
    seed: int,
    by_heart: bool = False,
) -> list[Lesson]:
    """At most `most` lessons, drawn evenly over the answers, in a drawn order.

    Without knowledge every answer is learnt by heart; with it, some are with
    `by_heart`. Examples that are given several times have other passages, and other
    slips, each time.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    drawn = _drawn(examples, most, chance)
    shelf = None
    if knowledge:
        shelf = Shelf(encode=_remembering(encode, [each.text for each in drawn]))
        shelf.refresh(knowledge, 1)
    made = []
    for example in drawn:
        heart = example.answer is not None and chance.randrange(BY_HEART_IN) == 0
        heart = heart and by_heart
        if shelf is None or heart:
            lesson: Lesson | None = _by_heart(example)
        else:
            lesson = _lesson(example, shelf, chance)
        if lesson is not None:
            asked = slipped(lesson.question, chance)
            made.append(replace(lesson, question=asked))
    return made


def slipped(question: str, chance: random.Random) -> str:
    """The question, mistyped now and then as people do: never a digit, never Chinese.

    A letter is left out, doubled, replaced, or changes places with the next.
    """
    if chance.randrange(SLIPS_IN):
        return question
    for _ in range(chance.choice((1, 1, 2))):
        places = [
            place
            for place in range(len(question) - 1)
            if all(each.lower() in _LETTERS for each in question[place : place + 2])
        ]
        if not places:
            return question
        place = chance.choice(places)
        one, other = question[place], question[place + 1]
        typed = chance.choice(
            (other, one + one + other, other + one, chance.choice(_LETTERS) + other)
        )
        question = question[:place] + typed + question[place + 2 :]
    return question


def _remembering(
    encode: Callable[[Sequence[str]], Any], texts: Sequence[str]
) -> Callable[[Sequence[str]], Any]:
    """The same, with these texts encoded together: one by one takes thrice as long.

    The parts of passages come again and again, and are kept too.
    """
    known = dict(zip(texts, encode(texts), strict=True)) if texts else {}

    def encoded(asked: Sequence[str]) -> Any:
        if len(asked) > _KEPT_AT_ONCE:
            return encode(asked)
        fresh = [text for text in dict.fromkeys(asked) if text not in known]
        if fresh:
            known.update(zip(fresh, encode(fresh), strict=True))
        return np.asarray([known[text] for text in asked])

    return encoded


def _drawn(
    examples: Sequence[Example], most: int, chance: random.Random
) -> list[Example]:
    """One of each answer in turn, so that a frequent one does not crowd out others."""
    piles: dict[str, list[Example]] = {}
    for example in examples:
        if example.answer is not None or example.intent == OUT_OF_SCOPE:
            about = example.knowledge_id or OUT_OF_SCOPE
            piles.setdefault(about, []).append(example)
    for pile in piles.values():
        chance.shuffle(pile)
    drawn: list[Example] = []
    while piles and len(drawn) < most:
        for name in list(piles):
            drawn.append(piles[name].pop())
            if not piles[name]:
                del piles[name]
    drawn = drawn[:most]
    chance.shuffle(drawn)
    return drawn


def _by_heart(example: Example) -> Lesson:
    unknown = not_found(example.language)
    return Lesson(
        example_id=example.id,
        question=example.text,
        language=example.language,
        passages=(),
        answer=example.answer or unknown,
    )


def _lesson(example: Example, shelf: Shelf, chance: random.Random) -> Lesson | None:
    found = shelf.search(example.text, example.language, PASSAGES + 1)
    own = shelf.get(example.knowledge_id) if example.knowledge_id else None
    others = [each for each in found if own is None or each.knowledge.id != own.id]
    missing = own is None or chance.randrange(MISSING_IN) == 0
    passages = [as_passage(each.knowledge) for each in others[:PASSAGES]]
    if missing:
        answer = not_found(example.language)
        if own is not None and _says_the_same(own, others):
            return None  # another passage has the answer too
    else:
        answer = example.answer or ""
        place = _place(found, own.id, chance) if own else 0
        if own is not None:
            passages = passages[: PASSAGES - 1]
            passages.insert(place, as_passage(own))
    return Lesson(
        example_id=example.id,
        question=example.text,
        language=example.language,
        passages=tuple(passages),
        answer=answer,
        parts=tuple(focus(passages, example.text, shelf.alike)),
    )


def _place(found: Sequence[Passage], own: str, chance: random.Random) -> int:
    """Where the search put it; anywhere if the search did not find it."""
    ids = [each.knowledge.id for each in found[:PASSAGES]]
    return ids.index(own) if own in ids else chance.randrange(PASSAGES)


def _says_the_same(own: Knowledge, others: Sequence[Passage]) -> bool:
    return any(
        each.knowledge.text == own.text
        or (own.intent is not None and each.knowledge.intent == own.intent)
        for each in others[:PASSAGES]
    )
