"""A fact leaves only from what is nearest to the question, and as it stands there.

A small model may copy a true sentence about something else: every word of it stands in
the sources, and it is wrong all the same. So the ranking and the writer must agree:
each fact of a draft stands in a part that is as near to the question as the nearest,
or almost. Where both mean the same part and the writer slipped on the way, the part
itself is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot import guard
from bot.asked import fitting
from bot.demanded import is_unnamed
from bot.facts import facts
from bot.model.focus import UNTOLD, Near, by_words
from bot.model.prompt import NOT_IN_PASSAGES

# Of nearness, between parts that are taken for equally near; fitted on the training
# side of the made examples (training/nearness.py), where a wider one let more through.
MARGIN: Final = 0.02
LEAST_SHARED: Final = 0.5  # of a draft's words, in the part that it means
# How likely the nearest part must answer: to be said itself where the draft fails, the
# words it shares with the question not counted; and for anything to be said at all.
SURE: Final = 0.9
UNSURE: Final = 0.35
LIKELY: Final = 0.7  # the same where the draft has another name for what is asked for
_CUT: Final = "it leaves out a part of what it says"
_MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A draft after the last look.

    Attributes:
        text: the draft, or the part that was said instead of it.
        objections: why it must not leave; none if it may.
        mended: what there was against the draft, where a part was said instead.
    """

    text: str
    objections: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()


def checked(
    draft: str,
    *,
    sources: Sequence[str],
    ranked: Sequence[Near],
    question: str,
    language: str,
    tidy: Callable[[str], str] = str.strip,
) -> Checked:
    """The last look: by the guard, by what is nearest, and mended where it can be.

    Args:
        sources: the texts that the draft was written from.
        ranked: the parts of them that were read, nearest first.
        tidy: takes from a text what is not for customers.
    """

    def against(text: str) -> tuple[str, ...]:
        met = sure and text == tidy(ranked[0].text)
        found = guard.check(text, sources, question, language, met=met)
        return (*found, *objections(text, ranked, question))

    sure = bool(ranked) and ranked[0].sure >= SURE and _tells(ranked[0], question)

    draft = tidy(draft)
    found = against(draft)
    part = None
    if found:
        part = ranked[0].text if sure else meant_by(draft, ranked)
    elif ranked and draft in (whole := tidy(ranked[0].text)) and draft != whole:
        part = whole  # what else stands there may be what was asked for
    if part is not None and not against(tidy(part)):
        return Checked(text=tidy(part), mended=found or (_CUT,))
    return Checked(text=draft, objections=found)


def _tells(nearest: Near, question: str) -> bool:
    """Whether it holds the kind of fact that is asked for; False if none is named."""
    return fitting(question, [nearest.text])[0] > UNTOLD


def objections(draft: str, ranked: Sequence[Near], question: str) -> list[str]:
    """Why a draft must not leave: the facts it has from what is not nearest.

    Args:
        draft: the written reply.
        ranked: what it was written from, nearest first.
        question: what was asked; its own facts may be said again.
    """
    if ranked and 0 < ranked[0].sure < UNSURE:
        return ["nothing that was read answers the question"]
    if ranked and 0 < ranked[0].sure < LIKELY and is_unnamed(question, draft):
        return ["what was asked for by name is not named"]
    if len(ranked) < 2:
        return []
    near = [each.text for each in ranked if each.score >= ranked[0].score - MARGIN]
    known = {fact for text in (*near, question) for fact in facts(text)}
    astray = [fact.shown for fact in facts(draft) if fact not in known]
    if not astray:
        return []
    shown = "; ".join(list(dict.fromkeys(astray))[:_MOST_SHOWN])
    return [f"not from what is nearest to the question: {shown}"]


def meant_by(draft: str, ranked: Sequence[Near]) -> str | None:
    """The part that a draft which slipped was to say, if it is the nearest one.

    None where the draft means another part, hardly any, or that nothing was found.
    """
    if not ranked or any(said in draft for said in NOT_IN_PASSAGES.values()):
        return None
    shared = [found.share for found in by_words([near.text for near in ranked], draft)]
    if shared[0] < LEAST_SHARED or max(shared) > shared[0]:
        return None
    return ranked[0].text
