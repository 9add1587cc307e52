"""What was weighed for a turn, as JSON for its `why`: enough to tell people why.

It holds every number and fact that the rules looked at, whichever rule decided, so
that an explanation needs nothing but the turn.
"""

from collections.abc import Sequence
from typing import Any, Final

from bot.decide import Decision, Route, State
from bot.model.thresholds import Thresholds
from bot.retrieve import Passage
from bot.understand import View
from storage.records import KnowledgeKind, Understanding

_KEPT: Final = 4  # passages
_SURE: Final = (Route.EXACT, Route.CORRECTED)


def weighed(
    view: View,
    decision: Decision,
    passages: Sequence[Passage],
    thresholds: Thresholds,
    state: State,
) -> dict[str, Any]:
    """What one question was decided by."""
    understanding = view.understanding
    nearest = max(
        (p.score for p in passages if p.knowledge.kind is KnowledgeKind.ANSWER),
        default=None,
    )
    return {
        "route": decision.route.value,
        "uncertainty": uncertainty(decision, understanding),
        "thresholds": thresholds.to_json(),
        "intents": [[name, round(p, 4)] for name, p in understanding.alternatives],
        "in_scope": round(view.in_scope, 4),
        "passages": [_row(each) for each in passages[:_KEPT]],
        "nearest": None if nearest is None else round(nearest, 4),
        "state": {
            "exact": state.exact is not None,
            "canonical": sorted(state.canonical),
            "can_generate": state.can_generate,
            "may_clarify": state.may_clarify,
        },
    }


def uncertainty(decision: Decision, understanding: Understanding) -> float:
    """How little is known about whether the turn was right, 0 to 1.

    Uncertainty sampling (Lewis and Gale 1994): what is nearest to even odds teaches
    most. It is the variance 4 p (1 - p) of a yes or no with the chance p: the
    confidence in the intent, or the score of what is said if that is higher.
    """
    if decision.route in _SURE:
        return 0.0
    chance = max(decision.score, understanding.confidence)
    return round(4.0 * chance * (1.0 - chance), 4)


def _row(passage: Passage) -> list[Any]:
    """Its id, the score, and what words and vectors make of it."""
    meaning = passage.by_meaning
    return [
        passage.knowledge.id,
        round(passage.score, 4),
        round(passage.by_words, 4),
        None if meaning is None else round(meaning, 4),
    ]
