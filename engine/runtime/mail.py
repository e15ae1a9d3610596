"""What comes in: an occurrence as a row of the inbox, and the wake that makes somebody look.

The wake is written first. On PostgreSQL it takes the customer's lock, so that nobody looks between
the two and sees a later occurrence before an earlier one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection

from ..core.instant import EARLIEST, LATEST, instant, parse_instant
from ..core.occurrence import Changed, Happened, Requested, Settled
from ..core.zone import UTC
from .database import Database
from .spelling import read, spell

__all__ = [
    "COLUMNS", "FORGET", "ON_WAKE", "Letter", "hash_of", "moment", "name_of", "post", "post_rows", "read_body",
    "row", "row_of", "wakes", "write_body",
]  # fmt: skip

Kind = Literal["event", "change", "signal", "request", "settled"]
_LONGEST: Final = 400
COLUMNS: Final = ("key", "customer", "kind", "name", "body", "at", "stamped")
ON_WAKE: Final = """ON CONFLICT (customer) DO UPDATE SET due_at = excluded.due_at
    WHERE cuebook_wake.due_at IS NULL OR cuebook_wake.due_at > excluded.due_at"""
"""Who is woken earlier already is left as it is; PostgreSQL locks the row all the same."""
FORGET: Final = """DELETE FROM cuebook_wake WHERE customer = ? AND NOT EXISTS
    (SELECT 1 FROM cuebook_customer WHERE id = cuebook_wake.customer) AND NOT EXISTS
    (SELECT 1 FROM cuebook_inbox WHERE customer = cuebook_wake.customer AND number IS NULL)"""
"""Wake nobody who is not there: after the letters of somebody who was erased were left out."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One occurrence on its way in; values are as they came, the program converts them."""

    customer: str
    kind: Kind
    name: str = ""
    body: Mapping[str, object] = field(default_factory=dict)
    at: int = 0
    key: str | None = None
    stamped: bool = False


def post(
    database: Database,
    connection: Connection,
    letters: Iterable[Letter],
    *,
    since: int | None = None,
) -> int:
    """Put letters into the inbox and wake their customers; return how many were new.

    One that carries a key which is there already is left out, and so is one that may be from before
    its customer was erased: it is from its own instant, or from `since` on where that is earlier.
    Raises ValueError for a customer without a usable name.
    """
    return post_rows(database, connection, [row_of(letter) for letter in letters], since=since)


def post_rows(
    database: Database,
    connection: Connection,
    rows: list[tuple[Any, ...]],
    *,
    since: int | None = None,
) -> int:
    """Put letters that `row_of` has made rows of into the inbox; see `post`."""
    if not rows:
        return 0
    alone = database.dialect == "sqlite"
    if alone:
        rows, _ = _sorted_out(database, connection, rows, since)
    database.pour(connection, "cuebook_wake", ("customer", "due_at"), wakes(rows), ON_WAKE)
    gone: set[str] = set()
    if not alone:  # Only now: the wake may have waited for an erase that was under way.
        rows, gone = _sorted_out(database, connection, rows, since)
    new = _put_in(database, connection, rows)
    for name in gone:
        database.run(connection, FORGET, name)
    return new


def _put_in(database: Database, connection: Connection, rows: list[tuple[Any, ...]]) -> int:
    """Put rows into the inbox; return how many were new."""
    then = "ON CONFLICT (key) DO NOTHING"
    if database.dialect == "sqlite":
        return database.pour(connection, "cuebook_inbox", COLUMNS, rows, then)
    rows = [(*row[:-1], bool(row[-1])) for row in rows]
    if len(rows) < 2:
        return database.pour(connection, "cuebook_inbox", COLUMNS, rows, then)
    # By key, else two who tell of the same keys could wait for each other; under numbers that were
    # drawn before, else what came first would not be decided first.
    draw = "SELECT nextval('cuebook_inbox_id_seq') FROM generate_series(1, ?)"
    drawn = database.rows(connection, draw, len(rows))
    numbered = [(number, *row) for (number,), row in zip(drawn, rows, strict=True)]
    numbered.sort(key=lambda row: row[1] or "")
    return database.insert(connection, "cuebook_inbox", ("id", *COLUMNS), numbered, then)


def row_of(letter: Letter) -> tuple[Any, ...]:
    """Return a letter as a row of the inbox, by `COLUMNS`; ValueError when its customer has no name."""
    body = write_body(letter.body)
    return row(
        letter.customer, letter.kind, letter.name, body, letter.at, letter.key, stamped=letter.stamped
    )  # fmt: skip


def row(
    customer: str, kind: Kind, name: str, body: str, at: int, key: str | None, *, stamped: bool
) -> tuple[Any, ...]:
    """Return what a letter would hold as a row of the inbox, its body as JSON; see `row_of`."""
    # As SQLite keeps it; for each bool its driver would look for somebody who makes it a number.
    return (key, name_of(customer), kind, name.replace("\0", ""), body, at, int(stamped))


def wakes(rows: Iterable[tuple[Any, ...]]) -> list[tuple[str, int]]:
    """Return who has to be woken for rows of the inbox, and when.

    In one order everywhere, so that two of us never wait for each other.
    """
    wake: dict[str, int] = {}
    for _, customer, _, _, _, at, _ in rows:
        woken = wake.get(customer)
        if woken is None or at < woken:
            wake[customer] = at
    return sorted(wake.items())


def _sorted_out(
    database: Database, connection: Connection, rows: list[tuple[Any, ...]], since: int | None
) -> tuple[list[tuple[Any, ...]], set[str]]:
    """Leave out what may be from before its customer was erased; return the rest, and whose that was."""
    if not database.rows(connection, "SELECT 1 FROM cuebook_erased LIMIT 1"):
        return rows, set()
    hashes = {hash_of(name): name for name in {row[1] for row in rows}}
    found = database.rows(
        connection,
        f"SELECT hash, at FROM cuebook_erased WHERE {database.among('hash')}",
        database.values(hashes),
    )
    erased = {hashes[digest]: at for digest, at in found}

    def is_after(row: tuple[Any, ...]) -> bool:
        at = row[5] if since is None else min(row[5], since)
        return row[1] not in erased or at > erased[row[1]]

    return [row for row in rows if is_after(row)], {row[1] for row in rows if not is_after(row)}


def hash_of(name: str) -> str:
    """Return what is kept of the name of a customer who was erased."""
    return hashlib.sha256(name.encode()).hexdigest()


def name_of(customer: object) -> str:
    """Return a customer's name as text; ValueError when it cannot be one."""
    number = isinstance(customer, int) and not isinstance(customer, bool)
    name = str(customer) if number else customer
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST or "\0" in name:
        raise ValueError(
            f"a customer is named by a text of 1 to {_LONGEST} characters, not by {customer!r:.60}"
        )
    name.encode()
    return name


def moment(at: datetime | date | str | int | None, now: int) -> int:
    """Return an instant in microseconds UTC; `now` for None, a text without offset in UTC.

    Raises ValueError for a time without a zone, or one that is out of range.
    """
    match at:
        case None:
            return now
        case int():
            if not EARLIEST <= at <= LATEST:
                raise ValueError(f"{at} lies outside the years 1900 to 9999, in microseconds UTC")
            return at
        case datetime():
            return instant(at)
        case date():
            return parse_instant(at.isoformat(), UTC)
        case _:
            return parse_instant(at, UTC)


def write_body(values: Mapping[str, object]) -> str:
    """Return values as JSON, dates and instants as ISO text; TypeError for what has no JSON."""
    if _SIMPLE.issuperset(map(type, values.values())):
        return spell(values)
    return _ENCODER.encode(values)


def _plain(value: object) -> object:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Enum():
            return value.value
        case UUID():
            return str(value)
        case set() | frozenset() | tuple():
            return list(value)
        case _ if hasattr(value, "__float__"):  # A Decimal of the host's database.
            return float(value)
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be kept as a value")


_SIMPLE: Final = frozenset([str, int, float, bool, type(None)])
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), default=_plain)


def read_body(
    kind: str, name: str, body: str, at: int, key: str | None
) -> Happened | Changed | Requested | Settled:
    """Return a row of the inbox as an occurrence, its values as they came."""
    values = read(body)
    match kind:
        case "event":
            return Happened(at, name, values, key or "")
        case "change" | "signal":
            return Changed(at, values)
        case "request":
            return Requested(at, name, values)
        case _:
            return Settled(at, **values)
