"""Programs by their content: kept as JSON, built when a worker first needs one."""

import importlib.metadata
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import Connection

from ..core.codec import digest, from_json, to_json
from ..core.expr import Expr, Pairs
from ..core.expressions import project_expressions
from ..core.plan import Plan, Project
from ..core.program import Program
from ..core.ready import version_of
from ..core.vocabulary import Vocabulary
from ..patterns import program
from ..render import Renderer
from .compiling import compiled_condition
from .database import Database
from .entering import Entrance
from .facts import Layout, layout_of

__all__ = ["Deployment", "Loaded", "Programs", "Version", "deciding", "everybody"]

Version = tuple[str, str]
"""A playbook and the short name of one version of it."""

_MOST_WOKEN: Final = 10_000
"""How many customers one statement wakes."""
_MOST_CONDITIONS: Final = 100
"""How many are kept: compiling one takes as long as finding the few of whom it is true."""
_TURNS: Final = 7_233_001
"""The advisory lock that passes share, and that a deployment has to itself."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Since when which program decides."""

    number: int
    program: str
    """The digest of the project."""
    at: int
    """Microseconds since 1970 UTC."""


class Loaded:
    """A program with what it needs around it.

    `older` are the plans of earlier programs that one customer's runs still follow, so what such a
    program records of history depends on nobody but that customer. `later` are the declarations of
    programs whose questions it shall be able to answer, for what it does not declare itself.
    """

    def __init__(
        self,
        name: str,
        project: Project,
        older: Mapping[Version, Plan],
        remember: Iterable[Expr | Pairs] = (),
        later: Iterable[Vocabulary] = (),
    ) -> None:
        self.name = name
        self.project = project
        self.older = older
        self.program: Program = program(project, older=older.values(), remember=remember)
        self._later = tuple(later)
        self.door = Entrance(project.vocabulary, self._later)
        self._remember = tuple(remember)
        self._fewer: dict[frozenset[Version], Loaded] = {}

    @cached_property
    def renderer(self) -> Renderer:
        """What fills in templates."""
        return Renderer(self.project)

    @cached_property
    def layout(self) -> Layout:
        """Which facts its customers have, in which columns."""
        return layout_of(self.name, self.project)

    def holds(self, run: Version) -> bool:
        """Whether this is the version of a playbook that the project itself holds."""
        playbook, version = run
        ready = self.program.plans.get(playbook)
        return ready is not None and ready.version == version

    def only(self, runs: Iterable[Version]) -> "Loaded":
        """Return the program without the older plans that none of these runs follows any more."""
        wanted = frozenset(self.older) & frozenset(runs)
        if len(wanted) == len(self.older):
            return self
        if wanted not in self._fewer:
            older = {run: plan for run, plan in self.older.items() if run in wanted}
            self._fewer[wanted] = Loaded(
                self.name, self.project, older, self._remember, self._later
            )
        return self._fewer[wanted]


def everybody(_: Connection, __: "Programs", ___: Deployment) -> list[str] | None:
    """Let everybody meet a program that takes over."""
    return None


Concerned = Callable[[Connection, "Programs", Deployment], list[str] | None]
"""Finds out who has to meet a program that takes over from a deployed one; None for everybody."""


class Programs:
    """Every program that is still asked for, by digest; belongs to one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._projects: dict[str, Project] = {}
        self._loaded: dict[tuple[str, frozenset[Version], tuple[str, ...]], Loaded] = {}
        self._conditions: dict[tuple[str, str], Expr] = {}
        self._current: Deployment | None = None
        self._first_at: int | None = None

    def latest(self, connection: Connection) -> Deployment | None:
        """Return the deployment in force, or None before the first."""
        found = self._database.rows(
            connection,
            "SELECT id, program, at FROM cuebook_deployment ORDER BY id DESC LIMIT 1",
        )
        if not found:
            return None
        if self._current is None or self._current.number != found[0][0]:
            self._current = Deployment(*found[0])
            self._loaded.clear()  # Most of them are not asked for any more.
        return self._current

    def all(self, connection: Connection) -> list[Deployment]:
        """Return every deployment, the latest first."""
        found = self._database.rows(
            connection, "SELECT id, program, at FROM cuebook_deployment ORDER BY id DESC"
        )
        return [Deployment(*row) for row in found]

    def load(
        self,
        connection: Connection,
        name: str,
        runs: Iterable[Version] = (),
        also: tuple[str, ...] = (),
    ) -> Loaded:
        """Return a program, ready to decide about a customer whose runs follow these versions.

        `also` are programs whose questions about history it shall be able to answer, too. Raises
        KeyError for a digest that is not there.
        """
        current = self._load(connection, name, frozenset(), also)
        older = frozenset(run for run in runs if not current.holds(run))
        return self._load(connection, name, older, also) if older else current

    def first_at(self, connection: Connection) -> int:
        """Return when anything was first deployed: what happened before is history only."""
        if self._first_at is None:
            rows = self._database.rows(connection, "SELECT min(at) FROM cuebook_deployment")
            self._first_at = int(rows[0][0])
        return self._first_at

    def project(self, connection: Connection, name: str) -> Project:
        """Return a project by its digest; KeyError for one that was never deployed."""
        project = self._projects.get(name)
        if project is None:
            rows = self._database.rows(
                connection, "SELECT body FROM cuebook_program WHERE digest = ?", name
            )
            if not rows:
                raise KeyError(f"no program {name} was ever deployed here")
            found = from_json(json.loads(rows[0][0]))
            if not isinstance(found, Project):
                raise TypeError(f"what is kept as program {name} is no project")
            project = self._projects[name] = found
        return project

    def condition(self, connection: Connection, program: str, text: str) -> Expr:
        """Return a condition over what a program declares. Raises ValueError with every mistake."""
        found = self._conditions.get((program, text))
        if found is None:
            found = compiled_condition(text, self.project(connection, program))
            if len(self._conditions) >= _MOST_CONDITIONS:
                self._conditions.clear()
            self._conditions[program, text] = found
        return found

    def know(self, project: Project) -> str:
        """Let a project that was never deployed be loaded like those that were; return its digest."""
        name = digest(project)
        self._projects[name] = project
        return name

    def succeed(self, connection: Connection, loaded: Loaded, before: str) -> None:
        """Let a program know what is the same as in the one it takes over from."""
        if before and before not in loaded.program.heritage:
            loaded.program.succeed(before, self.project(connection, before))

    def deploy(
        self, connection: Connection, project: Project, at: int, concerned: Concerned = everybody
    ) -> tuple[Deployment, bool]:
        """Make a project the one that decides; return its deployment and whether it is new.

        `concerned` finds out who has to meet it at once, None for everybody.
        """
        name = digest(project)
        database = self._database
        _alone(database, connection)
        latest = self.latest(connection)
        if latest is not None and latest.program == name:
            return latest, False
        names = None if latest is None else concerned(connection, self, latest)
        body = json.dumps(to_json(project), separators=(",", ":"))
        then = "ON CONFLICT (digest) DO NOTHING"
        database.insert(connection, "cuebook_program", ("digest", "body"), [(name, body)], then)
        tzdata = importlib.metadata.version("tzdata")
        columns = ("program", "at", "tzdata")
        database.insert(connection, "cuebook_deployment", columns, [(name, at, tzdata)])
        if names is None:
            _wake(database, connection, at, "TRUE")
        else:
            _wake(database, connection, at, "trouble <> ''")
            among = database.among("customer")
            for start in range(0, len(names), _MOST_WOKEN):
                some = database.values(names[start : start + _MOST_WOKEN])
                _wake(database, connection, at, among, some)
        deployed = self.latest(connection)
        assert deployed is not None  # noqa: S101 - it was written a few lines above
        return deployed, True

    def _load(
        self, connection: Connection, name: str, runs: frozenset[Version], also: tuple[str, ...]
    ) -> Loaded:
        loaded = self._loaded.get((name, runs, also))
        if loaded is None:
            project = self.project(connection, name)
            others = [self.project(connection, other) for other in also]
            remember = [expr for other in others for expr in project_expressions(other)]
            later = [other.vocabulary for other in others]
            loaded = Loaded(name, project, self.older(connection, runs), remember, later)
            self._loaded[name, runs, also] = loaded
        return loaded

    def older(self, connection: Connection, wanted: frozenset[Version]) -> dict[Version, Plan]:
        """Return the plans of these versions, from whatever program held them."""
        found: dict[Version, Plan] = {}
        if not wanted:
            return found
        names = self._database.rows(
            connection, "SELECT program FROM cuebook_deployment ORDER BY id DESC"
        )
        for (name,) in dict.fromkeys(names):
            for plan in self.project(connection, name).plans:
                key = (plan.playbook, version_of(plan))
                if key in wanted:
                    found.setdefault(key, plan)
            if len(found) == len(wanted):
                break
        return found


def deciding(database: Database, connection: Connection) -> None:
    """Let no program take over before this transaction ends; the first statement of every pass.

    Otherwise a pass that began under the old program could put a customer to sleep right after the
    new one has woken everybody. SQLite has one writer at a time, and needs nothing.
    """
    if database.dialect == "postgresql":
        database.rows(connection, "SELECT pg_advisory_xact_lock_shared(?)", _TURNS)


def _alone(database: Database, connection: Connection) -> None:
    """Wait for the passes that decide now, and hold up others until the commit."""
    if database.dialect == "postgresql":
        database.rows(connection, "SELECT pg_advisory_xact_lock(?)", _TURNS)


def _wake(
    database: Database, connection: Connection, at: int, where: str, *parameters: object
) -> None:
    """Let customers be looked at, whatever trouble there was before; mail to them waits meanwhile."""
    database.hold(connection, "cuebook_wake", "customer", where, *parameters)
    database.run(
        connection,
        f"""UPDATE cuebook_wake SET due_at = ?, failures = 0, trouble = ''
        WHERE (due_at IS NULL OR due_at > ?) AND {where}""",
        at,
        at,
        *parameters,
    )
