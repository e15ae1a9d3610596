"""The log laid out for a report: what it asks for, in typed columns of temporary tables, read once.

Scanning JSON costs eight times as much as typed columns do, and a report asks many questions. The
tables are gone with the transaction; the log itself needs no further index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Index,
    Select,
    case,
    func,
    literal,
    null,
    or_,
    select,
)

from ...core.vocabulary import Type, Vocabulary, fold
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
            values: Values = Sqlite() if database.dialect == "sqlite" else Postgresql()
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
        rows = _EVENT & _INBOX.c.name.in_(list(numbers))
        spelt = {
            (event, name): self._spelt(name, _EVENT & _INBOX.c.name.in_(self._names[event]))
            for event, name in self._columns.properties
            if self._names[event]
        }
        raw = self._looked_up(rows, [key for keys in spelt.values() for key in keys])
        event = case(numbers, value=raw.rows.c.name) if numbers else literal(0)
        cells = [self._cell(column, raw, spelt) for column in self._columns.told.c.keys()[4:]]
        found = select(event, raw.rows.c.at, raw.rows.c.id, raw.rows.c.customer, *cells)
        # In the order of the table rows are put in faster, and stand together that are read together.
        return found.order_by(event, raw.rows.c.at, raw.rows.c.id)

    def _cell(self, column: str, raw: "_Found", spelt: Mapping[tuple[str, str], Any]) -> Any:
        """Return what stands in a column: the property of whichever event has one there."""
        ways = []
        for (event, name), place in self._columns.properties.items():
            if place == column and self._names[event]:
                kind = self._words.events[event][name]
                value = self._value(raw, spelt[event, name], kind)
                ways.append((raw.rows.c.name.in_(self._names[event]), value))
        return case(*ways, else_=null()) if ways else null()

    # --- attributes -------------------------------------------------------------------------------

    def _worth(self, name: str, number: int) -> Select[Any]:
        kind = self._words.attributes[name]
        spelt = self._spelt(name, _CHANGE)
        raw = self._looked_up(_CHANGE, spelt)
        own, value = sort_of(kind), self._value(raw, spelt, kind)
        cells = [value if sort is own else null() for sort in Sort]
        there = or_(*(raw.kind(key).is_not(None) for key in spelt))
        found = select(literal(number), raw.rows.c.customer, raw.rows.c.at, raw.rows.c.id, *cells)
        return found.where(there)

    # --- bodies -----------------------------------------------------------------------------------

    def _looked_up(self, rows: Any, keys: Iterable[str]) -> "_Found":
        """Return rows of the log with what stands under some keys, each looked up once."""
        read, places = self._bodies(rows), {key: n for n, key in enumerate(dict.fromkeys(keys))}
        found = [
            column
            for key, place in places.items()
            for column in (
                self._values.kind(read.c.body, key).label(f"kind{place}"),
                self._values.found(read.c.body, key).label(f"found{place}"),
            )
        ]
        row = read.c
        # An offset keeps what is inside from being done again for each place that names it.
        whole = select(row.name, row.at, row.id, row.customer, *found).offset(0)
        return _Found(whole.subquery("looked_up"), places)

    def _bodies(self, rows: Any) -> FromClause:
        row = _INBOX.c
        body = self._values.body(row.body).label("body")
        whole = select(row.name, row.at, row.id, row.customer, body).where(rows).offset(0)
        return whole.subquery("bodies")

    def _value(self, raw: "_Found", spelt: Sequence[str], kind: Type) -> Any:
        """Return the value under the first of several spellings that has one."""
        found = [self._values.value(raw.kind(key), raw.found(key), kind) for key in spelt]
        return func.coalesce(*found) if len(found) > 1 else found[0]

    def _spelt(self, name: str, rows: Any) -> list[str]:
        """Return the declared spelling of a name, and the others that stand where it does not."""
        read = self._bodies(rows)
        each = self._values.keys(read.c.body)
        others = (
            select(each.c.key)
            .select_from(read.join(each, literal(value=True)))
            .where(~self._values.present(read.c.body, name), folded(each.c.key) == fold(name))
            .distinct()
        )
        return [name, *(key for (key,) in self._connection.execute(others))]


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of the log, and what stands under some keys of their bodies."""

    rows: FromClause
    places: Mapping[str, int]
    """The number of each key: two that differ in case alone cannot both name a column."""

    def kind(self, key: str) -> ColumnElement[Any]:
        """Return what kind of value stands under a key."""
        return self.rows.c[f"kind{self.places[key]}"]

    def found(self, key: str) -> ColumnElement[Any]:
        """Return the value under a key."""
        return self.rows.c[f"found{self.places[key]}"]
