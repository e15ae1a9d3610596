"""The part of an engine that stands behind its doors: what comes in together, and what was refused.

A door (HTTP, a queue) hands over rows for the inbox and what it could not read. Both are committed in
one transaction, and in one with what other threads hand over meanwhile: a commit costs the disk the
same for one event as for a thousand.
"""

import asyncio
import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
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
Waited = Future[None] | asyncio.Future[None]
Tell = Callable[[Callable[[], object]], object]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that came in and could not be taken, to be kept for a person."""

    source: str
    reason: str
    body: str
    customer: str = ""
    """Whom it is about, where that could be read."""


MOST_STRANGERS: Final = 1_000
"""Calls of strangers that are kept of each source."""


class Receiving(Supplied):
    """Takes in what doors hand over, and keeps what they could not read."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._together = Together(self.database, self.ready, self._nudge)

    def now(self) -> int:
        """Return the engine's time, in microseconds UTC."""
        return self._clock()

    def receive(self, rows: Sequence[Row], refusals: Sequence[Refusal] = ()) -> None:
        """Post rows of the inbox, made by `row_of`, and keep refusals, once for the same content.

        Returns when both are committed. May be called by many threads at once: they share commits.
        """
        committed: Future[None] = Future()
        self._hand_over(rows, refusals, committed, _at_once)
        committed.result()

    async def take_in(self, rows: Sequence[Row], refusals: Sequence[Refusal] = ()) -> None:
        """Do as `receive` does, awaited: no thread is held up meanwhile."""
        loop = asyncio.get_running_loop()
        committed: asyncio.Future[None] = loop.create_future()
        self._hand_over(rows, refusals, committed, loop.call_soon_threadsafe)
        await committed

    def _hand_over(
        self, rows: Sequence[Row], refusals: Sequence[Refusal], committed: Waited, tell: Tell
    ) -> None:
        now = self._clock()
        kept = [_row(one, now) for one in refusals]
        self._together.put(Parcel(rows, kept, committed, tell))

    def refused(
        self, number: int | None = None, *, source: str | None = None, strangers: bool = False
    ) -> list[reading.RefusedView]:
        """Return what was refused at the doors, the latest first, at most a thousand.

        Calls of visitors of whom nobody knows who they are stand apart: they are what is returned
        where `strangers` are asked for.
        """
        apart = None if number is not None else strangers
        with self._reading() as connection:
            return reading.refused(
                self.database, connection, number=number, source=source, strangers=apart
            )

    def forget_strangers(self) -> None:
        """Let go of all but the last calls of strangers: a website has more of them than of customers."""
        ranked = """SELECT id, row_number() OVER (PARTITION BY source ORDER BY id DESC) AS place
            FROM cuebook_refused WHERE reason = ?"""
        sql = f"""DELETE FROM cuebook_refused
            WHERE id IN (SELECT id FROM ({ranked}) AS ranked WHERE place > ?)"""
        many = """SELECT 1 FROM cuebook_refused WHERE reason = ?
            GROUP BY source HAVING count(*) > ? LIMIT 1"""
        # Looked for every few seconds, and mostly in vain: no writer should wait for that.
        with self._reading() as connection:
            if not self.database.rows(connection, many, reading.STRANGER, MOST_STRANGERS):
                return
        with self.database.write() as connection:
            self.database.run(connection, sql, reading.STRANGER, MOST_STRANGERS)

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


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """What is handed over at once, and who waits until it is committed."""

    rows: Sequence[Row]
    refusals: Sequence[Row]
    committed: Waited
    tell: Tell
    """Calls a function where whoever waits is to be told."""


class Together:
    """Commits what waits at a time in one transaction, on a thread that does nothing else.

    While it waits for the database or the disk, whoever hands over goes on reading.
    """

    def __init__(
        self, database: Database, ready: Callable[[], None], nudge: Callable[[], None]
    ) -> None:
        self._database, self._ready, self._nudge = database, ready, nudge
        self.forked()
        renew_in_children(self)

    def forked(self) -> None:
        """Begin with nothing waiting: what waits and the thread are the parent's."""
        self._waiting: deque[Parcel] = deque()
        self._called = False
        self._thread = ThreadPoolExecutor(1, "cuebook-receiving")

    def put(self, parcel: Parcel) -> None:
        """Take a parcel, and call the thread unless it is called already."""
        self._waiting.append(parcel)
        if not self._called:
            self._called = True
            self._thread.submit(self._work)

    def _work(self) -> None:
        self._called = False  # Before looking: what is put from now on is seen, or calls again.
        while parcels := self._some():
            self._commit(parcels)
            self._nudge()

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
        except BaseException as caught:  # noqa: BLE001 - each is told about its own
            if len(parcels) > 1 and isinstance(caught, Exception) and refused(caught):
                for one in parcels:
                    self._commit([one])
                return
            trouble = caught
        _settle(parcels, trouble)

    def _write(self, parcels: Sequence[Parcel]) -> None:
        rows = [row for parcel in parcels for row in parcel.rows]
        # By key, else two processes that are told the same could wait for each other.
        refusals = sorted(row for parcel in parcels for row in parcel.refusals)
        then = "ON CONFLICT (key) DO NOTHING"
        self._ready()
        with self._database.write() as connection:
            post_rows(self._database, connection, rows)
            self._database.insert(connection, "cuebook_refused", _COLUMNS, refusals, then)


def _settle(parcels: Sequence[Parcel], trouble: BaseException | None) -> None:
    """Tell whoever waits: all of one event loop in one go, for each wakes it and loses the turn."""
    waiting = defaultdict(list)
    for parcel in parcels:
        waiting[parcel.tell].append(parcel.committed)
    for tell, ended in waiting.items():
        with suppress(RuntimeError):  # The loop is closed: nobody waits there any more.
            tell(partial(_end, ended, trouble))


def _end(ended: Sequence[Waited], trouble: BaseException | None) -> None:
    for committed in ended:
        if committed.done():
            continue  # Whoever waited has given up.
        if trouble is None:
            committed.set_result(None)
        else:
            committed.set_exception(trouble)


def _at_once(function: Callable[[], object]) -> None:
    function()


def _row(refusal: Refusal, now: int) -> Row:
    """Return a refusal as a row, its key made of its content: what is sent again is kept once."""
    body = _kept(refusal.body)[:LONGEST_BODY]
    told = [refusal.source, _kept(refusal.customer), _kept(refusal.reason), body]
    key = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return (key, *told, now)


def _kept(text: str) -> str:
    """Return a text as databases keep it: without NUL and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
