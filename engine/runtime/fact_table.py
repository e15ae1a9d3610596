"""The table of facts: columns that are free for any project, so that no deployment changes tables."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Double, Index, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import TEXT

__all__ = ["NUMBERS", "TEXTS", "fact_table"]

NUMBERS: Final = 32
TEXTS: Final = 16
"""How many columns there are of each."""


def fact_table(metadata: MetaData) -> Table:
    """Return the table of what can be asked of all customers at once.

    Which fact stands in which column says a `Layout`: `layout` names the one that a row was written by, 0 for none. `odd` has a bit for each column
    that cannot tell. `place` says whose clocks and calendar count, empty for those of the project.
    """
    odd = text("odd <> 0")
    return Table(
        "cuebook_fact",
        metadata,
        Column("customer", _words(), primary_key=True),
        Column("layout", BigInteger, nullable=False),
        Column("odd", BigInteger, nullable=False),
        Column("place", _words(), nullable=False),
        *_columns(),
        Index("cuebook_fact_layout", "layout"),
        Index("cuebook_fact_place", "place"),
        Index("cuebook_fact_odd", "customer", sqlite_where=odd, postgresql_where=odd),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 70},
    )


def _columns() -> Iterator[Column[Any]]:
    """Yield the columns for facts, those of texts between those of numbers."""
    for number in range(1, NUMBERS + 1):
        yield Column(f"n{number}", Double())
        if number * TEXTS % NUMBERS == 0:
            yield Column(f"t{number * TEXTS // NUMBERS}", _words())


def _words() -> Any:
    # Compared byte by byte, as Python compares texts.
    return Text().with_variant(TEXT(collation="C"), "postgresql")
