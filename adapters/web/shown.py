"""A turn as JSON for a visitor. Pure; everything in it is plain text, never markup."""

from typing import Any

from bot import asked_for_vote
from storage.records import Action, Origin, Turn


def shown(turn: Turn) -> dict[str, Any]:
    """The turn with what a visitor may see of it."""
    understanding = turn.understanding
    return {
        "conversation_id": turn.message.conversation_id,
        "turn_id": turn.id,
        "text": turn.reply.text,
        "action": turn.action.value,
        "origin": turn.reply.origin.value,
        "language": understanding.language,
        "intent": understanding.intent,
        "confidence": round(understanding.confidence, 4),
        "choices": list(turn.reply.choices),
        "sources": [
            {"title": source.title, "score": round(source.score, 4)}
            for source in turn.reply.sources
        ],
        "votable": votable(turn),
        "ask": asked_for_vote(turn),
        "model_version": turn.model_version,
        "latency_ms": round(turn.latency_ms, 1),
    }


def votable(turn: Turn) -> bool:
    """Whether a thumb on it teaches something: an answer, or not having had one."""
    if turn.action is Action.ANSWER:
        return turn.reply.origin is not Origin.FIXED
    return turn.action is Action.DECLINE
