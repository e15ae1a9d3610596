"""Indexes for what people look through: what was given up, and customers that are parked."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

_PARKED = "due_at IS NULL AND trouble <> ''"
_GIVEN_UP = "status IN ('dead', 'in doubt')"


def upgrade() -> None:
    """Make the indexes."""
    _index("cuebook_wake_parked", "cuebook_wake", ["customer"], _PARKED)
    _index("cuebook_outbox_given_up", "cuebook_outbox", ["status", "decided_at"], _GIVEN_UP)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=False, sqlite_where=condition, postgresql_where=condition
    )
