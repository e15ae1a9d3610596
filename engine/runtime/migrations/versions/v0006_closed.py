"""An index of the dead letters by which receivers take nothing more."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the index."""
    closed = sa.text("status = 'dead' AND substr(note, 1, 8) = 'closed: '")
    op.create_index(
        "cuebook_outbox_closed",
        "cuebook_outbox",
        ["lane", "key"],
        unique=False,
        sqlite_where=closed,
        postgresql_where=closed,
    )
