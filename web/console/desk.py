"""What the pages of one console share: the engine, the program in force, what was counted so far."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from ...engine.core.plan import Plan, Project
from ...engine.core.ready import version_of
from ...engine.core.zone import UTC, Zone, zone
from ...engine.runtime import Engine
from .counting import Figures
from .paper import Paper
from .tally import Tally
from .visits import NotThere

__all__ = ["Desk", "InForce"]

_FRESH_S: Final = 15.0
"""For how long a count that reads many rows is shown again."""
_PROGRAMS: Final = 24
"""Programs that are kept ready: those of a screenful of deployments."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InForce:
    """The program that decides now."""

    digest: str
    project: Project
    since: int
    tally: Tally


class Desk:
    """Belongs to one console. What it remembers is only ever a copy of what the database says."""

    def __init__(self, engine: Engine, project: Path | None) -> None:
        self.engine = engine
        self.folder = project
        """Where the playbooks lie as files, with their tests, if the console was told."""
        self.paper = Paper()
        self.figures = Figures(engine)
        self._lock = Lock()
        self._projects: dict[str, Project] = {}
        self._force: InForce | None = None
        self._counts: dict[Hashable, tuple[float, Any]] = {}

    def in_force(self) -> InForce | None:
        """Return the program that decides, or None before the first deployment."""
        latest = self.engine.deployment()
        if latest is None:
            return None
        with self._lock:
            known = self._force
        if known is None or (known.digest, known.since) != (latest.program, latest.at):
            project = self.project(latest.program)
            known = InForce(latest.program, project, latest.at, Tally(self.engine, project))
            with self._lock:
                self._force = known
        return known

    def project(self, digest: str) -> Project:
        """Return a project that was deployed; the last ones asked for are kept."""
        with self._lock:
            found = self._projects.get(digest)
        if found is None:
            found = self.engine.program(digest)
            with self._lock:
                self._projects[digest] = found
                while len(self._projects) > _PROGRAMS:
                    del self._projects[next(iter(self._projects))]
        return found

    def plan(self, name: str) -> Plan:
        """Return a playbook of the program in force; NotThere where there is none of this name."""
        force = self.in_force()
        plans = force.project.plans if force is not None else ()
        found = next((plan for plan in plans if plan.playbook == name), None)
        if found is None:
            raise NotThere(f"There is no playbook called “{name}” in the program that decides now.")
        return found

    def zone(self) -> Zone:
        """Return the zone of the project, or UTC."""
        force = self.in_force()
        return UTC if force is None else zone(force.project.vocabulary.timezone)

    def versions(self, name: str) -> list[tuple[int, str]]:
        """Return since when which version of a playbook was in force, the latest first."""
        found: list[tuple[int, str]] = []
        for deployed in self.engine.deployments():
            plans = self.project(deployed.program).plans
            plan = next((one for one in plans if one.playbook == name), None)
            version = version_of(plan) if plan is not None else ""
            if found and found[-1][1] == version:
                found[-1] = (deployed.at, version)
            else:
                found.append((deployed.at, version))
        return [one for one in found if one[1]]

    def counted(self, what: Hashable, count: Callable[[], T]) -> T:
        """Return a count, made anew when the last one is more than some seconds old."""
        now = time.monotonic()
        with self._lock:
            made = self._counts.get(what)
        if made is not None and now - made[0] < _FRESH_S:
            kept: T = made[1]
            return kept
        found = count()
        with self._lock:
            self._counts[what] = (time.monotonic(), found)
        return found
