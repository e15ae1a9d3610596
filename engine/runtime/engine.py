"""The front door: an engine that a host application holds, tells what happens, and asks why."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Select
from sqlalchemy import Engine as Pool
from sqlalchemy.orm import Session

from ..contract import Action, Context, Handler, Outcome, Tasks, action
from ..core.instant import microseconds
from ..core.plan import Json, Project
from ..core.zone import zone
from ..registry import Registry
from .compiling import NotDeployed, compiled
from .concerned import concerned
from .dispatch import Dispatcher
from .forking import renew_in_children
from .gate import Gate, Guard
from .importing import Imported, Importing, Zones, bring
from .intake import Intake, Moment, change, happening, wall_clock
from .loop import Loop
from .mail import Letter, moment
from .mirror import Mirror, Mirrors, Source
from .opening import Desk, TaskBook
from .outbox import Outbox, Promise
from .programs import Deployment, Programs, everybody
from .receiving import Receiving
from .worker import Worker

__all__ = ["Engine", "NotDeployed", "Ticked"]


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one `tick` has done, or an engine in the background."""

    occurrences: int
    actions: int
    """How many were promised."""
    settled: int
    """How many calls came back."""


class Engine(Receiving):
    """Keeps customers in a database, decides when something is due, and performs what was promised.

    `where` is a URL (`sqlite:///plays.db`, `postgresql://…`) or the host's own SQLAlchemy engine.
    Constructing deploys nothing and starts nothing; the tables are made by `cuebook db upgrade`.
    An engine that is constructed before a fork is started after it, in each child.
    `clock` returns microseconds since 1970 UTC. `durable` off lets SQLite lose the last commits
    when the machine loses power (never when the process dies). `margin` is how much longer than
    its own timeout an action belongs to the process that took it up: then another may perform it.
    """

    def __init__(
        self,
        where: str | Pool,
        *,
        threads: int = 32,
        durable: bool = True,
        margin: timedelta = timedelta(seconds=30),
        clock: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(where, durable=durable, clock=clock or wall_clock)
        self.registry = Registry()
        self.name = str(uuid.uuid4())
        """This engine and no other, before or after: who holds a lease."""
        self._threads = threads
        self._margin = margin
        self._loop: Loop | None = None
        self._ran: Loop | None = None
        self._intake = Intake(self.database, self._nudge)
        self._ticker: tuple[Worker, Dispatcher] | None = None
        self._mirrors = Mirrors()
        self._gate = Gate(self.database)
        self._desk = Desk(self.database)
        renew_in_children(self)

    # --- telling ----------------------------------------------------------------------------------

    def identify(
        self,
        customer: str,
        values: Mapping[str, object] | None = None,
        /,
        *,
        at: Moment = None,
        id: str | None = None,  # noqa: A002 - what the other side calls it
        session: Session | Connection | None = None,
        **attributes: object,
    ) -> bool:
        """Say what is known of a customer; None removes an attribute. Return whether it was new.

        With `session` it joins the host's transaction, in the database that holds our tables.
        """
        self.ready()
        told = {**(values or {}), **attributes}
        return self._intake.put(change(customer, told, now=self._clock(), at=at, id=id), session)

    def track(
        self,
        customer: str,
        event: str,
        properties: Mapping[str, object] | None = None,
        /,
        *,
        at: Moment = None,
        id: str | None = None,  # noqa: A002 - what the other side calls it
        source: str = "",
        session: Session | Connection | None = None,
    ) -> bool:
        """Say that something happened; one `id` of a `source` is taken once. Return whether new."""
        self.ready()
        letter = happening(
            customer, event, properties, now=self._clock(), at=at, id=id, source=source
        )
        return self._intake.put(letter, session)

    def track_many(self, letters: Iterable[Letter]) -> int:
        """Post many events and changes, made by `happening` and `change`; return how many were new."""
        self.ready()
        return self._intake.many(letters)

    def import_files(
        self,
        customers: Iterable[Path] = (),
        events: Iterable[Path] = (),
        *,
        at: Moment = None,
        timezone: str | None = None,
        strict: bool = False,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> Imported:
        """Bring in files or folders of customers and of events, of the shapes that a rehearsal reads.

        `at` says since when the customers' attributes hold (None: now); before the first deployment
        they are there from the start. Times without an offset are read in the customer's zone, else
        in `timezone` or the project's. Events are known by their `id`, else by file, line and
        content, so that a file brought in twice is taken once. A bad line is told and costs itself
        only; with `strict` nothing is taken then. `on_progress` is told how many lines were read.
        Raises OSError for a file that cannot be read, ValueError for a zone that does not exist.
        """
        self.ready()
        paths = (list(customers), list(events))
        zones, now = self._zones(timezone), self._clock()
        if strict:
            trial = Importing(zones, now, at)
            for _ in trial.letters(*paths):
                pass  # Read to the end, so that every bad line is told.
            if trial.bad:
                return Imported(0, 0, 0, trial.bad_lines, tuple(trial.bad), done=False)
        return bring(self._intake, Importing(zones, now, at), *paths, on_progress)

    def request(
        self, customer: str, playbook: str, properties: Mapping[str, object] | None = None, /
    ) -> bool:
        """Ask for a playbook that has a `manual` trigger."""
        self.ready()
        now = self._clock()
        letter = Letter(customer, "request", playbook, properties or {}, now, stamped=True)
        return self._intake.put(letter, None)

    # --- programs and actions ---------------------------------------------------------------------

    def deploy(self, project: str | Path | Project, *, at: Moment = None) -> Deployment:
        """Let a project decide from now on; nothing changes when it has a mistake.

        With `at` it decides since an instant that is past: what is dated before is history to it.
        Raises NotDeployed with every mistake, ValueError for an instant that is still to come.
        """
        now = self._clock()
        since = moment(at, now)
        if since > now:
            raise ValueError("a program takes over at once: deploy it when it shall")
        found = (
            project
            if isinstance(project, Project)
            else compiled(Path(project), self.registry.kinds)
        )
        self.ready()
        with self.database.write() as connection:
            programs = Programs(self.database)
            meets = partial(concerned, self.database, found, now) if at is None else everybody
            deployment, _ = programs.deploy(connection, found, since, meets)
        self._gate.renew()
        self._nudge()
        return deployment

    def action(
        self,
        kind: str,
        *,
        repeatable: bool = True,
        attempts: int = 8,
        timeout: timedelta = timedelta(seconds=30),
        lane: Callable[[Mapping[str, Json]], str] | None = None,
    ) -> Callable[[Callable[[Any, Context], Outcome | None]], Handler]:
        """Make a function of the host perform a kind of action; the function stays as it is."""

        def take(handler: Handler) -> Handler:
            make = action(
                kind, repeatable=repeatable, attempts=attempts, timeout=timeout, lane=lane
            )
            self.add(make(handler))
            return handler

        return take

    def add(self, kind: Action) -> None:
        """Take a kind of action that was made elsewhere."""
        self.registry.add(kind)

    def gate(self, guard: Guard) -> Guard:
        """Ask a function of the host before each action; it stays as it is.

        It is called with the kind, what the action is given, and its context, and returns None,
        `Refused`, or a datetime with a zone until which the action waits without using an attempt.
        """
        self._gate.add(guard)
        return guard

    def mirror(
        self,
        statement: Select[Any],
        *,
        key: str,
        updated: str,
        every: timedelta = timedelta(minutes=1),
        overlap: timedelta = timedelta(minutes=1),
        name: str = "",
        source: Source | None = None,
    ) -> None:
        """Take a table of the host as what is known of customers, from what changes in it.

        `key` and `updated` are columns of the statement: who it is, and when the row last changed
        (an instant, UTC without a zone, or a number that grows). The other columns become
        attributes under their labels. What was stamped up to `overlap` before the last row read,
        and committed later, is still found. `source` is where the table is when it is not in the
        database that holds ours. `name` is what its watermark is kept under, the table by default.
        """
        every_us = microseconds(every)
        self._mirrors.add(
            Mirror(self.database, name, statement, key, updated, every_us, overlap, source)
        )

    # --- running ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Decide and dispatch in the background, until `stop`; starting twice is starting once."""
        if self._loop is None:
            self.ready()
            self._loop = Loop(
                self.name, self.database, self._worker(), self._dispatcher(), self._clock,
                self._keep_house, self._suppliers,
            )  # fmt: skip
            self._ran = self._loop
            self._loop.start()

    def stop(self, grace: timedelta = timedelta(seconds=30)) -> int:
        """Stop; wait so long for calls that are out, and return how many were left behind."""
        loop, self._loop = self._loop, None
        ticker, self._ticker = self._ticker, None
        left = 0 if ticker is None else ticker[1].close(grace.total_seconds())
        return left + (0 if loop is None else loop.stop(grace.total_seconds()))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @asynccontextmanager
    async def lifespan(self, _app: object = None) -> AsyncIterator[None]:
        """Run as long as an ASGI application does: `FastAPI(lifespan=engine.lifespan)`."""
        from asyncio import to_thread  # noqa: PLC0415 - only asynchronous hosts need it

        await to_thread(self.start)
        try:
            yield
        finally:
            await to_thread(self.stop)

    @property
    def running(self) -> bool:
        """Whether it decides and dispatches in the background."""
        return self._loop is not None

    @property
    def leads(self) -> bool:
        """Whether it decides; running without, it stands by for another process on the same file."""
        return self._loop is not None and self._loop.leads

    @property
    def done(self) -> Ticked:
        """What was done in the background since it was started last."""
        loop = self._ran
        return Ticked(loop.occurrences, loop.actions, loop.settled) if loop else Ticked(0, 0, 0)

    def tick(self, now: Moment = None, *, perform: bool = True) -> Ticked:
        """Decide all that is due at `now` and perform it, then return: for hosts with a clock of their own.

        Without `perform` actions are promised and stay in the outbox.
        """
        self.ready()
        at = moment(now, self._clock())
        if self._ticker is None:
            self._ticker = (self._worker(), self._dispatcher())
        worker, dispatcher = self._ticker
        while self._look(at):
            pass  # A mirror reads some ten thousand rows at a time.
        occurrences = actions = settled = 0
        while True:
            done = worker.turn(at)
            occurrences += done.occurrences
            actions += done.actions
            if done.customers or done.failures or done.filled or self._suppliers.ask(at):
                continue
            if not perform or dispatcher.idle(at):
                return Ticked(occurrences, actions, settled)
            while not dispatcher.idle(at):
                settled += dispatcher.step(at, 0.05)

    def forked(self) -> None:
        """Begin anew in a child process, not started and under a name of its own."""
        if self._loop is not None:
            self._loop.forsake()
        self._loop = self._ran = self._ticker = None
        # Their locks may have been held.
        self._gate, self._desk = Gate(self.database, self._gate.guards), Desk(self.database)
        self.name = str(uuid.uuid4())

    # --- parts ------------------------------------------------------------------------------------

    def _worker(self) -> Worker:
        return Worker(self.database, self.registry, self._suppliers)

    def _dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.database, self.registry, Outbox(self.database, self.name), self._tasks,
            self._clock, self._gate, self._threads, self._margin,
        )  # fmt: skip

    def _tasks(self, promise: Promise) -> Tasks:
        return TaskBook(self._desk, promise, self._clock())

    def _zones(self, timezone: str | None) -> Zones:
        project = self.project()
        if project is None:
            return Zones(None if timezone is None else zone(timezone))
        words = project.vocabulary
        attribute = next(
            (n for n, kind in words.attributes.items() if kind.kind == "timezone"), None
        )
        return Zones(zone(timezone or words.timezone), attribute, self.kept_zone)

    def _nudge(self) -> None:
        loop = self._loop  # `stop` may take it away at any moment.
        if loop is not None:
            loop.nudge()

    def _keep_house(self) -> None:
        """Do what is due every few seconds besides deciding."""
        if self._loop is not None and self._loop.leads:
            self.forget_strangers()
            self._look(self._clock())

    def _look(self, now: int) -> int:
        """Look into the tables of the host; return how many changes there were."""
        new = self._mirrors.look(now)
        if new:
            self._nudge()
        return new
