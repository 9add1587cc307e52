"""What a generator writes for lessons it never saw, and how much of it is right.

Right is the very answer that was approved, or whole sentences of it, or the honest "I
don't have that" where no passage holds it. The passages are those that the search
found, as in serving.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.copied import is_whole
from bot.model.focus import focus
from bot.model.generate import Generator, Request
from bot.model.prompt import NOT_IN_PASSAGES
from bot.text import question_key
from training.finetune import said_before
from training.lessons import Lesson

_LONGEST = 128  # tokens of a reply
_TOGETHER = 16
_BEGINNING = 12  # characters that tell that what follows is the passage


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
    told = [
        _is_right(_unheaded(text, lesson.passages), lesson.answer)
        for text, lesson in zip(texts, lessons, strict=True)
    ]
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


def _is_right(said: str, answer: str) -> bool:
    return question_key(said) == question_key(answer) or is_whole(said, answer)


def _unheaded(text: str, passages: Sequence[str]) -> str:
    """A reply without the passage's heading, which serving takes away, too."""
    for passage in passages:
        heading, _, body = passage.partition("\n")
        rest = text.removeprefix(heading.strip()).lstrip(" \n:：—-")
        if rest and rest != text and body.startswith(rest[:_BEGINNING]):
            return rest
    return text
