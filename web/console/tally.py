"""Counts of what was decided, told from the journal row by row: each row is read once, and by no request whole.

A journal may be years long, so a tally begins a fixed number of rows back and goes on from there.
"""

import time
from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from starlette.background import BackgroundTask
from starlette.responses import Response

from ...engine.core.duration import DAY
from ...engine.core.effects import Entry
from ...engine.core.plan import Project
from ...engine.core.zone import Zone, zone
from ...engine.graphs import Graph
from ...engine.rehearsal.journeys import Journeys
from ...engine.runtime import Engine

__all__ = ["Counted", "Goal", "Tally"]

_ROWS: Final = 50_000
"""How far back a new tally begins."""
_AT_ONCE: Final = 500
_READ_ON_S: Final = 2.0


@dataclass(slots=True)
class Goal:
    """How often the goal of a playbook was reached, of how many that came to an end."""

    reached: int = 0
    ended: int = 0

    @property
    def share(self) -> float | None:
        """Return the part that reached it; None of nobody."""
        return self.reached / self.ended if self.ended else None


@dataclass(slots=True)
class Counted:
    """What was counted; days are those of the project's zone, counted from 1970."""

    since: int | None = None
    """The instant of the first row."""
    performed: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Actions by day and playbook."""
    skipped: Counter[int] = field(default_factory=Counter)
    """Actions that were decided upon and not performed, by day."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why they were not."""
    begun: Counter[str] = field(default_factory=Counter)
    """Runs by playbook."""
    endings: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """How runs ended, by playbook."""
    goals: dict[tuple[str, bool], Goal] = field(default_factory=dict)
    """By playbook, and whether its customer is held out."""


class Tally:
    """One count, which several requests read and any of them brings up to date."""

    def __init__(self, engine: Engine, project: Project) -> None:
        self.zone: Zone = zone(project.vocabulary.timezone)
        self._counted = Counted()
        self._journeys = Journeys(project)
        self._engine = engine
        self._goals = {plan.playbook for plan in project.plans if plan.goal is not None}
        self._aims: dict[str, bool] = {}
        """Runs that may still reach their goal, and whether their customer is held out."""
        self._lock = Lock()
        self._reading = Lock()
        self._last: int | None = None

    def read(self, seconds: float) -> bool:
        """Read on for about so long, unless somebody does; return whether everything was read."""
        if not self._reading.acquire(blocking=False):
            return False
        try:
            return self._read_until(time.monotonic() + seconds)
        finally:
            self._reading.release()

    def _read_until(self, deadline: float) -> bool:
        last = self._last
        if last is None:
            last = max(0, self._engine.last_decided() - _ROWS)
        while time.monotonic() < deadline:
            rows = self._engine.decided(last, most=_AT_ONCE)
            with self._lock:
                for number, lines in rows:
                    for line in lines:
                        self._take(line)
                    self._last = last = number
            if len(rows) < _AT_ONCE:
                return True
        return False

    def reading_on(self, page: Response, *, done: bool) -> Response:
        """Let what was not read before a page was made be read after it was sent."""
        if not done:
            page.background = BackgroundTask(self.read, _READ_ON_S)
        return page

    @property
    def since(self) -> int | None:
        """Return the instant of the first row that was read."""
        return self._counted.since

    def counted(self) -> Counted:
        """Return a copy of what was counted, which stays as it is while others read on."""
        with self._lock:
            return deepcopy(self._counted)

    def picture(self, playbook: str) -> Graph:
        """Return a playbook with how many runs went which way, as far as was read."""
        with self._lock:
            return self._journeys.picture(playbook)

    def _take(self, line: list[Any]) -> None:
        counted = self._counted
        if counted.since is None:
            counted.since = line[1]
        if line[0] != "action":
            self._entry(Entry(line[1], "", line[2], line[3], line[4], line[5], line[6]))
            return
        _, at, _, playbook, _, _, _, _, _, skipped, _ = line
        day = self.zone.local(at) // DAY
        if skipped:
            counted.skipped[day] += 1
            counted.reasons[skipped.partition(",")[0]] += 1
        else:
            counted.performed[day][playbook] += 1

    def _entry(self, entry: Entry) -> None:
        self._journeys.listen(entry)
        match entry.kind:
            case "started":
                self._counted.begun[entry.playbook] += 1
                if entry.playbook in self._goals:
                    self._aims[entry.run] = False
            case "holdout" if entry.run in self._aims:
                self._aims[entry.run] = True
            case "ended":
                self._counted.endings[entry.playbook][entry.note.partition(":")[0]] += 1
            case "goal" if entry.run in self._aims:
                held_out = self._aims.pop(entry.run)
                goal = self._counted.goals.setdefault((entry.playbook, held_out), Goal())
                goal.ended += 1
                goal.reached += entry.note.startswith("reached")
            case _:
                pass  # Nothing else is counted.
