"""The worker's turn: claim customers that are due, decide, write, commit. Nothing else decides.

On PostgreSQL the claim is a row lock that dies with the connection, so a killed worker holds up
nobody; on SQLite there is one writer at a time.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..core.duration import SECOND
from ..registry import Registry
from .database import Database
from .deciding import Kept, Mail, Turn, Turned
from .filling import fill
from .programs import Deployment, Loaded, Programs, deciding
from .replay import Log
from .supplying import Suppliers
from .teams import Teams, share_out
from .writing import Refused, write

__all__ = ["MOST_CUSTOMERS", "MOST_FAILURES", "Pass", "Worker"]

MOST_CUSTOMERS: Final = 200
"""How many customers one pass decides about, and one commit holds."""
MOST_FAILURES: Final = 5
"""How often in a row looking at a customer may fail before it is parked."""
_MOST_MAIL: Final = 5_000
"""How many letters one pass opens."""
_MOST_TOLD: Final = 10_000
"""How many undeclared names are remembered; beyond that some are told again."""
_LONGEST_LANE: Final = 500
"""Characters of a lane's name; PostgreSQL's indexes take 2,704 bytes."""

_log = logging.getLogger("cuebook.worker")


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass has done."""

    customers: int = 0
    occurrences: int = 0
    actions: int = 0
    failures: int = 0
    filled: int = 0
    """Of how many customers the facts were filled in, while nobody was due."""


class Worker:
    """Decides about customers; belongs to one thread."""

    def __init__(self, database: Database, registry: Registry, suppliers: Suppliers) -> None:
        self._database = database
        self._suppliers = suppliers
        self._registry = registry
        self._programs = Programs(database)
        self._filled = ""
        """The program whose customers are known to have all their facts."""
        self._told: set[str] = set()
        """What was said of names that nobody declared, so that it is said once."""

    def turn(self, now: int, most: int = MOST_CUSTOMERS, only: str | None = None) -> Pass:
        """Decide about up to `most` customers that are due at `now` (microseconds UTC).

        Returns what was done, with no customers when nobody is due. A customer that cannot be
        decided about is tried again later and parked in the end; the others go on. Trouble that is
        nobody's in particular (a database that is gone or full, a program that cannot be read) is
        raised, and blames no customer.
        """
        try:
            with self._database.write() as connection:
                return self._pass(connection, now, most, only)
        except Refused as trouble:
            if only is not None:
                return self._note(only, trouble, now)
            return self._one_by_one(now, most, trouble)

    def next_due(self) -> int | None:
        """Return when the first customer is due, or None when nobody is."""
        with self._database.read() as connection:
            if self._programs.latest(connection) is None:
                return None
            due: int | None = self._database.rows(
                connection, "SELECT min(due_at) FROM cuebook_wake WHERE due_at IS NOT NULL"
            )[0][0]
            return due

    def _pass(self, connection: Connection, now: int, most: int, only: str | None) -> Pass:
        deciding(self._database, connection)
        deployment = self._programs.latest(connection)
        if deployment is None:
            return Pass()
        current = self._programs.load(connection, deployment.program)
        names = self._claim(connection, now, most, only)
        if not names:
            return Pass(filled=self._fill(connection, current, most))
        kept = self._kept(connection, names)
        mail, cut = self._mail(connection, names, now)
        ahead = self._ahead(connection, names, now)
        turns: list[Turned] = []
        failed: list[tuple[str, Exception]] = []
        for name in names:
            waiting = mail.get(name, [])
            if cut is not None and name > cut:
                continue  # Its letters were not all read: it is still due, and comes next.
            try:
                due = now if name == cut else ahead.get(name)
                turn = self._turn(
                    connection, name, kept.get(name), waiting, due, now, deployment, current
                )
                turns.append(turn)
            except DBAPIError:
                raise
            except Exception as trouble:  # noqa: BLE001 - one customer must not hold up the others
                _log.exception("customer %s cannot be decided about", name)
                failed.append((name, trouble))
        write(self._database, connection, turns)
        self._share_out(connection, turns, now)
        self._tell(turns)
        self._ask_again(connection, turns, now)
        self._delay(connection, failed, now)
        return Pass(
            len(turns),
            sum(turned.decided - (turned.was or 0) for turned in turns),
            sum(len(turned.outbox) for turned in turns),
            len(failed),
        )

    def _fill(self, connection: Connection, current: Loaded, most: int) -> int:
        """Fill in facts that are not there yet, until none are missing."""
        if self._filled == current.name:
            return 0
        filled = fill(self._database, connection, current, most)
        if not filled:
            self._filled = current.name
        return filled

    def _tell(self, turns: Iterable[Turned]) -> None:
        """Say in the log what nobody declared, once for each name and process."""
        for text in sorted({text for turned in turns for text in turned.undeclared} - self._told):
            _log.warning("%s", text)
            if len(self._told) < _MOST_TOLD:
                self._told.add(text)

    def _turn(
        self,
        connection: Connection,
        name: str,
        kept: Kept | None,
        mail: Sequence[Mail],
        due: int | None,
        now: int,
        deployment: Deployment,
        current: Loaded,
    ) -> Turned:
        """Decide about one customer."""
        loaded = current
        if kept is not None and kept.program != current.name:
            loaded = self._programs.load(connection, kept.program)
        turn = Turn(name, loaded, kept, self._lane)
        if versions := turn.versions:
            turn.loaded = self._programs.load(connection, loaded.name, versions)
        if kept is None:
            first = self._programs.first_at(connection)
            past = [letter for letter in mail if letter.at < first]
            mail = mail[len(past) :]
            if turn.recall(past):
                turn.deploy(current, first, "")
        elif kept.program != current.name:
            past = [letter for letter in mail if letter.at < deployment.at]
            mail = mail[len(past) :]
            self._take_over(connection, turn, past, deployment)
        turn.take(mail)
        more = turn.settle(now)
        return turn.done(now if more else due)

    def _ask_again(self, connection: Connection, turns: Sequence[Turned], now: int) -> None:
        """Have the host's functions asked about customers of whom something was heard."""
        if self._suppliers.functions:
            heard = (
                (turned.customer, self._programs.project(connection, turned.program))
                for turned in turns
                if turned.heard
            )
            self._suppliers.mark(connection, heard, now)

    def _share_out(self, connection: Connection, turns: Sequence[Turned], now: int) -> None:
        """Give what people are asked to those of a team who are there and have room."""
        for turned in turns:
            asked = [(row[0], row[6]) for row in turned.tasks if row[6]]
            if asked:
                project = self._programs.project(connection, turned.program)
                share_out(Teams(self._database, project.teams), connection, asked, now)

    def _take_over(
        self,
        connection: Connection,
        turn: Turn,
        past: Sequence[Mail],
        deployment: Deployment,
    ) -> None:
        """Let the current program take over from the one that decided for this customer so far."""
        kept = turn.turned.decided
        turn.take(past)
        while turn.settle(deployment.at):
            pass  # However much was due: what takes over begins after it.
        before = turn.loaded
        current = self._programs.load(connection, deployment.program, turn.versions)
        self._programs.succeed(connection, current, before.name)
        if not before.program.history.covers(current.program.history):
            # The new program asks for more than was kept: the log tells it.
            log = Log(self._database, connection, self._programs)
            again = log.remembering(turn.customer.id, (current.name,), kept)
            again.take(past)
            while again.settle(deployment.at):
                pass  # As above.
            turn.customer.history = again.customer.history
        turn.deploy(current, deployment.at, before.name)

    def _lane(self, kind: str, args: Any) -> str:
        action = self._registry.find(kind)
        if action is None or action.lane is None:
            return kind
        lane = f"{kind} {action.lane(args)}"
        if len(lane) <= _LONGEST_LANE:
            return lane
        return f"{kind} sha256 {hashlib.sha256(lane.encode(errors='replace')).hexdigest()}"

    # --- reading ----------------------------------------------------------------------------------

    def _claim(self, connection: Connection, now: int, most: int, only: str | None) -> list[str]:
        lock = "" if self._database.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
        if only is not None:
            sql = f"SELECT customer FROM cuebook_wake WHERE customer = ?{lock}"
            rows = self._database.rows(connection, sql, only)
        else:
            sql = (
                f"SELECT customer FROM cuebook_wake WHERE due_at <= ? ORDER BY due_at LIMIT ?{lock}"
            )
            rows = self._database.rows(connection, sql, now, most)
        return [name for (name,) in rows]

    def _kept(self, connection: Connection, names: Sequence[str]) -> dict[str, Kept]:
        sql = f"""SELECT id, decided, program, state FROM cuebook_customer
            WHERE {self._database.among("id")}"""
        rows = self._database.rows(connection, sql, self._database.values(names))
        return {name: Kept(*rest) for name, *rest in rows}

    def _mail(
        self, connection: Connection, names: Sequence[str], now: int
    ) -> tuple[dict[str, list[Mail]], str | None]:
        """Return the letters due by customer, and the customer at which reading was cut short."""
        sql = f"""SELECT customer, id, kind, name, body, at, stamped, key FROM cuebook_inbox
            WHERE {self._database.among("customer")} AND number IS NULL AND at <= ?
            ORDER BY customer{self._collate}, at, id LIMIT ?"""
        rows = self._database.rows(connection, sql, self._database.values(names), now, _MOST_MAIL)
        found: dict[str, list[Mail]] = defaultdict(list)
        for name, *rest in rows:
            found[name].append(Mail(*rest))
        return found, rows[-1][0] if len(rows) == _MOST_MAIL else None

    @property
    def _collate(self) -> str:
        # Names are compared byte by byte, here as in Python.
        return "" if self._database.dialect == "sqlite" else ' COLLATE "C"'

    def _ahead(self, connection: Connection, names: Sequence[str], now: int) -> dict[str, int]:
        """Return when the first letter is due that is dated ahead, by customer."""
        sql = f"""SELECT customer, min(at) FROM cuebook_inbox
            WHERE {self._database.among("customer")} AND number IS NULL AND at > ?
            GROUP BY customer"""
        return dict(self._database.rows(connection, sql, self._database.values(names), now))

    # --- trouble ----------------------------------------------------------------------------------

    def _one_by_one(self, now: int, most: int, trouble: Exception) -> Pass:
        """Find out whose rows the database refuses, so that the others are not held up."""
        _log.warning("a pass was refused (%s); going on one customer at a time", trouble)
        with self._database.read() as connection:
            sql = "SELECT customer FROM cuebook_wake WHERE due_at <= ? ORDER BY due_at LIMIT ?"
            names = [name for (name,) in self._database.rows(connection, sql, now, most)]
        passes = [self.turn(now, only=name) for name in names]
        return Pass(
            sum(one.customers for one in passes),
            sum(one.occurrences for one in passes),
            sum(one.actions for one in passes),
            sum(one.failures for one in passes),
        )

    def _note(self, name: str, trouble: Exception, now: int) -> Pass:
        _log.error("customer %s cannot be written: %s", name, trouble)
        with self._database.write() as connection:
            self._delay(connection, [(name, trouble)], now)
        return Pass(failures=1)

    def _delay(
        self, connection: Connection, failed: Sequence[tuple[str, Exception]], now: int
    ) -> None:
        """Look at these customers again later, or park them when that has failed too often."""
        for name, trouble in failed:
            said = _said(trouble)
            self._database.run(
                connection,
                """UPDATE cuebook_wake SET failures = failures + 1, trouble = ?,
                due_at = CASE WHEN failures + 1 >= ? THEN NULL ELSE ? END WHERE customer = ?""",
                said,
                MOST_FAILURES,
                now + SECOND,
                name,
            )


def _said(trouble: Exception) -> str:
    """Return trouble as a text that any database takes."""
    said = str(trouble) if isinstance(trouble, Refused) else f"{type(trouble).__name__}: {trouble}"
    return said[:500].replace("\0", "").encode(errors="replace").decode()
