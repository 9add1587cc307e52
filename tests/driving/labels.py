"""Questions whose right answer is known, and the judge who compares.

Right is the approved answer of the known intent, word for word, as it was shown on
the platform. Everything else that was given as an answer is wrong; a question back, a
"I do not know" or a person's help is unanswered.
"""

import gzip
import html
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from storage.records import Action, Turn

OUT_OF_SCOPE = "oos"
ANSWERS = (Action.ANSWER, Action.SMALL_TALK)


class Outcome(StrEnum):
    """What a question came to."""

    RIGHT = "right"
    WRONG = "wrong"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and what people say it is about."""

    text: str
    intent: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A company's knowledge, and the questions its bot is tried on.

    Args:
        imports: what `kefu import` is given.
        answers: (intent, language) -> the approved answer.
        first: asked before the first learning cycle; their feedback is learnt from.
        second: nobody saw them before; asked after it.
        strange: out of scope, and never seen before.
    """

    name: str
    imports: tuple[Path, ...]
    answers: Mapping[tuple[str, str], str]
    first: tuple[Labelled, ...]
    second: tuple[Labelled, ...]
    strange: tuple[Labelled, ...] = ()

    def answer(self, question: Labelled) -> str | None:
        """The right answer; None when there is none to be given."""
        return self.answers.get((question.intent, question.language))

    def judge(self, question: Labelled, turn: Turn, shown: str) -> Outcome:
        """Compare what was shown with the right answer.

        Args:
            turn: what the bot did, by its own records.
            shown: what the person saw.
        """
        right = self.answer(question)
        if right is not None and plain(right) in plain(shown):
            return Outcome.RIGHT
        return Outcome.WRONG if turn.action in ANSWERS else Outcome.UNANSWERED


def plain(text: str) -> str:
    """Without what a platform adds: escapes, stars, line breaks."""
    return " ".join(html.unescape(text).replace("*", "").split())


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON Lines file, gzipped or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def questions(path: Path, language: str | None = None) -> list[Labelled]:
    """The labelled questions of a file, or those in one language."""
    found = [
        Labelled(row["text"], row["intent"], row.get("language", "en"))
        for row in rows(path)
    ]
    return [each for each in found if language in (None, each.language)]


def answers(path: Path) -> dict[tuple[str, str], str]:
    """(intent, language) -> approved answer, of a file of knowledge."""
    return {
        (row["intent"], row.get("language", "en")): row["answer"]
        for row in rows(path)
        if row.get("intent")
    }


def drawn(found: Sequence[Labelled], count: int, seed: int = 7) -> list[Labelled]:
    """So many of them in a random order, always the same."""
    return random.Random(seed).sample(found, min(count, len(found)))  # noqa: S311
