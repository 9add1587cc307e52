"""Records for the tests, with everything that a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from storage.records import (
    Action,
    Entity,
    Knowledge,
    KnowledgeKind,
    LabelledQuestion,
    Message,
    Origin,
    Outgoing,
    Reply,
    ReviewState,
    Role,
    Run,
    RunState,
    Source,
    StoredCorrection,
    Turn,
    Understanding,
    Vote,
)
from storage.stores import Stores

NOW = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def message(number: int = 1, conversation: str = "C1", **changes: Any) -> Message:
    values: dict[str, Any] = {
        "platform": "slack",
        "conversation_id": conversation,
        "message_id": f"m{number}",
        "sender_id": "U1",
        "text": "Where is my parcel? 我的包裹在哪里？",
        "sent_at": NOW,
    }
    return Message(**values | changes)


ORDER = Entity(
    type="order_number",
    text="A-1001",
    start=6,
    end=12,
    value={"order_number": "A-1001"},
)


def turn(number: int = 1, conversation: str = "C1", **changes: Any) -> Turn:
    values: dict[str, Any] = {
        "id": f"t{number}",
        "message": message(number, conversation),
        "understanding": Understanding(
            language="en",
            intent="track_order",
            confidence=0.93,
            alternatives=(("cancel_order", 0.04), ("delivery_time", 0.02)),
            sentiment="negative",
            anger=0.25,
            temper=0.5,
            entities=(ORDER,),
            slots=(ORDER,),
        ),
        "action": Action.ANSWER,
        "reply": Reply(
            text="It is on its way.",
            origin=Origin.APPROVED,
            sources=(Source(knowledge_id="k1", title="Tracking", score=0.8),),
        ),
        "model_version": "v0003",
        "answered_at": later(number),
        "latency_ms": 12.5,
        "why": {"scores": [0.93, 0.04], "threshold": 0.7},
    }
    return Turn(**values | changes)


def outgoing(number: int = 1, conversation: str = "C1", **changes: Any) -> Outgoing:
    values: dict[str, Any] = {
        "id": f"o{number}",
        "platform": "slack",
        "conversation_id": conversation,
        "text": "It is on its way.",
        "language": "en",
        "turn_id": f"t{number}",
    }
    return Outgoing(**values | changes)


def vote(good: bool, at: datetime = NOW, voter: str = "U1", turn: str = "t1") -> Vote:
    return Vote(
        platform="slack",
        conversation_id="C1",
        voter_id=voter,
        turn_id=turn,
        good=good,
        voted_at=at,
    )


def correction(number: int = 1, turn_id: str = "t1") -> StoredCorrection:
    return StoredCorrection(
        id=f"c{number}",
        turn_id=turn_id,
        workspace="default",
        platform="slack",
        author_id="U2",
        role=Role.AGENT,
        question="Where is my parcel?",
        text="You can follow it under Orders.",
        state=ReviewState.PENDING,
        knowledge_id=None,
        created_at=NOW,
    )


def knowledge(number: int = 1, **changes: Any) -> Knowledge:
    values: dict[str, Any] = {
        "id": f"k{number}",
        "workspace": "default",
        "kind": KnowledgeKind.ANSWER,
        "question": "Where is my parcel?",
        "text": "It is on its way.",
        "language": "en",
        "intent": "track_order",
        "title": "Tracking",
        "source": "faq.csv",
        "source_key": f"row {number}",
        "updated_at": NOW,
    }
    return Knowledge(**values | changes)


def question(number: int = 1, **changes: Any) -> LabelledQuestion:
    values: dict[str, Any] = {
        "id": f"q{number}",
        "workspace": "default",
        "text": f"Where is parcel {number}?",
        "intent": "track_order",
        "language": "en",
        "source": "intents.csv",
        "created_at": NOW,
    }
    return LabelledQuestion(**values | changes)


def run(number: int = 1, **changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": f"r{number}",
        "trigger": "command",
        "requested_by": "U9",
        "state": RunState.RUNNING,
        "stage": "dataset",
        "progress": 0.0,
        "started_at": NOW,
        "updated_at": NOW,
    }
    return Run(**values | changes)


def put(stores: Stores, number: int, conversation: str = "C1") -> bool:
    """Put an event into the inbox, received `number` seconds after NOW."""
    return stores.inbox.put(
        platform="slack",
        key=f"message:{number}",
        conversation_id=conversation,
        event=message(number, conversation),
        received_at=later(number),
    )
