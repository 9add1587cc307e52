"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _turns()
    _inbox()
    _knowledge()
    _knowledge_versions()
    _leases()
    _outbox()
    _questions()
    _releases()
    _runs()
    _ticks()
    _corrections()
    _feedback()
    _hand_overs()


def _inbox() -> None:
    op.create_table(
        "inbox",
        _whole("number"),
        _words("platform"),
        _words("key"),
        _words("conversation_id"),
        _json("event"),
        _words("state"),
        _time("due_at", nullable=True),
        _whole("attempts"),
        _words("worker", nullable=True),
        _words("error", nullable=True),
        _time("received_at"),
        _time("finished_at", nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("platform", "key", name="inbox_key"),
    )
    _index("inbox_due", "inbox", ["due_at", "number"], where="due_at IS NOT NULL")
    _index(
        "inbox_first",
        "inbox",
        ["platform", "conversation_id"],
        unique=True,
        where="due_at IS NOT NULL",
    )
    _index(
        "inbox_line",
        "inbox",
        ["platform", "conversation_id", "number"],
        where="finished_at IS NULL",
    )
    op.create_index("inbox_state", "inbox", ["state", "number"])


def _knowledge() -> None:
    op.create_table(
        "knowledge",
        _whole("number"),
        _words("id"),
        _words("workspace"),
        _words("kind"),
        _words("question"),
        _words("text"),
        _words("language"),
        _words("intent", nullable=True),
        _words("title"),
        _words("source"),
        _words("source_key"),
        _words("identity"),
        _time("updated_at"),
        _flag("retired"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="knowledge_id"),
        sa.UniqueConstraint("workspace", "identity", name="knowledge_identity"),
    )


def _knowledge_versions() -> None:
    op.create_table(
        "knowledge_versions",
        _words("workspace"),
        _whole("version"),
        sa.PrimaryKeyConstraint("workspace"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        _words("name"),
        _words("holder"),
        _time("until"),
        sa.PrimaryKeyConstraint("name"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        _whole("number"),
        _words("id"),
        _words("platform"),
        _words("conversation_id"),
        _words("turn_id", nullable=True),
        _json("outgoing"),
        _words("state"),
        _time("due_at", nullable=True),
        _whole("attempts"),
        _words("worker", nullable=True),
        _time("started_at", nullable=True),
        _words("error", nullable=True),
        _words("platform_message_id", nullable=True),
        _time("uncertain_at", nullable=True),
        _time("created_at"),
        _time("finished_at", nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="outbox_id"),
    )
    _index(
        "outbox_due",
        "outbox",
        ["platform", "due_at", "number"],
        where="due_at IS NOT NULL",
    )
    _index(
        "outbox_first",
        "outbox",
        ["platform", "conversation_id"],
        unique=True,
        where="due_at IS NOT NULL",
    )
    _index(
        "outbox_line",
        "outbox",
        ["platform", "conversation_id", "number"],
        where="finished_at IS NULL",
    )
    _index(
        "outbox_sent",
        "outbox",
        ["platform", "conversation_id", "platform_message_id"],
        where="platform_message_id IS NOT NULL",
    )
    op.create_index("outbox_state", "outbox", ["state"])
    _index("outbox_uncertain", "outbox", ["number"], where="uncertain_at IS NOT NULL")


def _questions() -> None:
    op.create_table(
        "questions",
        _whole("number"),
        _words("id"),
        _words("workspace"),
        _words("text"),
        _words("intent"),
        _words("language"),
        _words("source"),
        _words("identity"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="questions_id"),
        sa.UniqueConstraint("workspace", "identity", name="questions_identity"),
    )


def _releases() -> None:
    op.create_table(
        "releases",
        _whole("number"),
        _words("version"),
        _words("stage"),
        _json("manifest"),
        _json("reasons"),
        _time("created_at"),
        _time("promoted_at", nullable=True),
        _words("promoted_by", nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("version", name="releases_version"),
    )
    _index("releases_live", "releases", ["stage"], unique=True, where="stage = 'live'")


def _runs() -> None:
    op.create_table(
        "runs",
        _whole("number"),
        _words("id"),
        _words("trigger"),
        _words("requested_by"),
        _words("state"),
        _words("stage"),
        _real("progress"),
        _time("started_at"),
        _time("updated_at"),
        _whole("pid", nullable=True),
        _words("candidate", nullable=True),
        _words("verdict", nullable=True),
        _json("reasons"),
        _flag("stop_requested"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="runs_id"),
    )


def _ticks() -> None:
    op.create_table(
        "ticks",
        _words("name"),
        _words("slot"),
        _time("fired_at"),
        sa.PrimaryKeyConstraint("name", "slot"),
    )


def _turns() -> None:
    op.create_table(
        "turns",
        _whole("number"),
        _words("id"),
        _words("workspace"),
        _words("platform"),
        _words("conversation_id"),
        _words("message_id"),
        _words("sender_id"),
        _words("role"),
        _words("text"),
        _time("sent_at"),
        _words("reply_to", nullable=True),
        _json("understanding"),
        _words("action"),
        _json("reply"),
        _words("model_version"),
        _time("answered_at"),
        _real("latency_ms"),
        _json("why"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="turns_id"),
        sa.UniqueConstraint(
            "platform", "conversation_id", "message_id", name="turns_message"
        ),
    )
    op.create_index("turns_answered", "turns", ["answered_at", "number"])
    op.create_index(
        "turns_conversation", "turns", ["platform", "conversation_id", "number"]
    )


def _corrections() -> None:
    op.create_table(
        "corrections",
        _whole("number"),
        _words("id"),
        _words("turn_id"),
        _words("workspace"),
        _words("platform"),
        _words("author_id"),
        _words("role"),
        _words("question"),
        _words("text"),
        _words("state"),
        _words("knowledge_id", nullable=True),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["turn_id"],
            ["turns.id"],
            name="corrections_turn_exists",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="corrections_id"),
    )
    op.create_index("corrections_state", "corrections", ["state", "number"])
    op.create_index("corrections_turn", "corrections", ["turn_id"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        _words("turn_id"),
        _words("platform"),
        _words("voter_id"),
        _words("role"),
        _flag("good", nullable=True),
        _words("model_version"),
        _json("knowledge_ids"),
        _time("created_at"),
        _time("updated_at"),
        sa.ForeignKeyConstraint(
            ["turn_id"],
            ["turns.id"],
            name="feedback_turn_exists",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("turn_id", "platform", "voter_id"),
    )


def _hand_overs() -> None:
    op.create_table(
        "hand_overs",
        _whole("number"),
        _words("id"),
        _words("workspace"),
        _words("platform"),
        _words("conversation_id"),
        _words("turn_id"),
        _words("customer_id"),
        _words("reason"),
        _time("requested_at"),
        _time("closed_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["turn_id"],
            ["turns.id"],
            name="hand_overs_turn_exists",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="hand_overs_id"),
    )
    _index(
        "hand_overs_open",
        "hand_overs",
        ["workspace", "number"],
        where="closed_at IS NULL",
    )


def _words(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _whole(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _real(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Float(), nullable=False)


def _flag(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=nullable)


def _index(
    name: str, table: str, columns: list[str], *, where: str, unique: bool = False
) -> None:
    rows = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=rows,
        postgresql_where=rows,
    )
