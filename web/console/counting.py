"""The figures of a console: counted over the last rows of the journal, and by no request whole.

A journal may be years long. What is shown was counted some seconds ago; what is long is counted
after an answer was sent, and by one at a time.
"""

import time
from dataclasses import replace
from threading import Lock
from typing import Final

from ...engine.core.duration import DAY
from ...engine.runtime import Engine
from ...engine.runtime.figures.kpis import KpiSeries
from ...engine.runtime.figures.report import Asked, Report, numbers, report
from ...engine.runtime.figures.spans import Per

__all__ = ["KPIS_PER", "Figures"]

KPIS_PER: Final[Per] = "week"
"""Into which parts KPIs are cut: of a day few of them tell anything."""

_ROWS: Final = 50_000
"""How far back they go in the journal."""
_DAYS: Final = 90
"""And in time."""
_AT_ONCE: Final = 2_000
"""Rows that are counted while somebody waits."""
_FRESH_S: Final = 15.0
"""For how long figures are shown again."""
_SELDOM: Final = 30
"""KPIs read the whole log: they are asked so many times less often than asking takes."""


class Figures:
    """The last count, which several requests read and any of them has made anew."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counting = Lock()
        self._last: tuple[float, Report] | None = None
        self._kpis: tuple[KpiSeries, ...] = ()
        self._due = 0.0

    def last(self) -> tuple[Report | None, bool]:
        """Return what was counted last, None before the first count, and whether that is fresh."""
        last = self._last
        if last is None or time.monotonic() - last[0] > _FRESH_S:
            if self._engine.last_decided() <= _AT_ONCE:
                self.count()
            last = self._last
        fresh = last is not None and time.monotonic() - last[0] <= _FRESH_S
        return (None if last is None else last[1]), fresh

    def count(self) -> None:
        """Count anew, unless somebody does."""
        if not self._counting.acquire(blocking=False):
            return
        try:
            self._last = (time.monotonic(), self._told())
        finally:
            self._counting.release()

    def _told(self) -> Report:
        after = max(0, self._engine.last_decided() - _ROWS)
        first, last = self._engine.decided_between(after)
        since = max(first, last - _DAYS * DAY)
        asked = Asked(since, last + 1, "day", kpis=None, after=after)
        told = report(self._engine.database, asked)
        return replace(told, kpis=self._numbers(replace(asked, per=KPIS_PER, kpis=())))

    def _numbers(self, asked: Asked) -> tuple[KpiSeries, ...]:
        began = time.monotonic()
        if began >= self._due:
            self._kpis = numbers(self._engine.database, asked)
            took = time.monotonic() - began
            self._due = began + max(_FRESH_S, _SELDOM * took)
        return self._kpis
