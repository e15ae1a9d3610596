"""What was decided, decided again: from the log, with the programs that decided it.

The same rows give the same state and the same journal, on any machine. So a new program can be
given history that the old one did not keep, and `why` can look at a customer as it was.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from .database import Database
from .deciding import Mail, Turn
from .programs import Loaded, Programs

__all__ = ["Log"]

Begin = Callable[[str, Loaded], Turn]


def _turn(customer: str, loaded: Loaded) -> Turn:
    """Return a turn of a customer about whom nothing is decided yet."""
    return Turn(customer, loaded, None, lambda kind, _: kind)


class Log:
    """What has happened to customers, in the order in which it was decided."""

    def __init__(self, database: Database, connection: Connection, programs: Programs) -> None:
        self._database = database
        self._connection = connection
        self._programs = programs

    def replay(
        self,
        customer: str,
        remember: tuple[str, ...] = (),
        most: int | None = None,
        until: int | None = None,
        begin: Begin = _turn,
    ) -> Turn:
        """Return a customer after its first `most` occurrences, or those up to an instant.

        `remember` are programs that ask for history beyond what those of the time kept; `begin`
        makes the turn in which all of it is decided. Raises KeyError for a customer about whom
        nothing was decided.
        """
        events = self._events(customer, most)
        if not events:
            raise KeyError(f"nothing was decided about {customer}")
        first = self._first(customer)
        turn = begin(customer, self._programs.load(self._connection, first, (), remember))
        recalled = any(event[1] == "deployed" and not event[4] for event in events)
        for number, kind, at, program, before, letter in events:
            if until is not None and at > until:
                break
            if kind == "deployed":
                self._deploy(turn, number, at, program, before, remember)
                recalled = False
            elif kind == "time":
                turn.pass_time(at)
            elif recalled and letter is not None:
                turn.recall([letter])
            elif letter is not None:
                turn.take([letter])
        return turn

    def remembering(
        self,
        customer: str,
        programs: tuple[str, ...],
        most: int | None,
        until: int | None = None,
    ) -> Turn:
        """Return a customer as `replay` does, with all the history there is.

        That is what `programs` ask for, and what those asked for that decided until then, as if
        each had been there from the beginning. Raises KeyError like `replay`.
        """
        return self.replay(customer, self._asking(customer, programs, most), most, until)

    def _asking(
        self, customer: str, programs: tuple[str, ...], most: int | None
    ) -> tuple[str, ...]:
        """Return these programs and all that decided until then, for what they ask of history."""
        events = self._events(customer, most)
        names = (self._first(customer), *(event[3] for event in events), *programs)
        return tuple(dict.fromkeys(filter(None, names)))

    def _deploy(
        self,
        turn: Turn,
        number: int,
        at: int,
        program: str,
        before: str,
        remember: tuple[str, ...],
    ) -> None:
        """Let a program take over as it did, history included."""
        loaded = self._programs.load(self._connection, program, turn.versions, remember)
        if before:
            self._programs.succeed(self._connection, loaded, before)
            # Whoever asks for more to be remembered has asked for all of it from the beginning.
            if not remember and not turn.loaded.program.history.covers(loaded.program.history):
                again = self.remembering(turn.customer.id, (program,), number - 1)
                turn.customer.history = again.customer.history
        turn.deploy(loaded, at, before)

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

    def _first(self, customer: str) -> str:
        """Return the program under which the customer was first seen."""
        rows = self._database.rows(
            self._connection,
            """SELECT program, before FROM cuebook_journal
            WHERE customer = ? AND kind = 'deployed' ORDER BY number LIMIT 1""",
            customer,
        )
        for program, before in rows:
            return str(before or program)
        rows = self._database.rows(
            self._connection, "SELECT program FROM cuebook_customer WHERE id = ?", customer
        )
        return str(rows[0][0])
