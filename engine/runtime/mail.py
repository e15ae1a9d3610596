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
    "COLUMNS", "ON_WAKE", "Letter", "hash_of", "moment", "name_of", "post", "read_body", "row_of",
    "wakes", "write_body",
]  # fmt: skip

Kind = Literal["event", "change", "request", "settled"]
_LONGEST: Final = 400
COLUMNS: Final = ("key", "customer", "kind", "name", "body", "at", "stamped")
ON_WAKE: Final = """ON CONFLICT (customer) DO UPDATE SET due_at =
    CASE WHEN cuebook_wake.due_at IS NULL OR cuebook_wake.due_at > excluded.due_at
    THEN excluded.due_at ELSE cuebook_wake.due_at END"""


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


def post(database: Database, connection: Connection, letters: Iterable[Letter]) -> int:
    """Put letters into the inbox and wake their customers; return how many were new.

    One that carries a key which is there already is left out. Raises ValueError for a customer
    without a usable name.
    """
    rows = [row_of(letter) for letter in letters]
    if not rows:
        return 0
    erased = _erased(database, connection, {letter[1] for letter in rows})
    if erased:
        rows = [row for row in rows if row[5] > erased.get(row[1], row[5] - 1)]
    columns = ("customer", "due_at")
    database.insert(connection, "cuebook_wake", columns, wakes(rows), ON_WAKE)
    then = "ON CONFLICT (key) DO NOTHING"
    return database.insert(connection, "cuebook_inbox", COLUMNS, rows, then)


def row_of(letter: Letter) -> tuple[Any, ...]:
    """Return a letter as a row of the inbox, by `COLUMNS`."""
    return (
        letter.key, name_of(letter.customer), letter.kind, letter.name.replace("\0", ""),
        write_body(letter.body), letter.at, letter.stamped,
    )  # fmt: skip


def wakes(rows: Iterable[tuple[Any, ...]]) -> list[tuple[str, int]]:
    """Return who has to be woken for rows of the inbox, and when.

    In one order everywhere, so that two of us never wait for each other.
    """
    wake: dict[str, int] = {}
    for row in rows:
        wake[row[1]] = min(wake.get(row[1], row[5]), row[5])
    return sorted(wake.items())


def _erased(database: Database, connection: Connection, names: set[str]) -> dict[str, int]:
    """Return until when which of these customers were erased."""
    if not database.rows(connection, "SELECT 1 FROM cuebook_erased LIMIT 1"):
        return {}
    hashes = {hash_of(name): name for name in names}
    found = database.rows(
        connection,
        f"SELECT hash, at FROM cuebook_erased WHERE {database.among('hash')}",
        database.values(hashes),
    )
    return {hashes[digest]: at for digest, at in found}


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
        case "change":
            return Changed(at, values)
        case "request":
            return Requested(at, name, values)
        case _:
            return Settled(at, **values)
