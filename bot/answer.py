"""What is said: an approved answer word for word, a written one that the guard let
pass, a question back, or an honest "I don't know". Nothing else is ever said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import grounding
from bot.asked import fitting
from bot.copied import carriers, laid_out
from bot.model.focus import Alike, ranked
from bot.model.generate import Generator, Request, Unavailable
from bot.phrases import say
from bot.policy import Policy
from bot.related import Offer
from bot.retrieve import Passage, as_passage
from bot.text import shortened
from storage.records import (
    Action,
    Json,
    Knowledge,
    Origin,
    Reply,
    Source,
    Turn,
    Understanding,
)

# What a choice leads to, kept in the turn's `why` beside its wording.
NONE_OF_THESE = "none"
PERSON = "person"
READ = "read"  # in `why["written"]`: what a reply was written from

_MOST_PASSAGES = 4
_LONGEST_TITLE = 120
_BEGINNING = 12  # characters that show where a draft begins to follow its passage
_LONGEST_CHOICE = 75  # characters; what a button holds on every platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a turn will hold beside its message. `why` is for people: JSON values."""

    understanding: Understanding
    action: Action
    reply: Reply
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of writing a reply: it, or None and the reasons.

    `why["read"]` names the knowledge that it was written from, best first.
    """

    reply: Reply | None
    why: Json


def fixed(name: str, language: str, **parts: object) -> Reply:
    """One of kefu's own sentences."""
    return Reply(text=say(name, language, **parts), origin=Origin.FIXED)


def verbatim(knowledge: Knowledge, score: float) -> Reply:
    """An approved answer, word for word."""
    source = _source(knowledge, score)
    return Reply(text=knowledge.text, origin=Origin.APPROVED, sources=(source,))


def aside(reply: Reply, language: str, why: dict[str, Any]) -> Said:
    """Something beside the conversation: help, a command's outcome, a kind refusal."""
    understanding = Understanding(language=language)
    return Said(
        understanding=understanding, action=Action.SMALL_TALK, reply=reply, why=why
    )


def handed_over(language: str, reason: str) -> Said:
    """The request for a person: "asked" for, "offered", or made for the "angry"."""
    wording = "hand_over_angry" if reason == "angry" else "hand_over"
    return Said(
        understanding=Understanding(language=language),
        action=Action.HAND_OVER,
        reply=fixed(wording, language),
        why={"reason": reason},
    )


def asked_back(
    choices: Sequence[Knowledge], understanding: Understanding, why: dict[str, Any]
) -> Said:
    """One clarifying question; `why["choices"]` tells what each choice leads to."""
    language = understanding.language
    wordings = [shortened(each.question, _LONGEST_CHOICE) for each in choices]
    reply = Reply(
        text=say("clarify", language),
        origin=Origin.FIXED,
        choices=(*wordings, say("none_of_these", language)),
    )
    targets = [*(each.id for each in choices), NONE_OF_THESE]
    return Said(
        understanding=understanding,
        action=Action.CLARIFY,
        reply=reply,
        why={**why, "choices": targets},
    )


def with_related(said: Said, offers: Sequence[Offer]) -> Said:
    """An answer with questions under it; `why["choices"]` tells where they lead."""
    if not offers:
        return said
    wordings = [shortened(each.knowledge.question, _LONGEST_CHOICE) for each in offers]
    why = {
        **said.why,
        "choices": [each.knowledge.id for each in offers],
        "related": [each.to_json() for each in offers],
    }
    return replace(said, reply=replace(said.reply, choices=tuple(wordings)), why=why)


def declined(policy: Policy, understanding: Understanding, why: dict[str, Any]) -> Said:
    """The honest "I don't know", which offers a person."""
    language = understanding.language
    text = policy.fallback.get(language) or say("fallback", language)
    choices = (say("talk_to_person", language),)
    return Said(
        understanding=understanding,
        action=Action.DECLINE,
        reply=Reply(text=text, origin=Origin.FIXED, choices=choices),
        why={**why, "choices": [PERSON]},
    )


def write(
    generator: Generator,
    *,
    question: str,
    language: str,
    passages: Sequence[Passage],
    turns: Sequence[Turn],
    alike: Alike | None = None,
    freely: bool = False,
) -> Written:
    """A reply from passages, if the guard finds nothing against it.

    Args:
        alike: tells how near in meaning what is read is to the question.
        freely: in the generator's own words, where else it says a part as it stands.
    """
    used = passages[:_MOST_PASSAGES]
    sources = [as_passage(each.knowledge) for each in used]
    near = ranked(sources, question, alike, fitting)
    request = Request.reading(
        question=question,
        language=language,
        passages=sources,
        parts=[each.text for each in near],
        history=said_before(turns),
    )
    if freely:
        request = replace(request, choices=())
    try:
        draft = generator.generate([request])[0]
    except Unavailable as busy:
        return Written(reply=None, why={"generator_unavailable": str(busy)})
    # A generator that breaks (out of memory, a bad device) must not silence the
    # approved answers: the error is kept in the turn and the next rule decides.
    except Exception as error:
        return Written(reply=None, why={"generator_error": f"{error!r}"[:500]})
    seen = grounding.checked(
        draft,
        sources=sources,
        ranked=near,
        question=question,
        language=language,
        tidy=lambda text: laid_out(without_heading(text.strip(), used), sources),
    )
    if seen.objections:
        told = {"draft": shortened(seen.text, 500), "objections": [*seen.objections]}
        return Written(reply=None, why=told)
    rests_on = [used[place] for place in carriers(seen.text, sources)]
    reply = Reply(
        text=seen.text,
        origin=Origin.GENERATED,
        sources=tuple(_source(each.knowledge, each.score) for each in rests_on),
    )
    why: dict[str, Any] = {READ: [each.knowledge.id for each in used]}
    if seen.mended:
        why |= {"draft": shortened(draft, 500), "mended": [*seen.mended]}
    return Written(reply=reply, why=why)


def without_heading(draft: str, passages: Sequence[Passage]) -> str:
    """A draft that repeats a heading and then what stands under it, without it."""
    for each in passages:
        heading = each.knowledge.question.strip()
        rest = draft.removeprefix(heading).lstrip(" \n:：—-")
        if rest != draft and each.knowledge.text.startswith(rest[:_BEGINNING]):
            return rest
    return draft


def said_before(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """What was asked and answered in a conversation, oldest first."""
    return tuple(
        (turn.message.text, turn.reply.text)
        for turn in turns
        if turn.action is Action.ANSWER
    )


def _source(knowledge: Knowledge, score: float) -> Source:
    title = shortened(knowledge.title or knowledge.question, _LONGEST_TITLE)
    return Source(knowledge_id=knowledge.id, title=title, score=round(score, 4))
