"""What a generator writes for lessons it never saw, and how much of it is right.

What is right says `rightness`. The passages are those that the search found, as in
serving.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.model.focus import focus
from bot.model.generate import Generator, Request
from bot.model.prompt import NOT_IN_PASSAGES
from training.finetune import said_before
from training.lessons import Lesson
from training.rightness import is_right

_LONGEST = 128  # tokens of a reply
_TOGETHER = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """How many replies were right.

    Attributes:
        asked, right: of all lessons.
        answerable, answered: of those whose answer stands in a passage.
        seconds: of writing all of them.
    """

    asked: int
    right: int
    answerable: int
    answered: int
    seconds: float


def write_replies(
    generator: Generator,
    lessons: Sequence[Lesson],
    *,
    shots: Sequence[Lesson] = (),
    progress: Callable[[float], None] = lambda _: None,
) -> Replies:
    """Let a generator answer lessons.

    Args:
        shots: shown before each question of their language, as if just answered.
        progress: told the share that is written.
    """
    requests = [
        Request.reading(
            question=lesson.question,
            language=lesson.language,
            passages=lesson.passages,
            parts=lesson.parts or focus(lesson.passages, lesson.question),
            history=said_before(shots, lesson.language),
            max_new_tokens=_LONGEST,
        )
        for lesson in lessons
    ]
    began = time.perf_counter()
    texts: list[str] = []
    for start in range(0, len(requests), _TOGETHER):
        texts += generator.generate(requests[start : start + _TOGETHER])
        progress(len(texts) / len(requests))
    seconds = time.perf_counter() - began
    told = [is_right(text, lesson) for text, lesson in zip(texts, lessons, strict=True)]
    answerable = [lesson.answer not in NOT_IN_PASSAGES.values() for lesson in lessons]
    return Replies(
        asked=len(lessons),
        right=sum(told),
        answerable=sum(answerable),
        answered=sum(
            right for right, able in zip(told, answerable, strict=True) if able
        ),
        seconds=seconds,
    )
