"""The rules in their order: an approved answer, a written one, a question back."""

from collections.abc import Sequence

import pytest

from bot import Passage
from bot.decide import Route, State, decide
from bot.model.thresholds import Thresholds
from storage.records import Action, Knowledge, KnowledgeKind, Understanding
from tests.bot.small import answer

LIMITS = Thresholds(answer=0.8, clarify=0.3, match=0.7, ground=0.5)
WHERE = answer("Where?", "There.", intent="where")
HOW = answer("How?", "So.", intent="how")
WHY = answer("Why?", "Because.", intent="why")
HELLO = answer("Hello", "Hello!", intent="small_talk_hello")
FIXED = answer("When?", "Now.", source="correction")
TEXT = answer("Heading", "A passage.", kind=KnowledgeKind.PASSAGE)
CANONICAL = {"where": WHERE, "how": HOW, "why": WHY, "small_talk_hello": HELLO}


def understood(*shares: tuple[str, float]) -> Understanding:
    best = shares[0] if shares else (None, 0.0)
    return Understanding(
        language="en", intent=best[0], confidence=best[1], alternatives=shares
    )


def state(
    exact: Knowledge | None = None,
    *,
    in_scope: float = 1.0,
    can_generate: bool = True,
    may_clarify: bool = True,
) -> State:
    return State(
        exact=exact,
        canonical=CANONICAL,
        in_scope=in_scope,
        can_generate=can_generate,
        may_clarify=may_clarify,
    )


def found(*scored: tuple[Knowledge, float]) -> list[Passage]:
    return [Passage(knowledge=each, score=score) for each, score in scored]


SURE = understood(("where", 0.9))
UNSURE = understood(("where", 0.5), ("how", 0.4), ("why", 0.1))
NOTHING = understood()


@pytest.mark.parametrize(
    ("understanding", "passages", "given", "route", "said"),
    [
        (SURE, [], state(HOW), Route.EXACT, HOW),
        (SURE, found((FIXED, 0.8)), state(), Route.CORRECTED, FIXED),
        (SURE, found((FIXED, 0.6)), state(), Route.INTENT, WHERE),
        (SURE, found((HOW, 0.99)), state(), Route.INTENT, WHERE),
        (SURE, [], state(in_scope=0.1), Route.INTENT, WHERE),
        (UNSURE, found((HOW, 0.75)), state(), Route.MATCH, HOW),
        (NOTHING, found((TEXT, 0.99), (HOW, 0.7)), state(), Route.MATCH, HOW),
    ],
)
def test_an_approved_answer_comes_first(
    understanding: Understanding,
    passages: Sequence[Passage],
    given: State,
    route: Route,
    said: Knowledge,
) -> None:
    decision = decide(understanding, passages, LIMITS, given)
    assert (decision.action, decision.route) == (Action.ANSWER, route)
    assert decision.knowledge == said


def test_small_talk_is_answered_as_small_talk() -> None:
    decision = decide(understood(("small_talk_hello", 0.9)), [], LIMITS, state())
    assert (decision.action, decision.knowledge) == (Action.SMALL_TALK, HELLO)


def test_a_reply_is_written_only_from_passages_that_fit() -> None:
    passages = found((TEXT, 0.6), (HOW, 0.5), (WHY, 0.4))
    decision = decide(UNSURE, passages, LIMITS, state())
    assert (decision.action, decision.route) == (Action.ANSWER, Route.GROUND)
    assert [each.knowledge for each in decision.passages] == [TEXT, HOW]
    assert decision.knowledge is None


@pytest.mark.parametrize(
    "given", [state(can_generate=False), state(in_scope=0.3, may_clarify=False)]
)
def test_otherwise_nothing_is_written(given: State) -> None:
    decision = decide(UNSURE, found((TEXT, 0.9)), LIMITS, given)
    assert decision.route is not Route.GROUND


def test_it_asks_back_with_what_is_likely_best_first() -> None:
    passages = found((WHY, 0.6), (WHERE, 0.55), (FIXED, 0.2))
    decision = decide(UNSURE, passages, LIMITS, state(can_generate=False))
    assert decision.action is Action.CLARIFY
    assert decision.choices == (WHERE, HOW, WHY)


def test_small_talk_is_never_a_choice() -> None:
    view = understood(("small_talk_hello", 0.5), ("how", 0.35))
    decision = decide(view, [], LIMITS, state())
    assert decision.choices == (HOW,)


@pytest.mark.parametrize(
    ("understanding", "given"),
    [
        (UNSURE, state(may_clarify=False)),
        (UNSURE, state(in_scope=0.2)),
        (NOTHING, state()),
        (understood(("unheard of", 0.99)), state()),
        (understood(("where", 0.2)), state()),
    ],
)
def test_else_it_says_honestly_that_it_does_not_know(
    understanding: Understanding, given: State
) -> None:
    decision = decide(understanding, [], LIMITS, given)
    assert (decision.action, decision.route) == (Action.DECLINE, Route.DECLINE)
