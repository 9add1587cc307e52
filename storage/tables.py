"""The tables. Rows never leave this package: the stores turn them into records.

Every index is there for one question that a store asks; names are fixed, because
the migrations speak of them. In the two queues (inbox, outbox) a row with a `due_at`
stands first in its conversation's line, and the database itself sees to it that
there is only one; a row without `finished_at` is still in the line.
"""

from typing import ClassVar

from sqlalchemy import Index, MetaData, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import Document, Key, OptionalText, OptionalTime, Text, Texts, Time
from storage.constraints import lines, of_a_turn, partial


class Row(SQLModel):
    """Every table of ours, and no one else's."""

    metadata: ClassVar[MetaData] = MetaData()


class InboxRow(Row, table=True):
    """An event. `due_at`: from when it may be claimed, or claimed again."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("platform", "key", name="inbox_key"),
        *lines("inbox"),
        partial("inbox_due", "due_at", "number", where="due_at IS NOT NULL"),
        Index("inbox_state", "state", "number"),
    )
    number: int | None = Field(default=None, primary_key=True)
    platform: Text
    key: Text
    conversation_id: Text
    event: Document
    state: Text
    due_at: OptionalTime = None
    attempts: int = 0
    worker: OptionalText = None
    error: OptionalText = None
    received_at: Time
    finished_at: OptionalTime = None


class OutboxRow(Row, table=True):
    """An outgoing message. `due_at`: from when it may be sent, or is stuck."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("id", name="outbox_id"),
        *lines("outbox"),
        partial(
            "outbox_due", "platform", "due_at", "number", where="due_at IS NOT NULL"
        ),
        partial(
            "outbox_sent",
            "platform",
            "conversation_id",
            "platform_message_id",
            where="platform_message_id IS NOT NULL",
        ),
        partial("outbox_uncertain", "number", where="uncertain_at IS NOT NULL"),
        Index("outbox_state", "state"),
    )
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    platform: Text
    conversation_id: Text
    turn_id: OptionalText = None
    outgoing: Document
    state: Text
    due_at: OptionalTime = None
    attempts: int = 0
    worker: OptionalText = None
    started_at: OptionalTime = None
    error: OptionalText = None
    platform_message_id: OptionalText = None
    uncertain_at: OptionalTime = None
    created_at: Time
    finished_at: OptionalTime = None


class TurnRow(Row, table=True):
    """A turn, its message spelt out in columns."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("id", name="turns_id"),
        UniqueConstraint(
            "platform", "conversation_id", "message_id", name="turns_message"
        ),
        Index("turns_conversation", "platform", "conversation_id", "number"),
        Index("turns_answered", "answered_at", "number"),
        Index("turns_person", "platform", "sender_id", "number"),
    )
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    workspace: Text
    platform: Text
    conversation_id: Text
    message_id: Text
    sender_id: Text
    role: Text
    text: Text
    sent_at: Time
    reply_to: OptionalText = None
    understanding: Document
    action: Text
    reply: Document
    model_version: Text
    answered_at: Time
    latency_ms: float
    why: Document


class FeedbackRow(Row, table=True):
    """The one vote of a voter on a turn."""

    __tablename__ = "feedback"
    __table_args__ = (of_a_turn("feedback_turn_exists"),)
    turn_id: Key
    platform: Key
    voter_id: Key
    role: Text
    good: bool | None = None
    model_version: Text
    knowledge_ids: Texts
    created_at: Time
    updated_at: Time


class CorrectionRow(Row, table=True):
    """What a reply should have said."""

    __tablename__ = "corrections"
    __table_args__ = (
        UniqueConstraint("id", name="corrections_id"),
        of_a_turn("corrections_turn_exists"),
        Index("corrections_turn", "turn_id"),
        Index("corrections_state", "state", "number"),
    )
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    turn_id: Text
    workspace: Text
    platform: Text
    author_id: Text
    role: Text
    question: Text
    text: Text
    state: Text
    knowledge_id: OptionalText = None
    created_at: Time


class KnowledgeRow(Row, table=True):
    """Approved knowledge; what was retired stays, for the turns that cite it."""

    __tablename__ = "knowledge"
    __table_args__ = (
        UniqueConstraint("id", name="knowledge_id"),
        UniqueConstraint("workspace", "identity", name="knowledge_identity"),
        Index("knowledge_changes", "workspace", "version"),
    )
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    workspace: Text
    kind: Text
    question: Text
    text: Text
    language: Text
    intent: OptionalText = None
    title: Text
    source: Text
    source_key: Text
    identity: Text  # of source and source key
    updated_at: Time
    retired: bool = False
    version: int | None = None  # of the workspace's knowledge, when this changed


class KnowledgeVersionRow(Row, table=True):
    """How often a workspace's knowledge has changed."""

    __tablename__ = "knowledge_versions"
    workspace: Key
    version: int


class QuestionRow(Row, table=True):
    """A labelled question."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("id", name="questions_id"),
        UniqueConstraint("workspace", "identity", name="questions_identity"),
    )
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    workspace: Text
    text: Text
    intent: Text
    language: Text
    source: Text
    identity: Text  # of language and normalised text
    created_at: Time


class TaggedTextRow(Row, table=True):
    """A text with its entities marked."""

    __tablename__ = "tagged_texts"
    __table_args__ = (
        UniqueConstraint("id", name="tagged_texts_id"),
        UniqueConstraint("workspace", "identity", name="tagged_texts_identity"),
    )
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    workspace: Text
    tagged: Document
    identity: Text  # of the text
    created_at: Time


class ReleaseRow(Row, table=True):
    """A release. No two are live."""

    __tablename__ = "releases"
    __table_args__ = (
        UniqueConstraint("version", name="releases_version"),
        partial("releases_live", "stage", unique=True, where="stage = 'live'"),
    )
    number: int | None = Field(default=None, primary_key=True)
    version: Text
    stage: Text
    manifest: Document
    reasons: Texts
    created_at: Time
    promoted_at: OptionalTime = None
    promoted_by: OptionalText = None


class RunRow(Row, table=True):
    """A learning cycle."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("id", name="runs_id"),)
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    trigger: Text
    requested_by: Text
    state: Text
    stage: Text
    progress: float
    started_at: Time
    updated_at: Time
    pid: int | None = None
    candidate: OptionalText = None
    verdict: OptionalText = None
    reasons: Texts
    stop_requested: bool = False


class HandOverRow(Row, table=True):
    """A customer's request for a person."""

    __tablename__ = "hand_overs"
    __table_args__ = (
        UniqueConstraint("id", name="hand_overs_id"),
        of_a_turn("hand_overs_turn_exists"),
        partial("hand_overs_open", "workspace", "number", where="closed_at IS NULL"),
    )
    number: int | None = Field(default=None, primary_key=True)
    id: Text
    workspace: Text
    platform: Text
    conversation_id: Text
    turn_id: Text
    customer_id: Text
    reason: Text
    requested_at: Time
    closed_at: OptionalTime = None


class LeaseRow(Row, table=True):
    """Who holds a name until when."""

    __tablename__ = "leases"
    name: Key
    holder: Text
    until: Time


class TickRow(Row, table=True):
    """A slot of a schedule that has fired."""

    __tablename__ = "ticks"
    name: Key
    slot: Key
    fired_at: Time
