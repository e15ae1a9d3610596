"""What was decided, decided again: from the log, with the programs that decided it.

The same rows give the same state and the same journal, on any machine. So a new program can be
given history that the old one did not keep, and `why` can look at a customer as it was.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from ..core.expr import Expr
from .database import Database
from .deciding import Mail, Turn
from .programs import Loaded, Programs

__all__ = ["Log"]


class Log:
    """What has happened to customers, in the order in which it was decided."""

    def __init__(self, database: Database, connection: Connection, programs: Programs) -> None:
        self._database = database
        self._connection = connection
        self._programs = programs
        self._loaded: dict[str, Loaded] = {}

    def replay(
        self,
        customer: str,
        remember: Iterable[Expr] = (),
        most: int | None = None,
        until: int | None = None,
    ) -> Turn:
        """Return a customer after its first `most` occurrences, or those up to an instant.

        `remember` asks for history beyond what the programs of the time kept. Raises KeyError for
        a customer about whom nothing was decided.
        """
        remember = tuple(remember)
        events = self._events(customer, most)
        if not events:
            raise KeyError(f"nothing was decided about {customer}")
        first = self._first(customer, events)
        turn = Turn(customer, self._load(first, remember), None, lambda kind, _: kind)
        recalled = any(event[1] == "deployed" and not event[4] for event in events)
        for _, kind, at, program, before, letter in events:
            if until is not None and at > until:
                break
            if kind == "deployed":
                turn.deploy(self._load(program, remember), at, before)
                recalled = False
            elif kind == "time":
                turn.pass_time(at)
            elif recalled and letter is not None:
                turn.recall([letter])
            elif letter is not None:
                turn.take([letter])
        return turn

    def _load(self, name: str, remember: tuple[Expr, ...]) -> Loaded:
        if name not in self._loaded:
            loaded = self._programs.remembering(self._connection, name, remember)
            self._loaded[name] = loaded
        loaded = self._loaded[name]
        for before in [one for one in self._loaded if one != name]:
            self._programs.succeed(self._connection, loaded, before)
        return loaded

    def _events(
        self, customer: str, most: int | None
    ) -> list[tuple[int, str, int, str, str, Mail | None]]:
        """Return number, kind, instant, program, the one before, and the letter of each."""
        bound = 2**62 if most is None else most
        letters = self._database.rows(
            self._connection,
            """SELECT number, id, kind, name, body, at, stamped, key FROM cuebook_inbox
            WHERE customer = ? AND number IS NOT NULL AND number <= ?""",
            customer,
            bound,
        )
        others = self._database.rows(
            self._connection,
            """SELECT number, kind, at, program, before FROM cuebook_journal
            WHERE customer = ? AND number <= ? AND kind <> 'mail'""",
            customer,
            bound,
        )
        found = [(row[0], "mail", row[5], "", "", Mail(*row[1:])) for row in letters]
        return sorted([*found, *((*row, None) for row in others)])

    def _first(
        self, customer: str, events: list[tuple[int, str, int, str, str, Mail | None]]
    ) -> str:
        """Return the program under which the customer was first seen."""
        for _, kind, _, program, before, _ in events:
            if kind == "deployed":
                return before or program
        rows = self._database.rows(
            self._connection, "SELECT program FROM cuebook_customer WHERE id = ?", customer
        )
        return str(rows[0][0])
