"""The journal unfolded for one answer: each line a row, each run a row, in tables that nobody else sees.

They are temporary, stand beside ours in the same transaction, and are gone with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    select,
    text,
)

from ..database import Database
from .spans import Span

__all__ = ["LINES", "PLAIN", "RUNS", "SPANS", "Told", "begin", "table", "unfolded"]

_OURS: Final = MetaData()
PLAIN: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its bytes, as SQLite has it anyhow: a language's order takes twice as long."""


def table(name: str, /, **columns: Any) -> Table:
    """Return a temporary table for one answer; its name is ours alone."""
    made = [Column(column, PLAIN if kind is Text else kind) for column, kind in columns.items()]
    return Table(f"cuebook_figure_{name}", _OURS, *made, prefixes=["TEMPORARY"])


LINES: Final = table(
    "line", customer=Text, number=BigInteger, place=Integer, at=BigInteger, kind=Text,
    playbook=Text, run=Text, step=Text, note=Text, means=Text, action=Text,
)  # fmt: skip
"""Lines of the journal in the order of `customer`, `number`, `place`. Of an action the `kind` is
`action`, `means` the kind of action, and `note` why it was not performed, empty if it was."""
RUNS: Final = table(
    "run", run=Text, customer=Text, playbook=Text, began_at=BigInteger, held=Integer,
    ended_at=BigInteger, ending=Text, goal_at=BigInteger, goal=Text,
)  # fmt: skip
"""Runs that began in the period. `goal` is `reached`, `missed` or, of who was erased, `unknown`, and `gone`
where it had not been decided by then; None while it is open."""
SPANS: Final = table("span", place=Integer, since=BigInteger, until=BigInteger)
"""The parts of the period."""

_ALIAS: Final = 66
"""Where the instant begins in the name of who was erased, behind a hash; their lines hold no words."""
_ROOM_MB: Final = 64
"""What one sort or grouping may keep in memory before it goes to disk; 4 MB are enough for nobody."""

_LINES: Final = {
    "sqlite": """
SELECT customer, number, place, json_extract(line, '$[1]') AS at,
  CASE json_extract(line, '$[0]') WHEN 'entry' THEN json_extract(line, '$[2]') ELSE 'action' END AS kind,
  json_extract(line, '$[3]') AS playbook, json_extract(line, '$[4]') AS run,
  json_extract(line, '$[5]') AS step,
  CASE json_extract(line, '$[0]') WHEN 'entry' THEN json_extract(line, '$[6]')
    ELSE json_extract(line, '$[9]') END AS note,
  CASE json_extract(line, '$[0]') WHEN 'action' THEN json_extract(line, '$[6]') END AS means,
  CASE json_extract(line, '$[0]') WHEN 'action' THEN json_extract(line, '$[7]') END AS action
FROM (SELECT j.customer, j.number, e.key AS place, e.value AS line
  FROM cuebook_journal AS j, json_each(j.lines) AS e WHERE j.id > :after)
""",
    # Text may hold what JSON can spell and no text of PostgreSQL can be: half a pair, the sign zero.
    "postgresql": r"""
SELECT customer, number, place - 1 AS place, (line ->> 1)::bigint AS at,
  CASE line ->> 0 WHEN 'entry' THEN line ->> 2 ELSE 'action' END AS kind,
  line ->> 3 AS playbook, line ->> 4 AS run, line ->> 5 AS step,
  CASE line ->> 0 WHEN 'entry' THEN line ->> 6 ELSE line ->> 9 END AS note,
  CASE line ->> 0 WHEN 'action' THEN line ->> 6 END AS means,
  CASE line ->> 0 WHEN 'action' THEN line ->> 7 END AS action
FROM (SELECT customer, number, CASE
    WHEN position('\u0000' in lines) = 0 AND position('\ud' in lines) = 0 THEN lines
    ELSE regexp_replace(lines, '\\u0000|\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}',
      '\\ufffd', 'g') END::jsonb AS whole
  FROM cuebook_journal WHERE id > :after) AS j,
  jsonb_array_elements(whole) WITH ORDINALITY AS e(line, place)
""",
}
"""Each line of the journal as columns. The instant of a row tells nothing of its lines: timers that
were due before a letter stand in its row, and what comes late is decided later than it is dated."""


@dataclass(frozen=True, slots=True)
class Told:
    """The tables of one answer, filled, and the connection that sees them."""

    connection: Connection
    since: int
    until: int
    sqlite: bool

    def rows(self, question: Select[Any]) -> list[Any]:
        """Return what a question finds."""
        return list(self.connection.execute(question))

    def fill(self, into: Table, question: Select[Any], *indexes: str) -> None:
        """Make a temporary table of what a question finds; `indexes` are columns, a comma between."""
        into.create(self.connection)
        names = [column.name for column in question.selected_columns]
        self.connection.execute(into.insert().from_select(names, question))
        for number, columns in enumerate(indexes):
            listed = columns.replace(",", '", "')
            sql = f'CREATE INDEX {into.name}_{number} ON {into.name} ("{listed}")'
            self.connection.exec_driver_sql(sql)
        self._learn(into)

    def cut(self, spans: list[Span]) -> None:
        """Write down the parts of the period, for questions that count by them; maybe none."""
        SPANS.create(self.connection)
        if not spans:
            return
        rows = [
            {"place": place, "since": one.since, "until": one.until}
            for place, one in enumerate(spans)
        ]
        self.connection.execute(SPANS.insert(), rows)
        self._index(SPANS, "since")
        self._learn(SPANS)

    def ends(self) -> Select[Any]:
        """Return the question where the parts of the period end, the first one first."""
        return select(SPANS.c.until).order_by(SPANS.c.place)

    def part(self, at: Any) -> Any:
        """Return which part of the period an instant lies in; it has to lie in one."""
        span = SPANS.c
        found = select(span.place).where(span.since <= at).order_by(span.since.desc()).limit(1)
        return found.scalar_subquery()

    def sorted(self, column: Any) -> Any:
        """Return a text as both databases sort it alike."""
        return column.collate("BINARY" if self.sqlite else "C")

    def before(self, column: Any, mark: str) -> Any:
        """Return what of a text stands before a mark, or all of it."""
        found = func.instr(column, mark) if self.sqlite else func.strpos(column, mark)
        return case((found > 0, func.substr(column, 1, found - 1)), else_=column)

    def _index(self, of: Table, columns: str) -> None:
        name = f"{of.name}_{columns.replace(',', '_')}"
        self.connection.exec_driver_sql(f"CREATE INDEX {name} ON {of.name} ({columns})")

    def _learn(self, filled: Table) -> None:
        """Let the planner know how large a table is; nobody else does it for a temporary one."""
        if not self.sqlite:
            self.connection.exec_driver_sql(f"ANALYZE {filled.name}")


@contextmanager
def unfolded(database: Database, since: int, until: int, *, after: int = 0) -> Iterator[Told]:
    """Yield the journal of a period as tables; instants in microseconds UTC, `until` exclusive.

    `after` leaves out the rows of the journal up to a number. Moves in lifecycles are there from
    the beginning on, as where somebody is now may have been decided long ago.
    """
    with database.read() as connection:
        sqlite = database.dialect == "sqlite"
        begin(connection, sqlite=sqlite)
        try:
            told = Told(connection, since, until, sqlite)
            told.fill(LINES, _lines(database.dialect, since, until, after), "run")
            told.fill(RUNS, _runs(until), "run", "playbook")
            yield told
        finally:
            connection.rollback()


def begin(connection: Connection, *, sqlite: bool) -> None:
    """Begin a transaction in which all questions see one state, and which is never committed."""
    if sqlite:
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql(f"SET LOCAL work_mem = '{_ROOM_MB}MB'")


def _lines(dialect: str, since: int, until: int, after: int) -> Select[Any]:
    columns = [Column(column.name, column.type) for column in LINES.columns]
    found = text(_LINES[dialect]).bindparams(after=after).columns(*columns).subquery()
    return select(found).where(
        found.c.at < until, (found.c.at >= since) | (found.c.kind == "moved")
    )


def _runs(until: int) -> Select[Any]:
    """Gather what is told of each run that began in the period."""
    line = LINES.c

    def of(kind: str, column: Any) -> Any:
        return func.max(case((line.kind == kind, column)))

    goal, ended_at, customer = of("goal", line.note), of("ended", line.at), func.min(line.customer)
    erased_at = case((of("started", line.note) == "", func.substr(customer, _ALIAS)))
    gone = cast(erased_at, BigInteger) < until
    reached = case(
        (func.substr(goal, 1, 7) == "reached", "reached"),
        (func.substr(goal, 1, 11) == "not reached", "missed"),
        (goal.is_not(None), "unknown"),
        (gone, "gone"),
    )
    began = of("started", line.at)
    return (
        select(
            line.run, customer.label("customer"),
            func.min(line.playbook).label("playbook"), began.label("began_at"),
            func.count(case((line.kind == "holdout", 1))).label("held"),
            func.coalesce(ended_at, case((gone, cast(erased_at, BigInteger)))).label("ended_at"),
            case((ended_at.is_not(None), of("ended", line.note)), (gone, "erased")).label("ending"),
            of("goal", line.at).label("goal_at"), reached.label("goal"),
        )
        .where(line.run != "")
        .group_by(line.run)
        .having(began.is_not(None))
    )  # fmt: skip
