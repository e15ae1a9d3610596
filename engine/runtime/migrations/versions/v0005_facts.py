"""Facts about each customer, in columns of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table; who is there has a row that says nothing yet, and that a worker fills in."""
    words = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
    columns: list[sa.Column[object]] = []
    for number in range(1, 33):
        columns.append(sa.Column(f"n{number}", sa.Double(), nullable=True))
        if number % 2 == 0:
            columns.append(sa.Column(f"t{number // 2}", words, nullable=True))
    op.create_table(
        "cuebook_fact",
        sa.Column("customer", words, nullable=False),
        sa.Column("layout", sa.BigInteger(), nullable=False),
        sa.Column("odd", sa.BigInteger(), nullable=False),
        sa.Column("place", words, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("customer", name=op.f("cuebook_fact_key")),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("cuebook_fact_layout", "cuebook_fact", ["layout"], unique=False)
    op.create_index("cuebook_fact_place", "cuebook_fact", ["place"], unique=False)
    odd = sa.text("odd <> 0")
    op.create_index(
        "cuebook_fact_odd",
        "cuebook_fact",
        ["customer"],
        unique=False,
        sqlite_where=odd,
        postgresql_where=odd,
    )
    op.execute(
        """INSERT INTO cuebook_fact (customer, layout, odd, place)
        SELECT id, 0, 0, '' FROM cuebook_customer"""
    )
