"""What to do with a message. Pure: the same view and scores give the same decision.

An approved answer comes first, then a reply written from passages, then one question
back, and at last the honest "I don't know". The rules are tried in that order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bot.model.thresholds import Thresholds
from bot.retrieve import CORRECTION, Passage
from storage.records import Action, Json, Knowledge, KnowledgeKind, Understanding

SMALL_TALK = "small_talk_"  # what the intents of small talk begin with
MOST_CHOICES = 3
CHOICE = 0.6  # score of an approved question that is worth asking about
IN_SCOPE = 0.5  # below it, the message is more likely none of our business


class Route(StrEnum):
    """Which rule decided."""

    EXACT = "exact"  # the very question
    CORRECTED = "corrected"  # much like a question that was corrected
    INTENT = "intent"  # the answer to what the customer wants
    MATCH = "match"  # much like an approved question
    GROUND = "ground"  # to be written from passages
    CLARIFY = "clarify"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What else a decision depends on.

    Attributes:
        exact: the answer to this very question.
        canonical: the approved answer of each intent, in the customer's language.
        in_scope: how likely the message is any business of ours, 0 to 1.
        can_generate: whether a reply may be written.
        may_clarify: whether asking back is still allowed.
    """

    exact: Knowledge | None
    canonical: Mapping[str, Knowledge]
    in_scope: float
    can_generate: bool
    may_clarify: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, with what, and why.

    Attributes:
        knowledge: to be said word for word, for an answer or small talk.
        score: how well it fits, 0 to 1.
        passages: to write from, when the route is GROUND.
        choices: to offer, when the action is CLARIFY.
    """

    action: Action
    route: Route
    knowledge: Knowledge | None = None
    score: float = 0.0
    passages: tuple[Passage, ...] = ()
    choices: tuple[Knowledge, ...] = ()
    why: Json = field(default_factory=dict)


def decide(
    understanding: Understanding,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> Decision:
    """The first rule that applies; declining when none does.

    Args:
        passages: what the shelf found, best first.
    """
    for rule in _RULES:
        decision = rule(understanding, passages, thresholds, state)
        if decision is not None:
            return decision
    return Decision(action=Action.DECLINE, route=Route.DECLINE)


def _exact(
    understanding: Understanding,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> Decision | None:
    del understanding, passages, thresholds
    if state.exact is None:
        return None
    return _said(state.exact, Route.EXACT, 1.0)


def _corrected(
    understanding: Understanding,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> Decision | None:
    del understanding, state
    nearest = _nearest(passages, thresholds.match)
    if nearest is None or nearest.knowledge.source != CORRECTION:
        return None
    return _said(nearest.knowledge, Route.CORRECTED, nearest.score)


def _intent(
    understanding: Understanding,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> Decision | None:
    del passages
    answer = state.canonical.get(understanding.intent or "")
    if answer is None or understanding.confidence < thresholds.answer:
        return None
    return _said(answer, Route.INTENT, understanding.confidence)


def _match(
    understanding: Understanding,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> Decision | None:
    del understanding, state
    nearest = _nearest(passages, thresholds.match)
    if nearest is None:
        return None
    return _said(nearest.knowledge, Route.MATCH, nearest.score)


def _ground(
    understanding: Understanding,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> Decision | None:
    del understanding
    found = tuple(each for each in passages if each.score >= thresholds.ground)
    if not found or not state.can_generate or state.in_scope < IN_SCOPE:
        return None
    return Decision(
        action=Action.ANSWER, route=Route.GROUND, score=found[0].score, passages=found
    )


def _clarify(
    understanding: Understanding,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> Decision | None:
    if not state.may_clarify or state.in_scope < IN_SCOPE:
        return None
    likely = [
        state.canonical[intent]
        for intent, share in understanding.alternatives
        if share >= thresholds.clarify and intent in state.canonical
    ]
    likely += [
        each.knowledge
        for each in passages
        if each.knowledge.kind is KnowledgeKind.ANSWER and each.score >= CHOICE
    ]
    choices: dict[str, Knowledge] = {}
    for each in likely:
        if not _is_small_talk(each):
            choices.setdefault(each.question, each)
    if not choices:
        return None
    best = tuple(choices.values())[:MOST_CHOICES]
    return Decision(action=Action.CLARIFY, route=Route.CLARIFY, choices=best)


_Rule: TypeAlias = Callable[
    [Understanding, Sequence[Passage], Thresholds, State], Decision | None
]
_RULES: tuple[_Rule, ...] = (_exact, _corrected, _intent, _match, _ground, _clarify)


def _nearest(passages: Sequence[Passage], least: float) -> Passage | None:
    answers = [
        each
        for each in passages
        if each.knowledge.kind is KnowledgeKind.ANSWER and each.score >= least
    ]
    return max(answers, key=lambda each: each.score, default=None)


def _said(knowledge: Knowledge, route: Route, score: float) -> Decision:
    small_talk = _is_small_talk(knowledge)
    action = Action.SMALL_TALK if small_talk else Action.ANSWER
    return Decision(action=action, route=route, knowledge=knowledge, score=score)


def _is_small_talk(knowledge: Knowledge) -> bool:
    return (knowledge.intent or "").startswith(SMALL_TALK)
