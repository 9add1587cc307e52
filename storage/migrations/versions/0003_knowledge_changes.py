"""Which version of the knowledge changed a row, so that changes alone can be read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows from before have no version: whoever starts reads them all."""
    op.add_column("knowledge", sa.Column("version", sa.Integer(), nullable=True))
    op.create_index("knowledge_changes", "knowledge", ["workspace", "version"])
