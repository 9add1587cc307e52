"""An answer of an old chat that waits: like a customer's correction, until a review.

It is kept as a turn that a person answered, with a pending correction. So nothing new
is to be learnt by whoever reviews, and nothing is said or trained on before.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.records import (
    Action,
    Message,
    Origin,
    Reply,
    ReviewState,
    Role,
    StoredCorrection,
    Turn,
    Understanding,
)
from storage.stores import Stores

IMPORTED: Final = "import"
"""The platform, the author and the model version of what was imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A question with the answer that an agent once gave. Masked."""

    workspace: str
    question: str
    answer: str
    language: str
    source: str
    conversation_id: str
    imported_at: datetime

    @property
    def id(self) -> str:
        """The same for the same words of the same conversation."""
        said = (self.workspace, self.source, self.conversation_id)
        whole = "\n".join((*said, self.question, self.answer))
        return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()


def keep(stores: Stores, waiting: Waiting) -> str:
    """Keep it for a review: "added", or "unchanged" whatever became of it since."""
    if stores.turns.get(waiting.id) is not None:
        return "unchanged"
    reply = Reply(text=waiting.answer, origin=Origin.FIXED)
    message = Message(
        platform=IMPORTED,
        conversation_id=waiting.id,
        message_id=waiting.conversation_id or waiting.id,
        sender_id=IMPORTED,
        text=waiting.question,
        sent_at=waiting.imported_at,
        workspace=waiting.workspace,
    )
    stores.turns.add(
        Turn(
            id=waiting.id,
            message=message,
            understanding=Understanding(language=waiting.language),
            action=Action.HAND_OVER,
            reply=reply,
            model_version=IMPORTED,
            answered_at=waiting.imported_at,
            latency_ms=0.0,
            why={"imported": waiting.source},
        )
    )
    stores.feedback.add_correction(
        StoredCorrection(
            id=waiting.id,
            turn_id=waiting.id,
            workspace=waiting.workspace,
            platform=IMPORTED,
            author_id=IMPORTED,
            role=Role.CUSTOMER,
            question=waiting.question,
            text=waiting.answer,
            state=ReviewState.PENDING,
            knowledge_id=None,
            created_at=waiting.imported_at,
        )
    )
    return "added"
