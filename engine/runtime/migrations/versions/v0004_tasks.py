"""Tasks with a deadline, a priority, a checklist, comments and a team; absences."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add to the tasks, and make the absences."""
    for name in ("body", "checklist", "comments", "team", "escalate_to"):
        op.add_column("cuebook_task", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column(
        "cuebook_task", sa.Column("priority", sa.Text(), server_default="normal", nullable=False)
    )
    for name in ("wanted_at", "escalates_at", "escalated_at"):
        op.add_column("cuebook_task", sa.Column(name, sa.BigInteger(), nullable=True))
    still_open = sa.text("answered_at IS NULL AND closed_at IS NULL")
    op.create_index(
        "cuebook_task_open",
        "cuebook_task",
        ["assignee"],
        unique=False,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "cuebook_absence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("instead", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("cuebook_absence_key")),
    )
    op.create_index("cuebook_absence_of", "cuebook_absence", ["who"], unique=False)
