"""The first schema."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _columns(
    kind: TypeEngine[Any], names: str, nullable: bool = False
) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names.split()]


_words = partial(_columns, sa.Text())
_time = partial(_columns, sa.DateTime(timezone=True))
_json = partial(_columns, sa.JSON())
_whole = partial(_columns, sa.Integer())
_real = partial(_columns, sa.Float())
_flag = partial(_columns, sa.Boolean())


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
    _numbered(
        "inbox",
        *_words("platform key conversation_id"),
        *_json("event"),
        *_words("state"),
        *_time("due_at", nullable=True),
        *_whole("attempts"),
        *_words("worker error", nullable=True),
        *_time("received_at"),
        *_time("finished_at", nullable=True),
        sa.UniqueConstraint("platform", "key", name="inbox_key"),
    )
    _index("inbox", "due", "due_at number", where="due_at IS NOT NULL")
    _index(
        "inbox",
        "first",
        "platform conversation_id",
        unique=True,
        where="due_at IS NOT NULL",
    )
    _index(
        "inbox", "line", "platform conversation_id number", where="finished_at IS NULL"
    )
    _index("inbox", "state", "state number")


def _knowledge() -> None:
    _numbered(
        "knowledge",
        *_words("id workspace kind question text language"),
        *_words("intent", nullable=True),
        *_words("title source source_key identity"),
        *_time("updated_at"),
        *_flag("retired"),
        sa.UniqueConstraint("id", name="knowledge_id"),
        sa.UniqueConstraint("workspace", "identity", name="knowledge_identity"),
    )


def _knowledge_versions() -> None:
    op.create_table(
        "knowledge_versions",
        *_words("workspace"),
        *_whole("version"),
        sa.PrimaryKeyConstraint("workspace"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        *_words("name holder"),
        *_time("until"),
        sa.PrimaryKeyConstraint("name"),
    )


def _outbox() -> None:
    _numbered(
        "outbox",
        *_words("id platform conversation_id"),
        *_words("turn_id", nullable=True),
        *_json("outgoing"),
        *_words("state"),
        *_time("due_at", nullable=True),
        *_whole("attempts"),
        *_words("worker", nullable=True),
        *_time("started_at", nullable=True),
        *_words("error platform_message_id", nullable=True),
        *_time("uncertain_at", nullable=True),
        *_time("created_at"),
        *_time("finished_at", nullable=True),
        sa.UniqueConstraint("id", name="outbox_id"),
    )
    _index("outbox", "due", "platform due_at number", where="due_at IS NOT NULL")
    _index(
        "outbox",
        "first",
        "platform conversation_id",
        unique=True,
        where="due_at IS NOT NULL",
    )
    _index(
        "outbox", "line", "platform conversation_id number", where="finished_at IS NULL"
    )
    _index(
        "outbox",
        "sent",
        "platform conversation_id platform_message_id",
        where="platform_message_id IS NOT NULL",
    )
    _index("outbox", "state", "state")
    _index("outbox", "uncertain", "number", where="uncertain_at IS NOT NULL")


def _questions() -> None:
    _numbered(
        "questions",
        *_words("id workspace text intent language source identity"),
        *_time("created_at"),
        sa.UniqueConstraint("id", name="questions_id"),
        sa.UniqueConstraint("workspace", "identity", name="questions_identity"),
    )


def _releases() -> None:
    _numbered(
        "releases",
        *_words("version stage"),
        *_json("manifest reasons"),
        *_time("created_at"),
        *_time("promoted_at", nullable=True),
        *_words("promoted_by", nullable=True),
        sa.UniqueConstraint("version", name="releases_version"),
    )
    _index("releases", "live", "stage", unique=True, where="stage = 'live'")


def _runs() -> None:
    _numbered(
        "runs",
        *_words("id trigger requested_by state stage"),
        *_real("progress"),
        *_time("started_at updated_at"),
        *_whole("pid", nullable=True),
        *_words("candidate verdict", nullable=True),
        *_json("reasons"),
        *_flag("stop_requested"),
        sa.UniqueConstraint("id", name="runs_id"),
    )


def _ticks() -> None:
    op.create_table(
        "ticks",
        *_words("name slot"),
        *_time("fired_at"),
        sa.PrimaryKeyConstraint("name", "slot"),
    )


def _turns() -> None:
    _numbered(
        "turns",
        *_words("id workspace platform conversation_id message_id sender_id role text"),
        *_time("sent_at"),
        *_words("reply_to", nullable=True),
        *_json("understanding"),
        *_words("action"),
        *_json("reply"),
        *_words("model_version"),
        *_time("answered_at"),
        *_real("latency_ms"),
        *_json("why"),
        sa.UniqueConstraint("id", name="turns_id"),
        sa.UniqueConstraint(
            "platform", "conversation_id", "message_id", name="turns_message"
        ),
    )
    _index("turns", "answered", "answered_at number")
    _index("turns", "conversation", "platform conversation_id number")


def _corrections() -> None:
    _numbered(
        "corrections",
        *_words("id turn_id workspace platform author_id role question text state"),
        *_words("knowledge_id", nullable=True),
        *_time("created_at"),
        _of_a_turn("corrections"),
        sa.UniqueConstraint("id", name="corrections_id"),
    )
    _index("corrections", "state", "state number")
    _index("corrections", "turn", "turn_id")


def _feedback() -> None:
    op.create_table(
        "feedback",
        *_words("turn_id platform voter_id role"),
        *_flag("good", nullable=True),
        *_words("model_version"),
        *_json("knowledge_ids"),
        *_time("created_at updated_at"),
        _of_a_turn("feedback"),
        sa.PrimaryKeyConstraint("turn_id", "platform", "voter_id"),
    )


def _hand_overs() -> None:
    _numbered(
        "hand_overs",
        *_words("id workspace platform conversation_id turn_id customer_id reason"),
        *_time("requested_at"),
        *_time("closed_at", nullable=True),
        _of_a_turn("hand_overs"),
        sa.UniqueConstraint("id", name="hand_overs_id"),
    )
    _index("hand_overs", "open", "workspace number", where="closed_at IS NULL")


def _numbered(table: str, *parts: SchemaItem) -> None:
    number = sa.Column("number", sa.Integer(), nullable=False)
    op.create_table(table, number, *parts, sa.PrimaryKeyConstraint("number"))


def _of_a_turn(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["turn_id"],
        ["turns.id"],
        name=f"{table}_turn_exists",
        deferrable=True,
        initially="DEFERRED",
    )


def _index(
    table: str, name: str, columns: str, where: str = "", unique: bool = False
) -> None:
    some = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    rows: dict[str, Any] = some if where else {}
    whole_name = f"{table}_{name}"
    op.create_index(whole_name, table, columns.split(), unique=unique, **rows)
