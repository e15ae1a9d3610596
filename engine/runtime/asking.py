"""The part of an engine that is asked: runs, tasks, letters, how it is doing, and why."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy import Engine as Pool

from ..core.codec import digest
from ..core.expr import Expr
from ..core.plan import Json, Project
from ..core.supposed import Supposed
from ..core.zone import UTC, Zone, zone
from ..explaining import Life, Why, explain
from ..forecast import Change, Forecast
from ..supposing import WhatIf, what_if
from . import doing, reading
from .concerned import differing, entering
from .database import Database
from .explaining import life
from .exporting import export
from .forecasting import customers, standing
from .intake import Moment
from .mail import moment
from .population import Population
from .programs import Deployment, Programs
from .recounting import Story, recount
from .teams import Absence, Load, absences, loads
from .then import then
from .who import Found, who

__all__ = ["Asking"]

_NONE: Final[Mapping[str, Json]] = {}


class Asking:
    """Holds the database, and answers from it; nothing here changes anything."""

    def __init__(self, where: str | Pool, *, durable: bool, clock: Callable[[], int]) -> None:
        self.database = Database(where, durable=durable)
        self._clock = clock
        self._usable = False
        self._mine = threading.local()

    def runs(
        self, customer: str | None = None, playbook: str | None = None, *, ended: bool = True
    ) -> list[reading.RunView]:
        """Return runs, the latest first, at most a thousand."""
        with self._reading() as connection:
            return reading.runs(self.database, connection, customer, playbook, ended=ended)

    def tasks(
        self,
        customer: str | None = None,
        *,
        assignee: str | None = None,
        answered: bool = False,
    ) -> list[reading.TaskView]:
        """Return tasks that wait for somebody, the oldest first, at most a thousand."""
        with self._reading() as connection:
            return reading.tasks(
                self.database, connection, customer, assignee=assignee, answered=answered
            )

    def teams(self) -> list[Load]:
        """Return every member of every team that is declared, with what they have to do."""
        project = self.project()
        with self._reading() as connection:
            declared = {} if project is None else project.teams
            return loads(self.database, connection, declared, self._clock())

    def absences(self) -> list[Absence]:
        """Return who is away or will be, the earliest first."""
        with self._reading() as connection:
            return absences(self.database, connection, ahead=self._clock())

    def sent(
        self, customer: str | None = None, *, status: str | None = None
    ) -> list[reading.Letterbox]:
        """Return promised actions and where they are, the latest first, at most a thousand."""
        with self._reading() as connection:
            return reading.sent(self.database, connection, customer, status=status)

    def status(self) -> doing.Status:
        """Return how the engine is doing; reads every table, so not for every second."""
        with self._reading() as connection:
            return doing.status(self.database, connection, self._clock())

    def pulse(self) -> doing.Pulse:
        """Return what is due now and when more will be; cheap enough for every second."""
        with self._reading() as connection:
            return doing.pulse(self.database, connection, self._clock())

    def in_flight(self) -> list[reading.InFlight]:
        """Return how many runs are in flight under each version of each playbook."""
        with self._reading() as connection:
            return reading.in_flight(self.database, connection)

    def deployment(self) -> Deployment | None:
        """Return which program decides and since when, or None before the first deployment."""
        with self._reading() as connection:
            return Programs(self.database).latest(connection)

    def deployments(self) -> list[Deployment]:
        """Return which program decided since when, the latest first."""
        with self._reading() as connection:
            return Programs(self.database).all(connection)

    def project(self, program: str | None = None) -> Project | None:
        """Return the compiled project that decides, or None before the first deployment.

        With the digest of a program that was once deployed, return that one; KeyError for any other.
        """
        with self._reading() as connection:
            programs = Programs(self.database)
            if program is not None:
                return programs.project(connection, program)
            latest = programs.latest(connection)
            return None if latest is None else programs.project(connection, latest.program)

    def zone(self, customer: str | None = None) -> Zone:
        """Return the zone of a customer, where one is known; else the project's, or UTC."""
        own = None if customer is None else self.kept_zone(customer)
        if own is not None:
            return own
        project = self.project()
        return UTC if project is None else zone(project.vocabulary.timezone)

    def kept_zone(self, customer: str) -> Zone | None:
        """Return a customer's zone as it was last decided, or None when nothing was."""
        with self._reading() as connection:
            name = reading.zone(self.database, connection, customer)
        return None if name is None else zone(name)

    def why(self, customer: str, playbook: str | None = None, *, at: Moment = None) -> Why:
        """Return why each playbook (or this one) did what it did about a customer, or did nothing.

        With `at` the customer is looked at as it was then, decided again from the log. Raises
        KeyError for a customer about whom nothing was decided until then, and for a playbook that
        the program of that time does not hold.
        """
        return explain(self._life(customer, playbook, at), playbook)

    def what_if(
        self,
        customer: str,
        suppose: Mapping[str, object] | Iterable[Supposed],
        playbook: str | None = None,
        *,
        at: Moment = None,
        days: int = 30,
    ) -> WhatIf:
        """Return what would be otherwise if a customer had other attributes, or an event happened.

        `suppose` are attributes, or a list of what is supposed one after the other; it is taken to
        happen now, or at `at` after all else that happened then. Both futures end after so many
        `days`; what is known to happen meanwhile happens in both. Nothing is written. Raises
        KeyError like `why`.
        """
        supposed = [Supposed(suppose)] if isinstance(suppose, Mapping) else list(suppose)
        return what_if(self._life(customer, playbook, at), supposed, playbook, days=days)

    def _life(self, customer: str, playbook: str | None, at: Moment) -> Life:
        until = None if at is None else moment(at, 0)
        with self._reading() as connection:
            return life(self.database, connection, customer, playbook, self._clock(), until)

    def export(self, customer: str) -> dict[str, Any]:
        """Return all that is kept about a customer as one JSON object, instants as ISO 8601 in UTC.

        Its keys are `customer`, `attributes`, `events`, `runs`, `decisions`, `actions` and `tasks`.
        Raises KeyError for a customer about whom nothing is kept.
        """
        with self._reading() as connection:
            return export(self.database, connection, customer)

    def story(self, customer: str) -> Story:
        """Return what happened to a customer, in the order in which it was heard of, and what was done.

        Raises KeyError for a customer about whom nothing was decided.
        """
        with self._reading() as connection:
            return recount(self.database, connection, customer)

    def forecast(
        self,
        project: Project,
        until: Moment,
        on_progress: Callable[[int], None] | None = None,
        listen: Callable[[Change], None] | None = None,
        *,
        answers: Mapping[str, Json] | None = _NONE,
        before: Project | None = None,
    ) -> Forecast:
        """Return what another program would do until then, beside what the one in force would.

        With `before` it stands beside that one, as if either took over now. Both begin with every
        customer as it is now; nothing is written. Raises LookupError before the first deployment.
        `on_progress` is told how many customers were looked at, `listen` every action of both.
        `answers` are what actions answer at once, by the name given with `as:` (missing by default);
        with None nobody answers.
        """
        with self._everybody() as everybody:
            programs, connection, now = everybody.programs, everybody.connection, everybody.now
            deciding = programs.project(connection, everybody.latest.program)
            before = before or deciding
            flying = reading.in_flight(self.database, connection)
            older = programs.older(connection, frozenset((o.playbook, o.version) for o in flying))
            end = moment(until, now)
            plans = tuple(older.values())
            found = Forecast(before, project, now, end, listen, plans, answers, deciding)
            names = (
                differing(everybody, project, end)
                if digest(before) == everybody.latest.program
                else None
            )
            if names is not None:
                found.customers = customers(self.database, connection) - len(names)
            for customer, ahead in standing(everybody, (project, before), names):
                found.take(customer, ahead)
                if on_progress is not None:
                    on_progress(found.customers)
        return found

    def who(
        self,
        condition: str | Expr,
        *,
        limit: int | None = None,
        columns: Sequence[str] = (),
        counting: bool = False,
        at: Moment = None,
        on_progress: Callable[[int, int], None] = lambda _, __: None,
    ) -> Found:
        """Return for whom a condition holds now: `plan == "growth" and no login in last 14 days`.

        What the columns of the facts can tell is one query; the rest of the condition is judged one
        by one over those whom that leaves, and the answer says which part was. With `counting` only
        how many there are is told, else who they are, at most `limit`, with the attributes that
        `columns` name. With `at`, which must be past, everybody is looked at as it was then, decided
        again from the log one by one. `on_progress` is told how many of how many were judged. Raises
        ValueError with every diagnostic for a condition that does not compile, and for an instant to
        come, KeyError for a column that is no attribute, LookupError before the first deployment.
        """
        with self._everybody() as everybody:
            expr = self._asked(everybody, condition)
            if at is None:
                return who(
                    everybody, expr, limit=limit, columns=columns, counting=counting, on_progress=on_progress,
                )  # fmt: skip
            instant = moment(at, everybody.now)
            if instant > everybody.now:
                raise ValueError("nobody knows yet how customers will be then: ask about the past")
            return then(
                everybody, expr, instant, limit=limit, columns=columns, counting=counting,
                on_progress=on_progress,
            )  # fmt: skip

    def entering(self, project: Project) -> dict[str, int]:
        """Return how many customers would enter playbooks that another program adds, by playbook.

        Those with `existing: enter` whose condition holds already, found by one query for each; none
        where the program changes more than playbooks. Raises LookupError before the first deployment.
        """
        with self._everybody() as everybody:
            return entering(everybody, project)

    def _asked(self, everybody: Population, condition: str | Expr) -> Expr:
        if isinstance(condition, Expr):
            return condition
        program = everybody.latest.program
        return everybody.programs.condition(everybody.connection, program, condition)

    @contextmanager
    def _everybody(self) -> Iterator[Population]:
        with self._reading() as connection:
            self.database.still(connection)
            programs = self._programs()
            latest = programs.latest(connection)
            if latest is None:
                raise LookupError("nothing was deployed here yet")
            yield Population(self.database, connection, programs, latest, self._clock())

    def _programs(self) -> Programs:
        """Return this thread's programs: building one costs more than most questions."""
        found: Programs | None = getattr(self._mine, "programs", None)
        if found is None:
            found = self._mine.programs = Programs(self.database)
        return found

    def ready(self) -> None:
        """Look, once, whether the tables are those of this release; every door passes here.

        Raises Unusable, whose text says what is wrong and what to do next.
        """
        if not self._usable:
            from .schema import ensure  # noqa: PLC0415 - Alembic is loaded when it is first needed

            ensure(self.database)
            self._usable = True

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self.ready()
        with self.database.read() as connection:
            yield connection
