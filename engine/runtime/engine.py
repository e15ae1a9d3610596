"""The front door: an engine that a host application holds, tells what happens, and asks why."""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection
from sqlalchemy import Engine as Pool
from sqlalchemy.orm import Session

from ..contract import Action, Context, Handler, Outcome, Tasks, action
from ..core.plan import Json, Project
from ..registry import Registry
from . import reading
from .database import Database
from .dispatch import Dispatcher
from .intake import Intake, Moment, change, happening
from .loop import Loop
from .mail import Letter, moment
from .outbox import Outbox, Promise
from .programs import Deployment, Programs
from .tasks import TaskBook, answer
from .worker import Worker

__all__ = ["Engine", "NotDeployed", "Ticked"]


class NotDeployed(Exception):  # noqa: N818 - its docstring is its sentence
    """The project has mistakes and was not deployed; the text holds them all."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one `tick` has done."""

    occurrences: int
    actions: int
    """How many were promised."""
    settled: int
    """How many calls came back."""


class Engine:
    """Keeps customers in a database, decides when something is due, and performs what was promised.

    `where` is a URL (`sqlite:///plays.db`, `postgresql://…`) or the host's own SQLAlchemy engine.
    Constructing deploys nothing and starts nothing; the tables are made by `cuebook db upgrade`.
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
        self.database = Database(where, durable=durable)
        self.registry = Registry()
        self.name = str(uuid.uuid4())
        """This engine and no other, before or after: who holds a lease."""
        self._clock = clock or _now
        self._threads = threads
        self._margin = margin
        self._loop: Loop | None = None
        self._intake = Intake(self.database, self._nudge)
        self._ticker: tuple[Worker, Dispatcher] | None = None
        self._usable = False

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

    def request(
        self, customer: str, playbook: str, properties: Mapping[str, object] | None = None, /
    ) -> bool:
        """Ask for a playbook that has a `manual` trigger."""
        self.ready()
        now = self._clock()
        letter = Letter(customer, "request", playbook, properties or {}, now, stamped=True)
        return self._intake.put(letter, None)

    def answer(self, task: str, said: str) -> bool:
        """Answer a task, once; return whether it was open. Raises KeyError when there is none."""
        self.ready()
        was_open = answer(self.database, task, said, self._clock())
        self._nudge()
        return was_open

    # --- programs and actions ---------------------------------------------------------------------

    def deploy(self, project: str | Path | Project, *, at: Moment = None) -> Deployment:
        """Let a project decide from now on; nothing changes when it has a mistake.

        Raises NotDeployed with every mistake.
        """
        found = (
            project
            if isinstance(project, Project)
            else _compiled(Path(project), self.registry.kinds)
        )
        self.ready()
        with self.database.write() as connection:
            programs = Programs(self.database)
            deployment, _ = programs.deploy(connection, found, moment(at, self._clock()))
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

    # --- running ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Decide and dispatch in the background, until `stop`; starting twice is starting once."""
        if self._loop is None:
            self.ready()
            self._loop = Loop(
                self.name, self.database, self._worker(), self._dispatcher(), self._clock,
                self._keep_house,
            )  # fmt: skip
            self._loop.start()

    def stop(self, grace: timedelta = timedelta(seconds=30)) -> int:
        """Stop; wait so long for calls that are out, and return how many were left behind."""
        loop, self._loop = self._loop, None
        return 0 if loop is None else loop.stop(grace.total_seconds())

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

    def tick(self, now: Moment = None, *, perform: bool = True) -> Ticked:
        """Decide all that is due at `now` and perform it, then return: for hosts with a clock of their own.

        Without `perform` actions are promised and stay in the outbox.
        """
        self.ready()
        at = moment(now, self._clock())
        if self._ticker is None:
            self._ticker = (self._worker(), self._dispatcher())
        worker, dispatcher = self._ticker
        occurrences = actions = settled = 0
        while True:
            done = worker.turn(at)
            occurrences += done.occurrences
            actions += done.actions
            if done.customers or done.failures:
                continue
            if not perform or dispatcher.idle(at):
                return Ticked(occurrences, actions, settled)
            while not dispatcher.idle(at):
                settled += dispatcher.step(at, 0.05)

    # --- asking -----------------------------------------------------------------------------------

    def runs(
        self, customer: str | None = None, playbook: str | None = None, *, ended: bool = True
    ) -> list[reading.RunView]:
        """Return runs, the latest first, at most a thousand."""
        with self._reading() as connection:
            return reading.runs(self.database, connection, customer, playbook, ended=ended)

    def tasks(
        self, customer: str | None = None, *, answered: bool = False
    ) -> list[reading.TaskView]:
        """Return tasks that wait for somebody, the oldest first, at most a thousand."""
        with self._reading() as connection:
            return reading.tasks(self.database, connection, customer, answered=answered)

    def sent(
        self, customer: str | None = None, *, status: str | None = None
    ) -> list[reading.Letterbox]:
        """Return promised actions and where they are, the latest first, at most a thousand."""
        with self._reading() as connection:
            return reading.sent(self.database, connection, customer, status=status)

    def status(self) -> reading.Status:
        """Return how the engine is doing."""
        with self._reading() as connection:
            return reading.status(self.database, connection, self._clock())

    # --- parts ------------------------------------------------------------------------------------

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

    def _worker(self) -> Worker:
        return Worker(self.database, self.registry)

    def _dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.database, self.registry, Outbox(self.database, self.name), self._tasks,
            self._clock, self._threads, self._margin,
        )  # fmt: skip

    def _tasks(self, promise: Promise) -> Tasks:
        return TaskBook(self.database, promise, self._clock())

    def _nudge(self) -> None:
        loop = self._loop  # `stop` may take it away at any moment.
        if loop is not None:
            loop.nudge()

    def _keep_house(self) -> None:
        """Do what is due every few seconds besides deciding."""


def _now() -> int:
    return time.time_ns() // 1_000


def _compiled(path: Path, kinds: frozenset[str]) -> Project:
    """Compile a project with the compiler that is installed beside the engine."""
    found = list(entry_points(group="cuebook.compiler"))
    if not found:
        raise NotDeployed("no compiler is installed: hand over a compiled project instead")
    try:
        project = found[0].load()(path, kinds)
    except ValueError as mistakes:
        raise NotDeployed(str(mistakes)) from None
    if not isinstance(project, Project):
        raise TypeError(f"the compiler {found[0].value} returned no project")
    return project
