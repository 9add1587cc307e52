"""What of all that may be said to a lesson is right.

The very answer that was approved, or whole sentences of it, or the honest "I don't have
that" where no passage holds it. The heading that an answer stands under, often the
question, may come before it; serving takes it away.
"""

from collections.abc import Sequence
from typing import Final

from bot.copied import is_whole
from bot.text import question_key
from training.lessons import Lesson

_BEGINNING: Final = 12  # characters that tell that what follows is the passage


def is_right(said: str, lesson: Lesson) -> bool:
    """Whether a reply to a lesson's question is right."""
    told = _unheaded(said, lesson.passages)
    return is_complete(said, lesson) or is_whole(told, lesson.answer)


def is_complete(said: str, lesson: Lesson) -> bool:
    """Whether it is all of the answer."""
    told = _unheaded(said, lesson.passages)
    return question_key(told) == question_key(lesson.answer)


def _unheaded(text: str, passages: Sequence[str]) -> str:
    for passage in passages:
        heading, _, body = passage.partition("\n")
        rest = text.removeprefix(heading.strip()).lstrip(" \n:：—-")
        if rest and rest != text and body.startswith(rest[:_BEGINNING]):
            return rest
    return text
