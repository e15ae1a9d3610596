"""Programs by their content: kept as JSON, built when a worker first needs one."""

import importlib.metadata
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import Connection

from ..core.codec import digest, from_json, to_json
from ..core.door import Door
from ..core.expr import Expr
from ..core.plan import Plan, Project
from ..core.program import Program, version_of
from ..patterns import program
from ..render import Renderer
from .database import Database

__all__ = ["Deployment", "Loaded", "Programs", "Version", "deciding"]

Version = tuple[str, str]
"""A playbook and the short name of one version of it."""

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
    """A program with what it needs around it."""

    def __init__(
        self, name: str, project: Project, older: Iterable[Plan], remember: Iterable[Expr] = ()
    ) -> None:
        self.name = name
        self.project = project
        self.program: Program = program(project, older=older, remember=remember)
        self.door = Door(project.vocabulary)

    @cached_property
    def renderer(self) -> Renderer:
        """What fills in templates."""
        return Renderer(self.project)


class Programs:
    """Every program that is still asked for, by digest; belongs to one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._projects: dict[str, Project] = {}
        self._loaded: dict[str, Loaded] = {}
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
            self._loaded.clear()  # Which older plans are in flight has to be looked up again.
        return self._current

    def load(self, connection: Connection, name: str) -> Loaded:
        """Return the program of a digest, ready to decide; KeyError for one that is not there."""
        loaded = self._loaded.get(name)
        if loaded is None:
            loaded = self.load_with(connection, name, self._in_flight(connection))
        return loaded

    def load_with(self, connection: Connection, name: str, runs: Iterable[Version]) -> Loaded:
        """Return a program with the older plans that runs of these versions may follow."""
        project = self.project(connection, name)
        older = self._older(connection, project, set(runs))
        loaded = self._loaded[name] = Loaded(name, project, older)
        return loaded

    def remembering(self, connection: Connection, name: str, more: Iterable[Expr]) -> Loaded:
        """Return a program that also records the history that `more` asks for."""
        older = self.load(connection, name).program.older.values()
        project = self.project(connection, name)
        return Loaded(name, project, [ready.plan for ready in older], more)

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

    def succeed(self, connection: Connection, loaded: Loaded, before: str) -> None:
        """Let a program know what is the same as in the one it takes over from."""
        if before and before not in loaded.program.kept:
            loaded.program.succeed(before, self.project(connection, before))

    def deploy(self, connection: Connection, project: Project, at: int) -> tuple[Deployment, bool]:
        """Make a project the one that decides; return its deployment and whether it is new."""
        name = digest(project)
        _alone(self._database, connection)
        latest = self.latest(connection)
        if latest is not None and latest.program == name:
            return latest, False
        database = self._database
        body = json.dumps(to_json(project), separators=(",", ":"))
        then = "ON CONFLICT (digest) DO NOTHING"
        database.insert(connection, "cuebook_program", ("digest", "body"), [(name, body)], then)
        tzdata = importlib.metadata.version("tzdata")
        columns = ("program", "at", "tzdata")
        database.insert(connection, "cuebook_deployment", columns, [(name, at, tzdata)])
        # Everybody has to meet the new program: its triggers may already hold.
        database.run(
            connection,
            """UPDATE cuebook_wake SET due_at = ?, failures = 0, trouble = ''
            WHERE due_at IS NULL OR due_at > ?""",
            at,
            at,
        )
        deployed = self.latest(connection)
        assert deployed is not None  # noqa: S101 - it was written a few lines above
        return deployed, True

    def _in_flight(self, connection: Connection) -> set[Version]:
        rows = self._database.rows(
            connection,
            "SELECT DISTINCT playbook, version FROM cuebook_run WHERE ended_at IS NULL",
        )
        return {(playbook, version) for playbook, version in rows}

    def _older(self, connection: Connection, project: Project, runs: set[Version]) -> list[Plan]:
        """Return the plans of these versions that the project itself does not hold any more."""
        wanted = runs - {(plan.playbook, version_of(plan)) for plan in project.plans}
        if not wanted:
            return []
        names = self._database.rows(
            connection, "SELECT program FROM cuebook_deployment ORDER BY id DESC"
        )
        found: dict[Version, Plan] = {}
        for (name,) in dict.fromkeys(names):
            for plan in self.project(connection, name).plans:
                key = (plan.playbook, version_of(plan))
                if key in wanted:
                    found.setdefault(key, plan)
            if len(found) == len(wanted):
                break
        return list(found.values())


def deciding(database: Database, connection: Connection) -> None:
    """Let no program take over before this transaction ends; the first statement of every pass.

    Otherwise a pass that began under the old program could put a customer to sleep right after the
    new one has woken everybody. SQLite has one writer at a time, and needs nothing.
    """
    if database.dialect == "postgresql":
        database.rows(connection, "SELECT pg_advisory_xact_lock_shared(?)", _TURNS)


def _alone(database: Database, connection: Connection) -> None:
    """Wait for the passes that decide now, and hold up both them and mail until the commit."""
    if database.dialect == "postgresql":
        database.rows(connection, "SELECT pg_advisory_xact_lock(?)", _TURNS)
        # In the order in which mail locks customers: else each could wait for the other.
        database.rows(
            connection,
            """SELECT count(*) FROM (SELECT 1 FROM cuebook_wake ORDER BY customer COLLATE "C"
            FOR UPDATE) held""",
        )
