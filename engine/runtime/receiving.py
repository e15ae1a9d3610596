"""The part of an engine that stands behind its doors: what comes in together, and what was refused.

A door (HTTP, a queue) hands over rows for the inbox and what it could not read. Both are committed in
one transaction, and in one with what other threads hand over meanwhile: a commit costs the disk the
same for one event as for a thousand.
"""

import hashlib
import json
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import reading
from .database import Database, refused
from .forking import renew_in_children
from .mail import post_rows
from .supplied import Supplied

__all__ = ["LONGEST_BODY", "Receiving", "Refusal"]

LONGEST_BODY: Final = 32 * 1024
"""Characters of what was refused that are kept."""
_MOST: Final = 2_000
"""Rows of one transaction, when many wait: nobody else can write meanwhile."""
_COLUMNS: Final = ("key", "source", "customer", "reason", "body", "received_at")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that came in and could not be taken, to be kept for a person."""

    source: str
    reason: str
    body: str
    customer: str = ""
    """Whom it is about, where that could be read."""


class Receiving(Supplied):
    """Takes in what doors hand over, and keeps what they could not read."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._together = Together(self.database)

    def now(self) -> int:
        """Return the engine's time, in microseconds UTC."""
        return self._clock()

    def receive(self, rows: Sequence[Row], refusals: Sequence[Refusal] = ()) -> None:
        """Post rows of the inbox, made by `row_of`, and keep refusals, once for the same content.

        Returns when both are committed. May be called by many threads at once: they share commits.
        """
        self.ready()
        now = self._clock()
        self._together.put(Parcel(rows, [_row(one, now) for one in refusals]))
        self._nudge()

    def refused(
        self, number: int | None = None, *, source: str | None = None
    ) -> list[reading.RefusedView]:
        """Return what was refused at the doors, the latest first, at most a thousand."""
        with self._reading() as connection:
            return reading.refused(self.database, connection, number=number, source=source)

    def forget_refused(self, number: int | None = None, *, source: str | None = None) -> int:
        """Delete what was refused and has been looked at: one, those of a source, or all.

        Returns how many; raises KeyError when none has this number.
        """
        self.ready()
        told = {"id": number, "source": source}
        given = {column: value for column, value in told.items() if value is not None}
        where = " AND ".join(["1 = 1", *(f"{column} = ?" for column in given)])
        with self.database.write() as connection:
            sql = f"DELETE FROM cuebook_refused WHERE {where}"
            count = self.database.run(connection, sql, *given.values())
        if number is not None and not count:
            raise KeyError(f"nothing that was refused has the number {number}")
        return count


@dataclass(slots=True, eq=False)
class Parcel:
    """What one thread hands over, and what became of it."""

    rows: Sequence[Row]
    refusals: Sequence[Row]
    done: bool = False
    trouble: BaseException | None = None


class Together:
    """Commits what several threads hand over in one transaction; each waits until its own is there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Parcel] = deque()
        self._leading = threading.Lock()
        renew_in_children(self)

    def forked(self) -> None:
        """Begin with nothing waiting: those threads are in the parent."""
        self._waiting, self._leading = deque(), threading.Lock()

    def put(self, parcel: Parcel) -> None:
        """Return when the parcel is committed, by this thread or by one that came before."""
        self._waiting.append(parcel)
        with self._leading:
            while not parcel.done:
                self._commit(self._some())
        if parcel.trouble is not None:
            raise parcel.trouble

    def _some(self) -> list[Parcel]:
        taken, rows = [], 0
        while self._waiting and rows < _MOST:
            taken.append(self._waiting.popleft())
            rows += len(taken[-1].rows) + len(taken[-1].refusals)
        return taken

    def _commit(self, parcels: Sequence[Parcel]) -> None:
        """Write parcels; where the database does not take the rows of one, each for itself."""
        trouble: BaseException | None = None
        try:
            self._write(parcels)
        except BaseException as caught:  # noqa: BLE001 - each thread is told about its own
            if len(parcels) > 1 and isinstance(caught, Exception) and refused(caught):
                for one in parcels:
                    self._commit([one])
                return
            trouble = caught
        for parcel in parcels:
            parcel.done, parcel.trouble = True, trouble

    def _write(self, parcels: Sequence[Parcel]) -> None:
        rows = [row for parcel in parcels for row in parcel.rows]
        # By key, else two processes that are told the same could wait for each other.
        refusals = sorted(row for parcel in parcels for row in parcel.refusals)
        then = "ON CONFLICT (key) DO NOTHING"
        with self._database.write() as connection:
            post_rows(self._database, connection, rows)
            self._database.insert(connection, "cuebook_refused", _COLUMNS, refusals, then)


def _row(refusal: Refusal, now: int) -> Row:
    """Return a refusal as a row, its key made of its content: what is sent again is kept once."""
    body = _kept(refusal.body)[:LONGEST_BODY]
    told = [refusal.source, _kept(refusal.customer), _kept(refusal.reason), body]
    key = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return (key, *told, now)


def _kept(text: str) -> str:
    """Return a text as databases keep it: without NUL and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
