"""The log laid out for a report: what it asks for, in typed columns of temporary tables, read once.

Scanning JSON costs eight times as much as typed columns do, and a report asks many questions. The
tables are gone with the transaction; the log itself needs no further index.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Connection,
    Index,
    Select,
    case,
    func,
    literal,
    null,
    select,
)

from ...core.vocabulary import Vocabulary, fold
from ..database import Database
from ..tables import InboxRow
from .kpis_columns import Columns, Sort, sort_of
from .kpis_values import Postgresql, Sqlite, Values, folded
from .told import begin

__all__ = ["laid_out"]

_INBOX = InboxRow.__table__  # type: ignore[attr-defined]
_DECIDED = _INBOX.c.number.is_not(None)
_EVENT = (_INBOX.c.kind == "event") & _DECIDED
_CHANGE = _INBOX.c.kind.in_(("change", "signal")) & _DECIDED


def _latest(connection: Connection) -> int | None:
    """Return the instant of the last thing that was decided; None where nothing was."""
    found: int | None = connection.execute(select(func.max(_INBOX.c.at)).where(_DECIDED)).scalar()
    return found


@contextmanager
def laid_out(
    database: Database, columns: Columns, words: Vocabulary, *, by_customer: bool, everybody: bool
) -> Iterator[tuple[Connection, int | None]]:
    """Yield a connection that sees the tables, filled, and the instant of the last that was decided.

    `by_customer` says that events are followed from one to the next; `everybody`, that it is asked
    who has done nothing.
    """
    tables = [columns.told]
    tables += [columns.worth] if columns.attributes else []
    tables += [columns.people] if everybody else []
    with database.read() as connection:
        begin(connection, sqlite=database.dialect == "sqlite")
        try:
            for table in tables:
                table.create(connection)
            values: Values = (Sqlite if database.dialect == "sqlite" else Postgresql)(_INBOX.c.body)
            _Layout(connection, columns, words, values).fill(everybody=everybody)
            if by_customer:
                told = columns.told
                place = (told.c.customer, told.c.event, told.c.at, told.c.id)
                Index("cuebook_told_of", *place).create(connection)
            if database.dialect == "postgresql":  # Nobody else looks at a temporary table for it.
                for table in tables:
                    connection.exec_driver_sql(f"ANALYZE {table.name}")
            yield connection, _latest(connection)
        finally:
            connection.rollback()  # The tables go with it.


class _Layout:
    """Fills the temporary tables."""

    def __init__(
        self, connection: Connection, columns: Columns, words: Vocabulary, values: Values
    ) -> None:
        self._connection = connection
        self._columns = columns
        self._words = words
        self._values = values
        self._names = self._spelt_events()

    def fill(self, *, everybody: bool) -> None:
        """Read the log, once for each table."""
        self._put(self._columns.told, self._told())
        for name, number in self._columns.attributes.items():
            self._put(self._columns.worth, self._worth(name, number))
        if everybody:
            first = func.min(_INBOX.c.at)
            seen = select(_INBOX.c.customer, first).where(_DECIDED).group_by(_INBOX.c.customer)
            self._put(self._columns.people, seen)

    def _put(self, table: Any, found: Select[Any]) -> None:
        self._connection.execute(table.insert().from_select(list(table.c.keys()), found))

    # --- events -----------------------------------------------------------------------------------

    def _spelt_events(self) -> dict[str, list[str]]:
        """Return how each event that is asked for is spelt in the log."""
        if not self._columns.events:
            return {}
        wanted = {fold(name): name for name in self._columns.events}
        found: dict[str, list[str]] = {name: [] for name in self._columns.events}
        for (spelling,) in self._connection.execute(select(_INBOX.c.name).where(_EVENT).distinct()):
            name = wanted.get(fold(spelling))
            if name is not None:
                found[name].append(spelling)
        return found

    def _told(self) -> Select[Any]:
        numbers = {
            spelling: self._columns.events[name]
            for name, spellings in self._names.items()
            for spelling in spellings
        }
        row, names = _INBOX.c, list(numbers)
        event = case(numbers, value=row.name) if numbers else literal(0)
        found = select(event, row.at, row.id, row.customer, *self._values_of_events())
        return found.where(_EVENT & row.name.in_(names))

    def _values_of_events(self) -> Iterator[Any]:
        """Yield what stands in each column: the property of whichever event has one there."""
        for column in self._columns.told.c.keys()[4:]:
            ways = []
            for (event, name), place in self._columns.properties.items():
                if place == column and self._names[event]:
                    of = _INBOX.c.name.in_(self._names[event])
                    kind = self._words.events[event][name]
                    spelt = self._spelt(name, _EVENT & of)
                    ways.append((of, self._values.value(spelt, kind)))
            yield case(*ways, else_=null()) if ways else null()

    # --- attributes -------------------------------------------------------------------------------

    def _worth(self, name: str, number: int) -> Select[Any]:
        kind, row = self._words.attributes[name], _INBOX.c
        spelt = self._spelt(name, _CHANGE)
        own = sort_of(kind)
        value = self._values.value(spelt, kind)
        cells = [value if sort is own else null() for sort in Sort]
        there = [self._values.present(key) for key in spelt]
        found = select(literal(number), row.customer, row.at, row.id, *cells)
        return found.where(_CHANGE & _any(there))

    # --- spellings --------------------------------------------------------------------------------

    def _spelt(self, name: str, rows: Any) -> list[str]:
        """Return the declared spelling of a name, and the others that stand where it does not."""
        each = self._values.keys()
        others = (
            select(each.c.key)
            .select_from(_INBOX.join(each, literal(value=True)))
            .where(rows & ~self._values.present(name) & (folded(each.c.key) == fold(name)))
            .distinct()
        )
        return [name, *(key for (key,) in self._connection.execute(others))]


def _any(tests: Sequence[Any] | Iterable[Any]) -> Any:
    first, *rest = tests
    for test in rest:
        first = first | test
    return first
