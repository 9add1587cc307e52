"""Votes and corrections, taken in within the caller's transaction.

What a customer suggests waits for review. What an agent or an admin corrects is
approved knowledge at once: from the next message on it is the answer.
"""

import hashlib
from collections.abc import Callable

from bot.answer import fixed
from bot.inquiry import question_of
from bot.privacy import mask
from bot.retrieve import CORRECTION
from bot.text import question_key, shortened, storable
from storage.records import (
    Correction,
    Knowledge,
    KnowledgeKind,
    Reply,
    ReviewState,
    Role,
    StoredCorrection,
    Turn,
    Vote,
)
from storage.stores import Stores

_LONGEST_TITLE = 120
_APPROVERS = frozenset({Role.AGENT, Role.ADMIN})


def count(stores: Stores, vote: Vote, default_language: str) -> Reply:
    """Count a thumb, or withdraw it; a turn that is gone gets a kind notice."""
    turn = _turn(stores, vote)
    if turn is None:
        return fixed("vote_gone", default_language)
    language = turn.understanding.language
    standing = stores.feedback.vote(vote, turn)
    if standing.good is None:
        return fixed("vote_withdrawn", language)
    return fixed("vote_good" if standing.good else "vote_bad", language)


def correct(
    stores: Stores,
    correction: Correction,
    default_language: str,
    limit: int,
    new_id: Callable[[], str],
) -> Reply:
    """Keep what a reply should have said, and say what became of it.

    Args:
        limit: characters that a correction may have.
    """
    turn = _turn(stores, correction)
    if turn is None:
        return fixed("correction_gone", default_language)
    language = turn.understanding.language
    text = storable(correction.text).strip()
    if not question_key(text):
        return fixed("correction_empty", language)
    if len(text) > limit:
        return fixed("correction_long", language, limit=limit)
    knowledge = None
    if correction.role in _APPROVERS:
        knowledge = knowledge_from(turn, text, correction)
    if knowledge is not None:
        stores.knowledge.put(knowledge)
    stores.feedback.add_correction(
        StoredCorrection(
            id=new_id(),
            turn_id=turn.id,
            workspace=turn.message.workspace,
            platform=correction.platform,
            author_id=correction.author_id,
            role=correction.role,
            question=question_of(turn),
            text=text,
            state=ReviewState.APPROVED if knowledge else ReviewState.PENDING,
            knowledge_id=knowledge.id if knowledge else None,
            created_at=correction.written_at,
        )
    )
    return fixed("correction_live" if knowledge else "correction_pending", language)


def knowledge_from(turn: Turn, text: str, correction: Correction) -> Knowledge | None:
    """The approved answer that a correction is; None if the turn asked nothing.

    It is known by its question, so a later correction of the same question takes its
    place. Personal data in the question is masked; the intent stays open, because a
    reply may be wrong in its words or in what was understood.
    """
    question = mask(question_of(turn)).strip()
    key = question_key(question)
    if not key or "command" in turn.why or "unreadable" in turn.why:
        return None
    workspace, language = turn.message.workspace, turn.understanding.language
    identity = f"{workspace}\n{CORRECTION}\n{language}\n{key}"
    return Knowledge(
        id=hashlib.blake2b(identity.encode(), digest_size=16).hexdigest(),
        workspace=workspace,
        kind=KnowledgeKind.ANSWER,
        question=question,
        text=text,
        language=language,
        title=shortened(question, _LONGEST_TITLE),
        source=CORRECTION,
        source_key=hashlib.blake2b(identity.encode(), digest_size=16).hexdigest(),
        updated_at=correction.written_at,
    )


def _turn(stores: Stores, event: Vote | Correction) -> Turn | None:
    """The turn that is judged, if the one who judges is in its conversation."""
    turn = stores.turns.get(event.turn_id)
    if turn is None:
        return None
    message = turn.message
    same = all(
        getattr(message, name) == getattr(event, name)
        for name in ("platform", "workspace", "conversation_id")
    )
    return turn if same else None
