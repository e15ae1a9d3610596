"""The customers of a database as they are, for a look at what another program would do to them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from ..core.occurrence import Occurrence
from ..core.plan import Project
from ..core.state import Customer
from .database import Database
from .deciding import Kept, Mail, Turn, arrival
from .population import Population
from .programs import Deployment, Programs
from .replay import Log

__all__ = ["Present", "customers", "standing"]

_MOST: Final = 500
"""How many customers are read at once."""


def standing(
    everybody: Population, projects: Iterable[Project], names: Sequence[str] | None = None
) -> Iterator[tuple[Customer, list[Occurrence]]]:
    """Yield each customer as the program in force would leave it now, and what is dated ahead.

    History is there as far as `projects` ask for it, out of the log where the program in force
    keeps less. Nothing is written. With `names` only these are looked at.
    """
    database, connection = everybody.database, everybody.connection
    following = tuple(everybody.programs.know(project) for project in projects)
    reader = Present(database, connection, everybody.programs, everybody.latest, following)
    for rows in (
        _everybody(database, connection) if names is None else _some(database, connection, names)
    ):
        for name, *kept in rows:
            yield reader.read(name, Kept(*kept) if kept[2] is not None else None, everybody.now)


def customers(database: Database, connection: Connection) -> int:
    """Return how many there are."""
    return int(database.rows(connection, "SELECT count(*) FROM cuebook_wake")[0][0])


_KEPT: Final = """SELECT wake.customer, kept.decided, kept.program, kept.state FROM cuebook_wake wake
    LEFT JOIN cuebook_customer kept ON kept.id = wake.customer"""


def _everybody(database: Database, connection: Connection) -> Iterator[list[Any]]:
    """Yield all rows, some at a time."""
    sql, last = f"{_KEPT} WHERE wake.customer > ? ORDER BY wake.customer LIMIT ?", ""
    while rows := database.rows(connection, sql, last, _MOST):
        yield rows
        last = rows[-1][0]


def _some(database: Database, connection: Connection, names: Sequence[str]) -> Iterator[list[Any]]:
    sql = f"{_KEPT} WHERE {database.among('wake.customer')} ORDER BY wake.customer"
    for start in range(0, len(names), _MOST):
        yield database.rows(connection, sql, database.values(names[start : start + _MOST]))


class Present:
    """Reads customers under the program in force, with history for those that may follow."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        programs: Programs,
        latest: Deployment,
        following: tuple[str, ...],
    ) -> None:
        self._database = database
        self._connection = connection
        self._programs = programs
        self._latest = latest
        self._following = following

    def read(self, name: str, kept: Kept | None, now: int) -> tuple[Customer, list[Occurrence]]:
        """Return one customer, its waiting mail decided up to now, and what is dated ahead."""
        turn = self.known(name, kept) if kept is not None else self._new(name)
        letters = self._letters(name)
        turn.take(letter for letter in letters if letter.at <= now)
        ahead: list[Occurrence] = [turn.opened(letter) for letter in letters if letter.at > now]
        if ahead and turn.customer.history.first_seen_at is None:
            ahead = [*arrival(ahead[0]), *ahead[1:]]
        return turn.customer, ahead

    def settled(self, name: str, kept: Kept | None, now: int) -> Customer:
        """Return one customer as it would be if all were decided that is due at `now`."""
        turn = self.known(name, kept) if kept is not None else self._new(name)
        turn.take(letter for letter in self._letters(name) if letter.at <= now)
        while turn.settle(now):
            pass  # However much is due: what is asked is how things stand now.
        return turn.customer

    def _new(self, name: str) -> Turn:
        loaded = self._programs.load(self._connection, self._latest.program)
        return Turn(name, loaded, None, _no_lane)

    def known(self, name: str, kept: Kept) -> Turn:
        """Return a customer under the program in force, with the history the next ones ask for."""
        programs, connection = self._programs, self._connection
        turn = Turn(name, programs.load(connection, kept.program), kept, _no_lane)
        turn.loaded = programs.load(connection, kept.program, turn.versions)
        others = (*self._following, self._latest.program)
        all_of_them = programs.load(connection, others[0], (), others[1:])
        if not turn.loaded.program.history.covers(all_of_them.program.history):
            log = Log(self._database, connection, programs)
            again = log.remembering(name, self._following, kept.decided)
            turn.customer.history = again.customer.history
        if kept.program != self._latest.program:
            while turn.settle(self._latest.at):
                pass  # However much was due: what takes over begins after it.
            current = programs.load(connection, self._latest.program, turn.versions)
            programs.succeed(connection, current, kept.program)
            turn.deploy(current, self._latest.at, kept.program)
        return turn

    def _letters(self, name: str) -> list[Mail]:
        rows = self._database.rows(
            self._connection,
            """SELECT id, kind, name, body, at, stamped, key FROM cuebook_inbox
            WHERE customer = ? AND number IS NULL ORDER BY at, id""",
            name,
        )
        return [Mail(*row) for row in rows]


def _no_lane(kind: str, _: object) -> str:
    return kind
