"""One database of the two, and what both can do: short transactions, and many rows in one statement.

SQLite takes its writers one at a time (`BEGIN IMMEDIATE`, never a lock that is upgraded);
PostgreSQL takes many rows as arrays. Everything above speaks of tables and rows only.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, repeat
from typing import Any, Final, Literal

from sqlalchemy import Connection, Table, create_engine
from sqlalchemy import Engine as Pool
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
)

from .forking import renew_in_children
from .tables import METADATA

__all__ = ["Database", "Row", "Trouble", "Unusable", "reason", "refused", "shown"]

Row = Sequence[Any]
Rows = Sequence[Row]

Trouble = DBAPIError
"""What comes of a database that does not answer, or refuses."""

_WAIT_MS: Final = 30_000
"""How long a writer waits for another before it gives up."""
_MOST: Final = 1_000
"""Rows of one statement on SQLite: to prepare it takes 5 ms, once for each connection."""
_PAGES: Final = 4_000
"""Pages of SQLite's log, 16 MB, that are carried over into its file at once.

Each event touches a page of every index, and a page that several commits touch is carried over once.
With SQLite's own 1,000 and 50,000 customers nearly every commit of a busy intake carried its pages
over, and waited for the disk again.
"""
_OPTIONS: Final = "-c idle_in_transaction_session_timeout=60000"
"""PostgreSQL takes its locks back within a minute from a worker whose machine has vanished."""


_NO_ROOM: Final = frozenset({
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,  # A quota, or a limit on the size of files.
    sqlite3.SQLITE_IOERR_SHMSIZE,
    "53100",
})  # fmt: skip


class Unusable(Exception):  # noqa: N818 - its docstring is its sentence
    """The database cannot be used as it is; the text says why and what to do next."""


class Database:
    """A database that holds our tables, given as a URL or as the host's own engine."""

    def __init__(self, where: str | Pool, *, durable: bool = True) -> None:
        """`durable` off lets SQLite lose the last commits when the machine loses power."""
        self.pool = where if isinstance(where, Pool) else _pool(where)
        self._durable = durable
        self._writing = threading.RLock()
        self._inherited: list[object] = []
        dialect = self.pool.dialect.name
        if dialect not in ("sqlite", "postgresql"):
            raise Unusable(f"cuebook keeps its tables in SQLite or PostgreSQL, not in {dialect}")
        self.dialect: Literal["sqlite", "postgresql"] = dialect  # type: ignore[assignment]
        self.mark = "?" if dialect == "sqlite" else "%s"
        renew_in_children(self)

    def forked(self) -> None:
        """Leave the parent's connections alone, neither used nor closed, and its lock as well."""
        self._inherited.append(self.pool.pool)
        self.pool.dispose(close=False)
        self._writing = threading.RLock()

    @property
    def file(self) -> str | None:
        """Return the path of a SQLite file, or None."""
        return self.pool.url.database if self.dialect == "sqlite" else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold a transaction that may write; commit at the end, roll back on any trouble."""
        if self.dialect == "postgresql":
            with self.pool.begin() as connection:
                yield connection
            return
        # Writers of one process queue here, fairly, rather than poll for SQLite's lock.
        with self._writing, self.read() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hold a connection to read with."""
        with self.pool.connect() as connection:
            if self.dialect == "sqlite":
                self.prepare(connection)
            yield connection

    def prepare(self, connection: Connection) -> None:
        """Set up a SQLite connection, once in its life; a host's own connection as well."""
        if connection.info.get("cuebook"):
            return
        for pragma in (
            f"busy_timeout={_WAIT_MS}",
            "journal_mode=WAL",
            f"synchronous={'FULL' if self._durable else 'NORMAL'}",
            "foreign_keys=ON",
            f"wal_autocheckpoint={_PAGES}",
        ):
            connection.exec_driver_sql(f"PRAGMA {pragma}").close()
        connection.info["cuebook"] = True

    def still(self, connection: Connection) -> None:
        """Let all that a fresh connection reads from here on be as it is at one moment."""
        if self.dialect == "postgresql":
            self.run(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        else:
            connection.exec_driver_sql("BEGIN").close()

    def among(self, column: str) -> str:
        """Return the condition that a column is one of the values that `values` hands over."""
        if self.dialect == "sqlite":
            return f"{column} IN (SELECT value FROM json_each(?))"
        return f"{column} = ANY(%b)"

    def values(self, values: Iterable[str]) -> Any:
        """Return a list of texts as the one parameter that `among` waits for."""
        return json.dumps(list(values)) if self.dialect == "sqlite" else list(values)

    def rows(self, connection: Connection, sql: str, *parameters: Any) -> list[Any]:
        """Run one statement, `?` marking its parameters, and return its rows as tuples."""
        found = self._sent(connection, self.spell(sql), parameters, rows=True)
        # A host's own connections may have rows of another kind.
        return found if not found or type(found[0]) is tuple else list(map(tuple, found))

    def run(self, connection: Connection, sql: str, *parameters: Any) -> int:
        """Run one statement and return how many rows it touched."""
        return int(self._sent(connection, self.spell(sql), parameters))

    def spell(self, sql: str) -> str:
        """Return a statement with the marks of this database; ours hold no other `?` and no `%`."""
        return sql if self.dialect == "sqlite" else sql.replace("?", "%s")

    def hold(
        self, connection: Connection, table: str, key: str, where: str, *parameters: Any
    ) -> None:
        """Lock rows in the order of their key, so that two who want the same never wait in a ring.

        Everybody takes customers (`cuebook_wake`) before actions (`cuebook_outbox`) before tasks.
        SQLite has one writer at a time, and needs nothing.
        """
        if self.dialect == "postgresql":
            sql = f"""SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {where}
                ORDER BY {key} COLLATE "C" FOR UPDATE) held"""
            self.rows(connection, sql, *parameters)

    def insert(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Rows, then: str = ""
    ) -> int:
        """Insert rows, `then` saying what to do `ON CONFLICT`; return how many were touched."""
        if not rows:
            return 0
        names = tuple(columns)
        sql = _insert(self.dialect, table, names, then)
        return self._many(connection, sql, rows)

    def pour(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Rows, then: str = ""
    ) -> int:
        """Insert rows as `insert` does, but in few statements on SQLite too; None is never their last value.

        `insert` gives way to other threads at every row there, and a statement does at its end: each
        of them may keep the interpreter for a good part of a millisecond. So there are as few
        statements as possible, in few sizes, for each is prepared once: what rows are missing to the
        next size is filled with nothing, and left out by the database.
        """
        if self.dialect == "postgresql":
            return self.insert(connection, table, columns, rows, then)
        names, count = tuple(columns), 0
        for place in range(0, len(rows), _MOST):
            some = rows[place : place + _MOST]
            size = _room(len(some))
            empty = size - len(some)
            values = chain(chain.from_iterable(some), repeat(None, empty * len(names)))
            sql = _poured(table, names, size, then, filled=not empty)
            count += int(self._sent(connection, sql, tuple(values)))
        return count

    def update(
        self,
        connection: Connection,
        table: str,
        keys: Sequence[str],
        columns: Sequence[str],
        rows: Rows,
        then: str = "",
    ) -> int:
        """Set `columns` in the rows that `keys` name, each row giving columns, then keys.

        `then` is a further condition (` AND …`) on the table's own columns. Returns how many were
        found.
        """
        if not rows:
            return 0
        sql = _update(self.dialect, table, tuple(keys), tuple(columns), then)
        return self._many(connection, sql, rows)

    def _many(self, connection: Connection, sql: str, rows: Rows) -> int:
        if self.dialect == "sqlite":
            return int(self._sent(connection, sql, rows, many=True))
        arrays = tuple(list(column) for column in zip(*rows, strict=True))
        return int(self._sent(connection, sql, arrays))

    def _sent(
        self,
        connection: Connection,
        sql: str,
        parameters: Rows | Row,
        *,
        many: bool = False,
        rows: bool = False,
    ) -> Any:
        """Hand a statement to the driver; return how many rows it touched, or those it found.

        Past SQLAlchemy, whose way costs 20 to 80 µs a statement, but in its transaction and with
        its exceptions.
        """
        if not connection.in_transaction():
            connection.begin()  # So that whoever holds it can commit.
        cursor = connection.connection.cursor()
        try:
            if many:
                cursor.executemany(sql, parameters)
            else:
                cursor.execute(sql, parameters)
            return cursor.fetchall() if rows else cursor.rowcount
        except connection.dialect.loaded_dbapi.Error as trouble:
            raise _wrapped(connection, cursor, sql, trouble) from trouble


def shown(url: str) -> str:
    """Return a URL as it may be printed, without its password."""
    return make_url(url).render_as_string(hide_password=True)


def reason(trouble: DBAPIError) -> str:
    """Return trouble as one line for a log or a terminal: without the statement and its values."""
    said = str(trouble.orig or trouble).strip().partition("\n")[0]
    code = getattr(trouble.orig, "sqlite_errorcode", None) or _state(trouble)
    if code in _NO_ROOM:
        return (
            f"its disk is full, or a limit is reached ({said}); nothing that was taken is lost: "
            "make room, and it goes on"
        )
    return said


def refused(trouble: Exception) -> bool:
    """Whether the rows are to blame: anything else would happen to other rows as well.

    A database that is gone, full, locked or out of bounds for us refuses everybody; what cannot
    even be handed over (a text that is no Unicode, a number beyond 64 bits) is no `DBAPIError`.
    """
    if not isinstance(trouble, DBAPIError):
        return True
    if isinstance(trouble, DataError | IntegrityError):
        return not trouble.connection_invalidated
    state = _state(trouble)
    return state is not None and state.startswith("54")  # Too long for an index.


def _state(trouble: DBAPIError) -> str | None:
    """Return PostgreSQL's code for trouble."""
    return getattr(trouble.orig, "sqlstate", None)


def _wrapped(connection: Connection, cursor: Any, sql: str, trouble: Exception) -> Exception:
    """Return a driver's trouble as SQLAlchemy tells it; a connection that is lost is given up."""
    dialect = connection.dialect
    gone = dialect.is_disconnect(trouble, connection.connection, cursor)  # type: ignore[arg-type]
    if gone:
        connection.invalidate(trouble)
    told: Exception = DBAPIError.instance(
        sql, None, trouble, dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=dialect
    )
    return told


def _pool(url: str) -> Pool:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() != "postgresql":
            return create_engine(parsed)
        ours = {} if "options" in parsed.query else {"options": _OPTIONS}
        return create_engine(parsed, pool_pre_ping=True, connect_args=ours)
    except (ArgumentError, NoSuchModuleError):
        raise Unusable(
            "this is no database URL that can be used (it may hold a password, so it is not shown): "
            "write sqlite:///plays.db or postgresql://user@host/name"
        ) from None
    except ModuleNotFoundError:
        raise Unusable("PostgreSQL needs its driver: pip install 'cuebook[postgres]'") from None


@cache
def _insert(dialect: str, table: str, columns: tuple[str, ...], then: str) -> str:
    names = ", ".join(columns)
    if dialect == "sqlite":
        marks = ", ".join("?" * len(columns))
        return f"INSERT INTO {table} ({names}) VALUES ({marks}) {then}"
    return f"INSERT INTO {table} ({names}) SELECT * FROM unnest({_arrays(table, columns)}) {then}"


def _room(count: int) -> int:
    """Return the next of four sizes between powers of two that has room for so many."""
    step = 1 << max(0, count.bit_length() - 3)
    return min(_MOST, -(-count // step) * step)


@cache
def _poured(table: str, columns: tuple[str, ...], size: int, then: str, *, filled: bool) -> str:
    row = f"({', '.join('?' * len(columns))})"
    rows = f"VALUES {', '.join([row] * size)}"
    if not filled:  # Its last column, by the name that SQLite gives the columns of VALUES.
        rows = f"SELECT * FROM ({rows}) WHERE column{len(columns)} IS NOT NULL"
    return f"INSERT INTO {table} ({', '.join(columns)}) {rows} {then}"


@cache
def _update(
    dialect: str, table: str, keys: tuple[str, ...], columns: tuple[str, ...], then: str
) -> str:
    if dialect == "sqlite":
        sets = ", ".join(f"{column} = ?" for column in columns)
        where = " AND ".join(f"{key} = ?" for key in keys)
        return f"UPDATE {table} SET {sets} WHERE {where}{then}"
    sets = ", ".join(f"{column} = new.{column}" for column in columns)
    where = " AND ".join(f"{table}.{key} = new.is_{key}" for key in keys)
    names = ", ".join([*columns, *(f"is_{key}" for key in keys)])
    arrays = _arrays(table, (*columns, *keys))
    return f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS new({names}) WHERE {where}{then}"


def _arrays(table: str, columns: Sequence[str]) -> str:
    known: Table = METADATA.tables[table]
    # How a column is sorted is no part of what an array holds.
    kinds = (
        known.c[column].type.compile(_postgresql()).partition(" COLLATE ")[0] for column in columns
    )
    # As binary: an array as text is escaped sign by sign, which took ten times as long for JSON.
    return ", ".join(f"%b::{kind}[]" for kind in kinds)


@cache
def _postgresql() -> Any:
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg  # noqa: PLC0415

    return PGDialect_psycopg()  # type: ignore[no-untyped-call]
