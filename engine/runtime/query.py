"""What a database is asked about everybody: one condition, in the forms in which it is answered fastest."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, literal_column, not_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.exc import DataError

from ..core.expr import Expr
from .columns import Sql
from .tables import FACTS

__all__ = ["Query", "Run", "names"]

_BETWEEN: Final = r"E'\n'"
_SMALL: Final = "(SELECT pg_relation_size('cuebook_fact') < 1000000000)"
"""So that all ids surely fit a text of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the database is asked, and what is left to judge."""

    where: Sql
    used: int
    """The bits of the columns that it looks at."""
    exact: tuple[Expr, ...]
    """What it answers, but for those who are vague."""
    rest: Expr | None
    """What it cannot answer."""
    vague: Sql | None = None
    """True of those about whom what is exact may be wrong; None where that is nobody."""
    unclear: tuple[Expr, ...] = ()
    """What may be wrong about them."""

    def without(self, aside: Sequence[str]) -> "Query":
        """Return the query that leaves out some customers."""
        return replace(self, where=and_(self.where, FACTS.c.customer.not_in(aside)))

    def parted(self) -> tuple["Query", "Query"]:
        """Return what asks for those it is sure of, and what asks for the others."""
        assert self.vague is not None  # noqa: S101 - else there is nothing to part
        return (
            replace(self, where=and_(self.where, not_(self.vague)), vague=None),
            replace(self, where=and_(self.where, self.vague), vague=None),
        )

    def count(self) -> Select[Any]:
        """Ask how many there are."""
        return select(func.count()).select_from(FACTS).where(self.where)

    def first(self, most: int) -> Select[Any]:
        """Ask for the first ones in the order of their ids."""
        asked = select(FACTS.c.customer).where(self.where)
        return asked.order_by(FACTS.c.customer).limit(most)

    def each(self) -> Select[Any]:
        """Ask for all of them, one in a row."""
        return select(FACTS.c.customer).where(self.where)

    def packed(self, dialect: str) -> Select[Any]:
        """Ask for all of them as one text, and how many there are: rows cost more than finding them."""
        name = FACTS.c.customer
        if dialect == "sqlite":
            text: Any = func.json_group_array(name)
        else:
            lines: Any = aggregate_order_by(literal_column(_BETWEEN), name)
            text = func.string_agg(name, lines).filter(literal_column(_SMALL))
        return select(func.count(), text).select_from(FACTS).where(self.where)


class Run:
    """Runs queries past SQLAlchemy's rows, which cost more than finding them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.sql = ""
        """The last statement, values left out."""

    def __call__(self, asked: Select[Any]) -> list[Any]:
        """Return the rows of a query as the driver has them."""
        dialect = self._connection.dialect
        made = asked.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        values: Any = made.construct_params()
        self.sql = str(made)
        if made.positiontup is not None:
            values = tuple(values[name] for name in made.positiontup)
        return list(self._connection.exec_driver_sql(self.sql, values).cursor.fetchall())


def names(query: Query, dialect: str, run: Callable[[Select[Any]], list[Any]]) -> list[str]:
    """Return all whom a query finds."""
    found = _unpacked(query, dialect, run)
    return [name for (name,) in run(query.each())] if found is None else found


def _unpacked(
    query: Query, dialect: str, run: Callable[[Select[Any]], list[Any]]
) -> list[str] | None:
    """Return whom one text names, None where it cannot: a text has an end, rows have none."""
    try:
        ((number, text),) = run(query.packed(dialect))
    except DataError:
        return None  # SQLite goes on after that; PostgreSQL would not, and asks how big it is.
    if not number:
        return []
    found: list[str] = json.loads(text) if dialect == "sqlite" else (text or "").split("\n")
    return found if len(found) == number else None  # An id may hold what stands between them.
