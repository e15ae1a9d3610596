"""An index for a question that is asked often: all columns that it looks at, so that no row is read."""

import hashlib
from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import DBAPIError

from ..core import expr as E
from ..core.expr import Expr
from .columns import Columns
from .database import Database
from .facts import Layout
from .population import Population
from .questions import Question
from .who import places_of

__all__ = ["PREFIX", "covering", "drop", "make"]

PREFIX: Final = "cuebook_for_"
"""What the names of such indexes begin with; they belong to no version of the tables."""


def covering(population: Population, expr: Expr) -> tuple[str, ...]:
    """Return the columns that a question looks at, those first that it asks to equal something.

    Raises ValueError for a question of which columns tell nothing.
    """
    layout = population.programs.load(population.connection, population.latest.program).layout
    columns = Columns(layout, population.database.dialect)
    places = places_of(population.database, population.connection, layout)
    calendar = layout.places.home.calendar
    assert calendar is not None  # noqa: S101 - the place of a project keeps its calendar
    Question(columns, places, calendar, population.now).part(expr)
    used = [fact.column for fact in layout.facts.values() if fact.bit & columns.used]
    if not used:
        raise ValueError("no column tells anything of this: an index would not help")
    first = [column for column in _equal(layout, expr) if column in used]
    place = ["place"] if layout.places.attributes else []
    return tuple(dict.fromkeys((*first, *used, *place, "customer")))


def _equal(layout: Layout, expr: Expr) -> Iterator[str]:
    """Yield the columns of which a question wants one value, or one of a few."""
    for item in expr.items if isinstance(expr, E.And) else (expr,):
        match item:
            case (
                E.Compare("==", E.Attribute(name, path))
                | E.In(E.Attribute(name, path))
                | E.Attribute(name, path)
                | E.Not(E.Attribute(name, path))
            ):
                fact = layout.find("attribute", name, *path)
                if fact is not None:
                    yield fact.column
            case _:
                pass  # Of these a column is a range at best.


def make(database: Database, columns: tuple[str, ...]) -> str:
    """Make an index unless it is there, holding up nobody on PostgreSQL; return its name."""
    name = _name(columns)
    over = f"IF NOT EXISTS {name} ON cuebook_fact ({', '.join(columns)})"
    if database.dialect == "sqlite":
        with database.write() as connection:
            database.run(connection, f"CREATE INDEX {over}")
        return name
    try:
        _alone(database, f"CREATE INDEX CONCURRENTLY {over}")
    except DBAPIError:
        drop(database, columns)  # What was begun would be kept up, and never used.
        raise
    return name


def drop(database: Database, columns: tuple[str, ...]) -> str:
    """Take the index away if it is there; return its name."""
    name = _name(columns)
    if database.dialect == "sqlite":
        with database.write() as connection:
            database.run(connection, f"DROP INDEX IF EXISTS {name}")
    else:
        _alone(database, f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    return name


def _name(columns: tuple[str, ...]) -> str:
    return PREFIX + hashlib.sha256(",".join(columns).encode()).hexdigest()[:12]


def _alone(database: Database, statement: str) -> None:
    """Run a statement of PostgreSQL that no transaction may hold."""
    with database.pool.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)
