"""The host's own table as the source of customers: what has changed in it since the last look.

The watermark stands in our database and moves in the transaction that posts what was read, so it is
never ahead of the letters, wherever the host's table may be.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, TableClause, select
from sqlalchemy import Engine as Pool
from sqlalchemy.orm import Session

from ..core.instant import EARLIEST, microseconds
from .database import Database
from .mail import Letter, moment, name_of, post, write_body

__all__ = ["Mirror", "Mirrors", "Source"]

Source = Pool | Callable[[], Session]
"""Where the host's table is when it is not in our database: an engine, or what makes sessions."""

_BATCH: Final = 1_000
_CALM_S: Final = 60.0
"""How much longer than the overlap a table has to be at rest before it counts as read."""
_MOST: Final = 20_000
"""How many letters one look posts; the rest waits for the next, and others are not held up."""

_log = logging.getLogger("cuebook.mirror")


class _Overtaken(Exception):  # noqa: N818 - its docstring is its sentence
    """Another process has moved the watermark in the meantime; nothing was written."""


@dataclass(slots=True)
class Mirror:
    """Reads the rows of a statement whose `updated` is at or past the watermark, in order.

    `every` is in microseconds. A row that was stamped up to `overlap` before the watermark and
    committed after it is still found.
    """

    database: Database
    name: str
    statement: Select[Any]
    key: str
    updated: str
    every: int
    overlap: timedelta
    source: Source | None = None
    _columns: list[str] = field(init=False)
    _reached: tuple[object, float] = (None, 0.0)
    """The watermark, and when this process first saw it, by the monotonic clock."""
    _quiet: object = None
    """The watermark behind which nothing can turn up any more."""

    def __post_init__(self) -> None:
        self.name = self.name or _table(self.statement)
        self._columns = list(self.statement.subquery().c.keys())
        for column in (self.key, self.updated):
            if column not in self._columns:
                there = ", ".join(self._columns)
                raise ValueError(f"the mirror {self.name} selects no column {column}, only {there}")

    def look(self, now: int) -> int:
        """Post what has changed if it is time to look; return how many letters were new.

        Some ten thousand at a time: whoever wants the rest looks again until nothing is new.
        """
        mark = self._claim(now)
        if mark is None:
            return 0
        try:
            return self._read(mark, now)
        except _Overtaken:
            _log.info("the mirror %s is read by another process", self.name)
            return 0

    def _claim(self, now: int) -> str | None:
        """Return the mark to go on from, ours from here on; None when it is not time yet."""
        with self.database.write() as connection:
            sql = "SELECT mark FROM cuebook_mirror WHERE name = ?"
            rows = self.database.rows(connection, sql, self.name)
            before = rows[0][0] if rows else self._mark(None, 0, None, more=True)
            if not rows:
                then = "ON CONFLICT (name) DO NOTHING"
                row = (self.name, before)
                self.database.insert(connection, "cuebook_mirror", ("name", "mark"), [row], then)
            known = json.loads(before)
            if not known["more"] and 0 <= now - known["looked_at"] < self.every:
                return None
            same = known["columns"] == self._columns
            mark = self._mark(
                known["updated"] if same else None, now, known.get("whole_at") if same else None
            )
            return mark if mark == before or self._moved(connection, before, mark) else None

    def _read(self, mark: str, now: int) -> int:
        """Post batch after batch and move the mark along with each; return how many were new."""
        known = json.loads(mark)
        updated, whole_at = known["updated"], known["whole_at"]
        if updated != self._reached[0]:
            self._reached = (updated, monotonic())
        at_rest = monotonic() - self._reached[1] > self.overlap.total_seconds() + _CALM_S
        new, more = 0, False
        with closing(self._batches(updated)) as batches:
            for rows in batches:
                if more := new >= _MOST:
                    break
                updated = _write_mark(rows[-1][self.updated])
                after = self._mark(updated, now, whole_at)
                new += self._take(rows, mark, after, now, self._since(whole_at, rows))
                mark = after
        with self.database.write() as connection:
            whole_at = whole_at if more else now
            self._move(connection, mark, self._mark(updated, now, whole_at, more=more))
        if at_rest and not new and updated == self._reached[0]:
            self._quiet = updated
        return new

    def _batches(self, updated: list[str] | None) -> Generator[Sequence[RowMapping], None, None]:
        """Return the rows at or past a watermark, in order."""
        rows = self.statement.subquery()
        column = rows.c[self.updated]
        wanted = select(rows).where(column.is_not(None)).order_by(column, rows.c[self.key])
        if updated is not None:
            value = _read_mark(updated)
            late = updated != self._quiet
            wanted = wanted.where(column >= self._before(value) if late else column > value)
        options = {"yield_per": _BATCH}
        with (
            self._connection() as connection,
            connection.execute(wanted, execution_options=options) as found,
        ):
            yield from found.mappings().partitions(_BATCH)

    def _before(self, value: Any) -> Any:
        """Return the watermark less the overlap; a mere counter has none.

        One microsecond less: SQLite compares instants as text, where `12:00:00` as its own
        CURRENT_TIMESTAMP writes it comes before `12:00:00.000000`.
        """
        if isinstance(value, datetime):
            return value - self.overlap - timedelta(microseconds=1)
        return value - self.overlap if isinstance(value, date) else value

    def _since(self, whole_at: int | None, rows: Sequence[RowMapping]) -> int | None:
        """Return from when on rows that carry no instant may be; None where they say so themselves.

        What a counter had not reached when all was read last has changed since, or was not yet
        committed. Before that nobody can tell, and a row may be older than any erasure.
        """
        if isinstance(rows[0][self.updated], datetime):
            return None
        return EARLIEST if whole_at is None else whole_at - microseconds(self.overlap)

    def _take(
        self, rows: Sequence[RowMapping], mark: str, after: str, now: int, since: int | None
    ) -> int:
        """Post the rows that are news and move the mark, in one transaction."""
        letters, odd = self._letters(rows, now)
        with self.database.write() as connection:
            self._move(connection, mark, after)
            new = post(self.database, connection, self._news(connection, letters), since=since)
            columns, then = ("text", "customer", "at"), "ON CONFLICT (text) DO NOTHING"
            self.database.insert(connection, "cuebook_notice", columns, odd, then)
            return new

    def _letters(
        self, rows: Sequence[RowMapping], now: int
    ) -> tuple[dict[str, Letter], list[tuple[str, str, int]]]:
        """Return a change for each row by its key, and a notice for each that cannot be one."""
        letters: dict[str, Letter] = {}
        odd: dict[str, int] = {}
        for row in rows:
            try:
                letter = self._letter(row, now)
            except (TypeError, ValueError) as trouble:
                odd.setdefault(f"the mirror {self.name} passed over a row: {trouble}"[:500], now)
            else:
                letters[str(letter.key)] = letter
        return letters, [(text, "", at) for text, at in sorted(odd.items())]

    def _letter(self, row: RowMapping, now: int) -> Letter:
        """Return a row as a change, dated when it was made as far as `updated` tells."""
        named, updated = row[self.key], row[self.updated]
        customer = name_of(named if isinstance(named, str | None) else str(named))
        values = {name: row[name] for name in row if name not in (self.key, self.updated)}
        said = f"{customer}\0{updated}\0{write_body(values)}"
        key = f"mirror/{self.name}/{hashlib.sha256(said.encode()).hexdigest()}"
        at = min(moment(_zoned(updated), now), now) if isinstance(updated, datetime) else now
        return Letter(customer, "change", "", values, at, key, stamped=True)

    def _news(self, connection: Connection, letters: Mapping[str, Letter]) -> list[Letter]:
        """Leave out what was posted before, so that nobody is woken for it."""
        sql = f"SELECT key FROM cuebook_inbox WHERE {self.database.among('key')}"
        known = self.database.rows(connection, sql, self.database.values(letters))
        there = {key for (key,) in known}
        return [letter for key, letter in letters.items() if key not in there]

    # --- the mark ---------------------------------------------------------------------------------

    def _mark(
        self, updated: list[str] | None, now: int, whole_at: int | None, *, more: bool = False
    ) -> str:
        """Return a mark as it is kept; other columns than these make it begin anew.

        `whole_at` is when the last look began that read to the end.
        """
        mark = {"columns": self._columns, "updated": updated, "looked_at": now, "more": more}
        return json.dumps({**mark, "whole_at": whole_at})

    def _move(self, connection: Connection, before: str, after: str) -> None:
        if before != after and not self._moved(connection, before, after):
            raise _Overtaken

    def _moved(self, connection: Connection, before: str, after: str) -> bool:
        """Move the mark if it is still the one we know: what it says is the fence."""
        sql = "UPDATE cuebook_mirror SET mark = ? WHERE name = ? AND mark = ?"
        return self.database.run(connection, sql, after, self.name, before) == 1

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """Hold a connection to the database that has the host's table."""
        match self.source:
            case None:
                with self.database.read() as connection:
                    yield connection
            case Pool():
                with self.source.connect() as connection:
                    yield connection
            case _:
                with self.source() as session:
                    yield session.connection()


class Mirrors:
    """The tables of the host that one engine looks into."""

    def __init__(self) -> None:
        self._mirrors: dict[str, Mirror] = {}

    def add(self, mirror: Mirror) -> None:
        """Take one more; ValueError for a second one of the same name."""
        if mirror.name in self._mirrors:
            raise ValueError(f"there is a mirror {mirror.name} already: give one another name")
        self._mirrors[mirror.name] = mirror

    def look(self, now: int) -> int:
        """Look into each that is due; return how many changes there were."""
        new = 0
        for mirror in self._mirrors.values():
            try:
                new += mirror.look(now)
            except Exception:  # noqa: BLE001 - the host's table may be anywhere, and must not hold us up
                _log.exception("the mirror %s cannot be read", mirror.name)
        return new


def _table(statement: Select[Any]) -> str:
    froms = statement.get_final_froms()
    if len(froms) == 1 and isinstance(froms[0], TableClause):
        return froms[0].name
    raise ValueError("a mirror of more than one table needs a name")


def _zoned(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _write_mark(value: object) -> list[str]:
    """Return a watermark as JSON can keep it, with its kind."""
    match value:
        case datetime():
            return ["instant", value.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case bool():
            raise TypeError("a truth cannot be a watermark")
        case int():
            return ["number", str(value)]
        case str():
            return ["text", value]
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be a watermark")


def _read_mark(written: list[str]) -> datetime | date | int | str:
    kind, value = written
    match kind:
        case "instant":
            return datetime.fromisoformat(value)
        case "date":
            return date.fromisoformat(value)
        case "number":
            return int(value)
        case _:
            return value
