"""The gate: limits, promises and a host's own word are asked once more before an action is performed.

It stands between a decision and its call, where hours may lie: a customer may have withdrawn its
consent, night may have fallen. One look at the customer for an action that anything holds for.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..contract import Context, Outcome, Postponed, Refused, Retry
from ..core import plan as P
from ..core.duration import SECOND
from ..core.instant import instant
from ..core.limits import Ruled
from ..core.plan import Json, limits_of
from ..core.program import Program
from ..core.state import Customer
from .database import Database
from .outbox import Promise
from .programs import Programs
from .spelling import read

__all__ = ["Gate", "Guard"]

Guard = Callable[[str, Mapping[str, Json], Context], Refused | datetime | None]
"""A host's own word on an action, asked with its kind, what it is given and the rest: None lets it
through, `Refused` ends it, an instant lets it wait until then."""

_FRESH_S: Final = 1.0
"""For how long what is deployed is not asked again."""
_AGAIN: Final = 10 * SECOND
"""After what pause an action is looked at again when the database could not be asked."""


class Gate:
    """Asked by many threads at once; the programs behind it are loaded by one at a time."""

    def __init__(self, database: Database, guards: Iterable[Guard] = ()) -> None:
        self._database = database
        self._programs = Programs(database)
        self._lock = threading.Lock()
        self._program: Program | None = None
        self._looked_at = -_FRESH_S
        self.guards: list[Guard] = [*guards]
        """The functions of the host that are asked."""

    def add(self, guard: Guard) -> None:
        """Ask a function of the host as well, after the limits."""
        self.guards.append(guard)

    def renew(self) -> None:
        """Look at once which program is deployed."""
        self._looked_at = -_FRESH_S

    def ask(self, promise: Promise, context: Context, now: int) -> Outcome | None:
        """Return why an action is not performed now, or None when it may be; never raises."""
        try:
            held = self._limits(promise, now)
        except DBAPIError as trouble:
            said = f"nobody can look at its limits: {type(trouble.orig).__name__}"
            return Postponed(now + _AGAIN, said)
        except Exception as trouble:  # noqa: BLE001 - a state that cannot be read, as of a newer release
            return Retry(f"its limits cannot be looked at: {type(trouble).__name__}")
        if held is not None or not self.guards:
            return held
        try:
            return self._guarded(promise, context)
        except Exception as trouble:  # noqa: BLE001 - anything may come out of a host's function
            return Retry(f"a gate failed: {type(trouble).__name__}")

    def _guarded(self, promise: Promise, context: Context) -> Outcome | None:
        args: Mapping[str, Json] = read(promise.args)
        for guard in self.guards:
            match guard(promise.kind, args, context):
                case None:
                    continue
                case Refused() as refused:
                    return refused
                case datetime() as until if until.tzinfo is not None:
                    return Postponed(instant(until), "a gate of the application")
                case other:
                    return Retry(f"a gate answered with a {type(other).__name__}")
        return None

    def _limits(self, promise: Promise, now: int) -> Outcome | None:
        program = self._deployed()
        if program is None or not program.limits:
            return None
        ruled = _ruled(program, promise)
        if not ruled:
            return None
        with self._database.read() as connection:
            customer = _customer(self._database, connection, promise.customer, program)
        words = read(promise.args)
        reason, _ = ruled.refusal(customer.attributes, customer.history, now, customer.zone, words)
        if reason:
            return Refused(reason)
        until, note = ruled.rests_until(now, customer.zone, program.calendar)
        return None if until is None else Postponed(until, note)

    def _deployed(self) -> Program | None:
        """Return the program that is deployed, as it was at most a moment ago."""
        # What was deployed last holds at once, also for customers whom it has not met yet.
        with self._lock:
            if time.monotonic() - self._looked_at >= _FRESH_S:
                with self._database.read() as connection:
                    latest = self._programs.latest(connection)
                    name = "" if latest is None else latest.program
                    self._program = self._limited(connection, name) if name else None
                self._looked_at = time.monotonic()
            return self._program

    def _limited(self, connection: Connection, name: str) -> Program | None:
        """Return a program that holds anything back; of another one only its plans are read."""
        project = self._programs.project(connection, name)
        if not project.never and not any(limits_of(project)):
            return None
        return self._programs.load(connection, name).program


def _ruled(program: Program, promise: Promise) -> Ruled:
    """Return what holds for a promised action, by the name its step gives it or by its kind."""
    ready = program.plans.get(promise.playbook)
    step = ready.steps.get(promise.step) if ready is not None else None
    body = step.step.body if step is not None else None
    action = promise.kind
    if isinstance(body, P.Do) and body.kind == promise.kind:
        action = body.action
    return program.limits.named(promise.playbook, promise.kind, action)


def _customer(database: Database, connection: Connection, name: str, program: Program) -> Customer:
    """Return a customer as it is kept now."""
    sql = "SELECT state FROM cuebook_customer WHERE id = ?"
    found = database.rows(connection, sql, name)
    return program.restored(read(found[0][0])) if found else program.customer(name)
