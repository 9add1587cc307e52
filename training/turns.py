"""A lesson as serving asks it: which way to turn where what may be said parts.

In serving the generator is asked only there, and only among the turns that exist
(`bot.model.choosing`); the rest is copied for it. So that is all that is learnt: how
likely the right turns are among these, not among all words. What is right may be said
in several ways (`rightness`), all of an answer where that may be said; what is nearest
of them is followed. Whoever learns
the wording of approved answers instead unlearns to copy what stands before it.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from bot.model.choosing import Ids, choices
from bot.model.prompt import reply_ids
from bot.model.tokens import Tokenizer
from training.buckets import Row
from training.lessons import Lesson
from training.rightness import is_complete, is_right

_LONGEST: Final = 128  # tokens by which texts are told apart, as in serving


class Turn(NamedTuple):
    """The tokens that may stand at a place: those that are right, and the others."""

    right: tuple[int, ...]
    wrong: tuple[int, ...]


# Of a row, by the place that is learnt; one that has none is learnt among all words.
Turns: TypeAlias = Mapping[int, Turn]
ALL_WORDS: Turns = {}


def at_forks(
    lesson: Lesson, row: Row, tokenizer: Tokenizer, longest: int
) -> tuple[Row, Turns] | None:
    """The lesson's prompt with what is nearest of the right, and the turns on its way.

    None where there is nothing to choose, or nothing of what may be said is right.

    Args:
        row: the lesson's prompt and answer.
        longest: tokens of a row.
    """
    if lesson.parts is None:
        return None
    ids, learnt = row
    prompt = ids[: learnt.index(True)]
    most = max(sum(learnt), min(_LONGEST, longest - len(prompt)))
    offered = choices(lesson.parts, lesson.passages, lesson.language)
    whole = any(is_complete(text, lesson) for text in offered)
    good = is_complete if whole else is_right
    texts: dict[Ids, bool] = {}
    for text in offered:
        said = reply_ids(tokenizer, text)[:most]
        texts[said] = good(text, lesson) or texts.get(said, False)
    right = [said for said, is_right in texts.items() if is_right]
    if not right:
        return None
    said = right[0]
    turns = {
        len(prompt) + place: turn
        for place in range(len(said))
        if (turn := _turn(said[:place], texts)).wrong
    }
    if not turns:
        return None
    end = max(turns) + 1
    return ([*prompt, *said][:end], [place in turns for place in range(end)]), turns


def _turn(before: Ids, texts: Mapping[Ids, bool]) -> Turn:
    """How what may be said goes on after these ids."""
    place = len(before)
    going = {ids: right for ids, right in texts.items() if ids[:place] == before}
    right = {ids[place] for ids, is_right in going.items() if is_right and ids[place:]}
    every = {ids[place] for ids in going if ids[place:]}
    return Turn(tuple(sorted(right)), tuple(sorted(every - right)))
