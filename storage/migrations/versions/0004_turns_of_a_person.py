"""Turns are found by who wrote: remembering, forgetting and asking for votes do so."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("turns_person", "turns", ["platform", "sender_id", "number"])
