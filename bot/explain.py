"""Why a turn is what it is: what was understood, found and decided, and by what.

Everything but the words' effects is read from the turn itself, so that a turn of any
age can be explained; those come from the model that answered it. Every turn has an
explanation, a command's and an unreadable message's included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from bot.answer import READ
from bot.attribution import METHOD, Scores, WordEffect, effects
from bot.decide import IN_SCOPE, Route
from bot.taking_part import TAKING_PART
from storage.records import Json, Turn

Titled = Callable[[str], str | None]  # a piece of knowledge's question, by its id

# What a step came to; the wording of each is in bot/explain_text.py.
PASSED, FAILED, NOT_REACHED = "passed", "failed", "not_reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A piece of knowledge that was looked at. Scores are from 0 to 1."""

    knowledge_id: str
    title: str
    score: float
    by_words: float | None
    by_meaning: float | None
    used: bool  # the reply rests on it
    read: bool  # the writer had it before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rule that was tried.

    Attributes:
        result: "passed", "failed", or "not_reached" where an earlier one decided.
        because: a word for the reason, such as "below" or "no_answer".
        score: what was measured, from 0 to 1; None where nothing is.
        threshold: what the score had to reach.
        detail: for people: the objections of the guard, for example.
    """

    rule: str
    result: str
    because: str
    score: float | None = None
    threshold: float | None = None
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a turn is what it is.

    Attributes:
        kind: "question", "choice", "hand_over", "command", "unreadable" or
            "taking_part".
        reason: for all but questions, which one: "asked", "too_long", ...
        text: what was understood: the message, perhaps with what came before.
        words: the effect of each on the intent; empty where none can be told, and
            then `words_missing` says why.
        steps: the rules in the order in which they are tried.
        passed_on: (type, text) of what the person who takes over should know.
        instead_of: what would have been done, had the customer not been too angry.
    """

    turn_id: str
    kind: str
    reason: str
    action: str
    origin: str
    model_version: str
    language: str
    latency_ms: float
    text: str
    follows: bool
    intent: str | None
    confidence: float
    in_scope: float | None
    alternatives: tuple[tuple[str, float], ...]
    words: tuple[WordEffect, ...]
    words_missing: str
    found: tuple[Found, ...]
    steps: tuple[Step, ...]
    uncertainty: float | None
    temper: float
    instead_of: str
    passed_on: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {**asdict(self), "words_method": METHOD}


def explain(
    turn: Turn, *, titled: Titled, scores: Scores | None, missing: str = ""
) -> Explanation:
    """Read a turn's reasons.

    Args:
        titled: the question of a piece of knowledge, also of one that was retired.
        scores: the model that answered the turn, or None where it is not at hand.
        missing: why it is not at hand, for people.
    """
    why, understood = _weighed(turn.why), turn.understanding
    kind, reason = _kind(turn)
    text = str(why.get("question") or turn.message.text)
    words: tuple[WordEffect, ...] = ()
    if kind == "question" and understood.intent is None:
        missing = missing or "no_intent"
    elif kind == "question" and scores is not None and understood.intent is not None:
        words = effects(text, understood.intent, scores)
        missing = "" if words else "no_words"
    in_scope = why.get("in_scope")
    return Explanation(
        turn_id=turn.id,
        kind=kind,
        reason=reason,
        action=turn.action.value,
        origin=turn.reply.origin.value,
        model_version=turn.model_version,
        language=understood.language,
        latency_ms=round(turn.latency_ms, 1),
        text=text,
        follows="alone" in why,
        intent=understood.intent,
        confidence=round(understood.confidence, 4),
        in_scope=in_scope if isinstance(in_scope, float) else None,
        alternatives=understood.alternatives,
        words=words,
        words_missing=missing if kind == "question" else "",
        found=_found(turn, why, titled),
        steps=_steps(turn, why) if kind == "question" else (),
        uncertainty=_number(turn.why.get("uncertainty", why.get("uncertainty"))),
        temper=understood.temper,
        instead_of=str(turn.why.get("instead_of", "")),
        passed_on=tuple((str(e[0]), str(e[1])) for e in turn.why.get("passed_on", ())),
    )


def _weighed(why: Json) -> Json:
    """What was weighed, also where an angry customer's hand-over stands above it."""
    inner = why.get("weighed")
    return inner if isinstance(inner, Mapping) else why


def _kind(turn: Turn) -> tuple[str, str]:
    why = turn.why
    for name in ("command", "unreadable", TAKING_PART):
        if name in why:
            return name, str(why[name])
    if why.get("reason") and "weighed" not in why:
        return "hand_over", str(why["reason"])
    if "asked_in" in _weighed(why):
        return "choice", str(_weighed(why).get("route", "choice"))
    return "question", str(why.get("reason", ""))


def _found(turn: Turn, why: Json, titled: Titled) -> tuple[Found, ...]:
    used = {each.knowledge_id: each for each in turn.reply.sources}
    read = read_for(turn)
    rows: dict[str, Sequence[Any]] = {str(row[0]): row for row in _rows(why)}
    for each in turn.reply.sources:
        rows.setdefault(each.knowledge_id, [each.knowledge_id, each.score])
    found = []
    for name, row in rows.items():
        score, words, meaning = (*map(_number, row[1:4]), None, None, None)[:3]
        source = used.get(name)
        found.append(
            Found(
                knowledge_id=name,
                title=titled(name) or (source.title if source else ""),
                score=score or 0.0,
                by_words=words,
                by_meaning=meaning,
                used=source is not None,
                read=name in read,
            )
        )
    return tuple(found)


def read_for(turn: Turn) -> list[str]:
    """The ids of the knowledge that a reply was written from, best first.

    Turns of earlier versions named all of it as their sources.
    """
    written = turn.why.get("written")
    read = written.get(READ) if isinstance(written, Mapping) else None
    return [str(name) for name in read or [s.knowledge_id for s in turn.reply.sources]]


def _steps(turn: Turn, why: Json) -> tuple[Step, ...]:
    """Each rule up to the one that decided, with what it looked at."""
    if "route" not in why:
        return ()
    route, tried = str(why["route"]), []
    reached = True
    for rule in Route:
        result, because, score, least = _RULES[rule](turn, why)
        if not reached:
            result, because = NOT_REACHED, "decided"
        elif rule.value == route:
            result, because, reached = PASSED, "decides", False
        detail = _objections(why) if rule is Route.GROUND else ()
        if detail and result == FAILED:
            because = "refused"
        tried.append(
            Step(
                rule=rule.value,
                result=result,
                because=because,
                score=score,
                threshold=least,
                detail=detail,
            )
        )
    return tuple(tried)


_Looked = tuple[str, str, float | None, float | None]


def _exact(turn: Turn, why: Json) -> _Looked:
    del turn, why
    return FAILED, "other_words", None, None


def _corrected(turn: Turn, why: Json) -> _Looked:
    del turn
    score, least = _number(why.get("nearest")), _least(why, "match")
    return FAILED, _below(score, least) or "not_corrected", score, least


def _intent(turn: Turn, why: Json) -> _Looked:
    understood, least = turn.understanding, _least(why, "answer")
    score = round(understood.confidence, 4)
    if understood.intent is None:
        return FAILED, "no_intent", None, least
    if understood.intent not in _state(why).get("canonical", ()):
        return FAILED, "no_answer", score, least
    return FAILED, _below(score, least) or "failed", score, least


def _match(turn: Turn, why: Json) -> _Looked:
    del turn
    score, least = _number(why.get("nearest")), _least(why, "match")
    return FAILED, _below(score, least) or "failed", score, least


def _ground(turn: Turn, why: Json) -> _Looked:
    del turn
    score = max((_number(row[1]) or 0.0 for row in _rows(why)), default=None)
    least = _least(why, "ground")
    if not _state(why).get("can_generate"):
        return FAILED, "no_generator", score, least
    if (_number(why.get("in_scope")) or 0.0) < IN_SCOPE:
        return FAILED, "out_of_scope", _number(why.get("in_scope")), IN_SCOPE
    return FAILED, _below(score, least) or "failed", score, least


def _clarify(turn: Turn, why: Json) -> _Looked:
    least = _least(why, "clarify")
    score = max((p for _, p in turn.understanding.alternatives), default=None)
    if not _state(why).get("may_clarify"):
        return FAILED, "asked_enough", score, least
    if (_number(why.get("in_scope")) or 0.0) < IN_SCOPE:
        return FAILED, "out_of_scope", _number(why.get("in_scope")), IN_SCOPE
    return FAILED, _below(score, least) or "no_choices", score, least


def _decline(turn: Turn, why: Json) -> _Looked:
    del turn, why
    return FAILED, "failed", None, None


_RULES: Final[Mapping[Route, Callable[[Turn, Json], _Looked]]] = {
    Route.EXACT: _exact,
    Route.CORRECTED: _corrected,
    Route.INTENT: _intent,
    Route.MATCH: _match,
    Route.GROUND: _ground,
    Route.CLARIFY: _clarify,
    Route.DECLINE: _decline,
}


def _objections(why: Json) -> tuple[str, ...]:
    """Why a written reply was not said, or not as it was drafted."""
    tried, written = why.get("tried"), why.get("written")
    if isinstance(written, Mapping):
        return tuple(map(str, written.get("mended", ())))
    if not isinstance(tried, Mapping):
        return ()
    told = [*tried.get("objections", ())]
    told += [
        tried[k] for k in ("generator_unavailable", "generator_error") if k in tried
    ]
    return tuple(map(str, told))


def _below(score: float | None, least: float | None) -> str:
    if score is None or least is None:
        return "nothing_found"
    return "below" if score < least else ""


def _rows(why: Json) -> list[Sequence[Any]]:
    """The passages that were looked at: id, score, and perhaps its parts."""
    rows = why.get("passages")
    if not isinstance(rows, list | tuple):
        return []
    return [row for row in rows if isinstance(row, list | tuple) and len(row) > 1]


def _state(why: Json) -> Json:
    state = why.get("state")
    return state if isinstance(state, Mapping) else {}


def _least(why: Json, name: str) -> float | None:
    thresholds = why.get("thresholds")
    return _number(thresholds.get(name)) if isinstance(thresholds, Mapping) else None


def _number(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number else None  # type: ignore[arg-type]  # just checked
