"""How many went which way, told from the journal row by row: each row is read once, and by no request whole.

A journal may be years long, so a tally begins a fixed number of rows back and goes on from there.
"""

import time
from threading import Lock
from typing import Any, Final

from starlette.background import BackgroundTask
from starlette.responses import Response

from ...engine.core.effects import Entry
from ...engine.core.plan import Project
from ...engine.graphs import Graph
from ...engine.rehearsal.journeys import Journeys
from ...engine.runtime import Engine

__all__ = ["Tally"]

_ROWS: Final = 50_000
"""How far back a new tally begins."""
_AT_ONCE: Final = 500
_READ_ON_S: Final = 2.0


class Tally:
    """One count, which several requests read and any of them brings up to date."""

    def __init__(self, engine: Engine, project: Project) -> None:
        self.since: int | None = None
        """The instant of the first row that was read."""
        self._journeys = Journeys(project)
        self._engine = engine
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

    def picture(self, playbook: str) -> Graph:
        """Return a playbook with how many runs went which way, as far as was read."""
        with self._lock:
            return self._journeys.picture(playbook)

    def _take(self, line: list[Any]) -> None:
        if self.since is None:
            self.since = line[1]
        if line[0] != "action":
            self._journeys.listen(Entry(line[1], "", line[2], line[3], line[4], line[5], line[6]))
