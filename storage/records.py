"""What kefu remembers, as values: frozen, keyword-only, with aware UTC times.

Rows never leave this package; these records do. A change makes a new value
(`dataclasses.replace`). Identifiers, times and chance come in from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]


class Role(StrEnum):
    """Who a person is to us, by configured platform ids."""

    CUSTOMER = "customer"
    AGENT = "agent"
    ADMIN = "admin"


class Action(StrEnum):
    """What the bot did in a turn."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HAND_OVER = "hand_over"
    DECLINE = "decline"
    SMALL_TALK = "small_talk"


class Origin(StrEnum):
    """Where the words of a reply come from."""

    APPROVED = "approved"  # an approved answer, word for word
    GENERATED = "generated"  # written by the generator, accepted by the guard
    FIXED = "fixed"  # one of kefu's own texts: clarifying, declining, hand-over


class Stage(StrEnum):
    """Where a release stands. At most one is live."""

    CANDIDATE = "candidate"
    LIVE = "live"
    RETIRED = "retired"  # was live once; can be rolled back to
    REJECTED = "rejected"


class KnowledgeKind(StrEnum):
    """An approved question and answer, or a passage of a document."""

    ANSWER = "answer"
    PASSAGE = "passage"


class ReviewState(StrEnum):
    """What became of a correction."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class RunState(StrEnum):
    """How a learning cycle stands."""

    RUNNING = "running"
    FINISHED = "finished"  # it reached a verdict
    FAILED = "failed"
    STOPPED = "stopped"  # an admin stopped it


# --- what comes in -----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person wrote, as its platform's adapter understood it."""

    platform: str  # "slack", "telegram", "terminal", "web"
    conversation_id: str  # the thread or chat; unique within the platform
    message_id: str  # the platform's own; unique within the conversation
    sender_id: str
    text: str
    sent_at: datetime
    workspace: str = "default"
    role: Role = Role.CUSTOMER  # set by the desk, from configuration
    reply_to: str | None = None  # platform id of the message it replies to
    # False: said in a thread or as a reply, without naming kefu. Not kept with a turn.
    addressed: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A thumb on a reply. Pressing the thumb that is already up withdraws it."""

    platform: str
    conversation_id: str
    voter_id: str
    turn_id: str
    good: bool
    voted_at: datetime
    workspace: str = "default"
    role: Role = Role.CUSTOMER


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a reply should have said."""

    platform: str
    conversation_id: str
    author_id: str
    turn_id: str
    text: str
    written_at: datetime
    workspace: str = "default"
    role: Role = Role.CUSTOMER


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A press on one of the choices that a clarifying question offered."""

    platform: str
    conversation_id: str
    message_id: str  # of the press: unique, so that the turn it makes is
    sender_id: str
    turn_id: str  # the turn that asked
    number: int  # which of its choices, from 0
    chosen_at: datetime
    workspace: str = "default"
    role: Role = Role.CUSTOMER


Event: TypeAlias = Message | Vote | Correction | Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An event in work. Finish or fail it with the same claim."""

    inbox_id: int
    key: str  # the platform's key of the event
    event: Event
    attempts: int  # this one included
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An event in its conversation's line."""

    number: int
    key: str
    event: Event
    received_at: datetime


# --- a turn -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something that a message names. `message[start:end]` is its text."""

    type: str  # "order_number", "product", "date", "amount", "phone", "email", ...
    text: str
    start: int
    end: int
    value: Json = field(default_factory=dict)  # normalised: {"date": "2026-11-24"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What the bot made of a message."""

    language: str  # "zh" or "en"
    intent: str | None = None
    confidence: float = 0.0  # calibrated, 0 to 1
    alternatives: tuple[tuple[str, float], ...] = ()  # best first, with the intent
    sentiment: str | None = None  # "negative", "neutral", "positive"
    anger: float = 0.0  # of this message, 0 to 1
    temper: float = 0.0  # anger over the conversation: the latest weighs most
    entities: tuple[Entity, ...] = ()  # in the order of the text
    slots: tuple[Entity, ...] = ()  # the latest of each type in the conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an answer rests on, as shown to a person."""

    knowledge_id: str
    title: str
    score: float  # similarity of the question, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is said to a person."""

    text: str
    origin: Origin
    choices: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message and what was made of it. Written once and never changed."""

    id: str
    message: Message
    understanding: Understanding
    action: Action
    reply: Reply
    model_version: str  # "v0007"; "v0000" before the first release
    answered_at: datetime
    latency_ms: float
    why: Json = field(default_factory=dict)  # scores and thresholds, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer of the log, without words: who got which knowledge, and when."""

    platform: str
    conversation_id: str
    sender_id: str
    knowledge_id: str
    answered_at: datetime
    was_offered: bool = False  # under an answer before, and taken there


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Something to be delivered once."""

    id: str  # our delivery key; on Slack it travels in the message's metadata
    platform: str
    conversation_id: str
    text: str
    language: str
    turn_id: str | None = None
    choices: tuple[str, ...] = ()
    votable: bool = False  # carries the thumbs
    ask: str = ""  # words that ask for a thumb, shown beside the text
    reply_to: str | None = None  # platform id of the message it answers
    recipient_id: str | None = None  # only this person should see it


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An outgoing message in work: its intent to send is on record."""

    outgoing: Outgoing
    attempts: int  # this one included
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A customer's request for a person."""

    id: str
    workspace: str
    platform: str
    conversation_id: str
    turn_id: str
    customer_id: str
    reason: str  # "asked", "offered" or "angry"
    requested_at: datetime


# --- what is learnt from ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """The one live vote of a voter on a turn; `good` is None once withdrawn."""

    turn_id: str
    voter_id: str
    platform: str
    role: Role
    good: bool | None
    model_version: str
    knowledge_ids: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCorrection:
    """A correction and what became of it."""

    id: str
    turn_id: str
    workspace: str
    platform: str
    author_id: str
    role: Role
    question: str  # what the customer had asked
    text: str
    state: ReviewState
    knowledge_id: str | None  # the knowledge it became
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """An approved answer or a passage. The text is what may be said."""

    id: str
    workspace: str
    kind: KnowledgeKind
    question: str  # for a passage: its title and heading
    text: str  # the answer, or the passage
    language: str
    intent: str | None = None
    title: str = ""  # of the document, or the question: shown as the source
    source: str = ""  # file, or "correction"
    source_key: str = ""  # identifies it in its source: importing again updates it
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A question with the intent people gave it; `oos` is out of scope."""

    id: str
    workspace: str
    text: str
    intent: str
    language: str
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedText:
    """A text in which people marked what it names; `entities` may be none."""

    id: str
    workspace: str
    text: str
    entities: tuple[Entity, ...]
    language: str
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A trained version in the registry; its files lie in `releases/<version>`."""

    version: str
    stage: Stage
    manifest: Json
    reasons: tuple[str, ...]
    created_at: datetime
    promoted_at: datetime | None = None
    promoted_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One learning cycle, from its start to its end."""

    id: str
    trigger: str  # "command", "schedule", "terminal"
    requested_by: str
    state: RunState
    stage: str  # "dataset", "train", "evaluate", "promote"
    progress: float  # 0 to 1
    started_at: datetime
    updated_at: datetime
    pid: int | None = None
    candidate: str | None = None
    verdict: str | None = None  # "live", "rejected", "nothing to learn"
    reasons: tuple[str, ...] = ()
    stop_requested: bool = False
