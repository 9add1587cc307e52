"""A person's word on what waits: it becomes approved knowledge, or never will.

Approving twice changes nothing more; what was decided is never asked again.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.learning import knowledge_from
from storage.problems import BadInput
from storage.records import Correction, ReviewState, Role, StoredCorrection
from storage.stores import Stores

EVERY = "all"
_SHORTEST = 6  # characters of an id that name it


def waiting(stores: Stores, workspace: str) -> list[StoredCorrection]:
    """All that waits in a workspace, oldest first."""
    pending = stores.feedback.corrections(ReviewState.PENDING)
    return [each for each in pending if each.workspace == workspace]


def decide(
    stores: Stores,
    workspace: str,
    *,
    approve: Sequence[str],
    reject: Sequence[str],
    now: datetime,
) -> dict[str, list[str]]:
    """Approve some and reject some, by their ids or "all": {"approved", "rejected"}.

    Raises:
        BadInput: KF-227, nothing of that id waits; KF-228, an id stands in both.
    """
    pending = {each.id: each for each in waiting(stores, workspace)}
    good, bad = _named(approve, pending), _named(reject, pending)
    if set(good) & set(bad):
        raise BadInput(
            "KF-228",
            "the same cannot be approved and rejected",
            where="--approve and --reject",
            fix="name each id once",
        )
    decided: dict[str, list[str]] = {"approved": [], "rejected": []}
    for each in good:
        became = _approve(stores, pending[each], now)
        decided["approved" if became else "rejected"].append(each)
    for each in bad:
        stores.feedback.review(each, ReviewState.REJECTED)
        decided["rejected"].append(each)
    return decided


def _named(ids: Sequence[str], pending: dict[str, StoredCorrection]) -> list[str]:
    found: list[str] = []
    for name in ids:
        if name == EVERY:
            same = list(pending)
        else:
            same = [each for each in pending if each.startswith(name)]
            if len(name) < _SHORTEST or len(same) != 1:
                raise BadInput(
                    "KF-227",
                    f"nothing waits for a review under {name[:80]!r}",
                    why=f"{len(same)} ids begin like that"
                    if len(same) > 1
                    else "it was decided already, or is of another workspace",
                    fix='"kefu review" lists what waits',
                )
        found += [each for each in same if each not in found]
    return found


def _approve(stores: Stores, each: StoredCorrection, now: datetime) -> bool:
    """Make knowledge of it; False where its turn asked nothing that could be said."""
    turn = stores.turns.get(each.turn_id)
    correction = Correction(
        platform=each.platform,
        conversation_id=turn.message.conversation_id if turn else "",
        author_id=each.author_id,
        turn_id=each.turn_id,
        text=each.text,
        written_at=now,
        workspace=each.workspace,
        role=Role.ADMIN,
    )
    knowledge = knowledge_from(turn, each.text, correction) if turn else None
    if turn is None or knowledge is None:
        stores.feedback.review(each.id, ReviewState.REJECTED)
        return False
    stores.knowledge.put(knowledge)
    stores.feedback.review(each.id, ReviewState.APPROVED, knowledge.id)
    return True
