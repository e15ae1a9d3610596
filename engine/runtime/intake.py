"""What a host tells the engine: customers, events and requests, alone, in bulk, or in its own transaction."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from .database import Database
from .mail import Letter, moment, post

__all__ = ["Intake", "Moment", "change", "happening", "wall_clock"]

Moment = datetime | date | str | int | None
"""When: a datetime with a zone, a date or ISO text (UTC without an offset), microseconds; or now."""

_BATCH: Final = 2_000


def wall_clock() -> int:
    """Return the time in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


def happening(
    customer: str,
    name: str,
    properties: Mapping[str, object] | None = None,
    *,
    now: int | None = None,
    at: Moment = None,
    id: str | None = None,  # noqa: A002 - what the design calls it
    source: str = "",
) -> Letter:
    """Return an event as it will be posted; `id` and `source` together make it unique.

    Without `at` it happens `now` (microseconds UTC), by default when the clock says.
    """
    key = None if id is None else f"{source}/{id}"
    return Letter(
        customer,
        "event",
        name,
        properties or {},
        moment(at, wall_clock() if now is None else now),
        key,
        stamped=at is None,
    )


def change(
    customer: str,
    values: Mapping[str, object],
    *,
    now: int | None = None,
    at: Moment = None,
    id: str | None = None,  # noqa: A002 - as above
    source: str = "",
) -> Letter:
    """Return a change of attributes as it will be posted; None removes an attribute."""
    key = None if id is None else f"{source}/{id}"
    return Letter(
        customer,
        "change",
        "",
        values,
        moment(at, wall_clock() if now is None else now),
        key,
        stamped=at is None,
    )


@dataclass(slots=True)
class Intake:
    """Posts letters, and nudges whoever decides once they are committed."""

    database: Database
    nudge: Callable[[], None]

    def put(self, letter: Letter, session: Session | Connection | None) -> bool:
        """Post one letter, in the host's transaction if it gives one; return whether it was new."""
        if session is None:
            with self.database.write() as connection:
                new = post(self.database, connection, [letter])
            self.nudge()
            return new > 0
        return post(self.database, self._joined(session), [letter]) > 0

    def many(self, letters: Iterable[Letter]) -> int:
        """Post many letters, some thousands to a transaction; return how many were new."""
        waiting, new = iter(letters), 0
        while batch := list(islice(waiting, _BATCH)):
            with self.database.write() as connection:
                new += post(self.database, connection, batch)
            self.nudge()
        return new

    def _joined(self, session: Session | Connection) -> Connection:
        """Return the connection of the host's transaction; its commit is what wakes us."""
        nudge = self.nudge

        def committed(_: Any) -> None:
            nudge()

        if isinstance(session, Connection):
            event.listen(session, "commit", committed, once=True)
            return session
        event.listen(session, "after_commit", committed, once=True)
        return session.connection()
