"""The periods of a report, and where each window lies in each of them: rows to be joined.

All periods are asked at once, so a window is no pair of instants but one pair for each period.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Subquery, Table, select

from ...core.calendar import add
from ...core.expr import AllTime, LastWindow
from ...core.kpis import BeforePeriod, InPeriod
from ...core.plan import Project
from ...core.zone import Zone
from .spans import Per, Span, part, spans

__all__ = ["Grid", "Placed", "Windows"]

_EVER: Final = -(2**63)
_ROWS: Final = Table(
    "cuebook_window",
    MetaData(),
    Column("window", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Grid:
    """The periods of a report; without a length of their own, the whole time as one."""

    since: int
    until: int
    per: Per | None
    zone: Zone

    def periods(self) -> list[Span]:
        """Return the periods in their order. Raises ValueError like `spans`."""
        if self.per is not None:
            return spans(self.since, self.until, self.per, self.zone)
        if self.until <= self.since:
            raise ValueError("the period ends before it begins")
        return [Span("", self.since, self.until)]

    def moved(self, period: Span, by: int) -> Span:
        """Return the whole period so many later; earlier where `by` is negative."""
        if by == 0:
            return period
        if self.per is not None:
            return part(period.since, by, self.per, self.zone)
        length = by * (self.until - self.since)
        return Span("", self.since + length, self.until + length)


Placed = tuple[Grid, Span]
"""A period, and among which others it stands."""


@dataclass(slots=True)
class Windows:
    """The windows of some periods, in the project's zone, written down as they are asked for."""

    connection: Connection
    project: Project
    periods: Sequence[Placed]
    known: int
    """What lies before this instant has been told."""
    _numbers: dict[object, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing written down."""
        _ROWS.create(self.connection, checkfirst=True)
        self.connection.execute(_ROWS.delete())

    def rows(self, window: object) -> Subquery:
        """Return where a window lies: `place` of the period, `low`, and just before `high`."""
        if window not in self._numbers:
            self._write(window)
        row = _ROWS.c
        found = select(row.place, row.low, row.high).where(row.window == self._numbers[window])
        return found.subquery()

    def _write(self, window: object) -> None:
        number = self._numbers[window] = len(self._numbers)
        rows: list[dict[str, Any]] = []
        for place, (grid, period) in enumerate(self.periods):
            low, high = self._stretch(window, grid, period)
            rows.append({"window": number, "place": place, "low": low, "high": high})
        self.connection.execute(_ROWS.insert(), rows)

    def _stretch(self, window: object, grid: Grid, period: Span) -> tuple[int, int]:
        match window:
            case InPeriod(after):
                moved = grid.moved(period, after)
                return moved.since, moved.until
            case BeforePeriod():
                return _EVER, period.since
            case LastWindow(duration):
                start = add(period.until, duration, grid.zone, self.project.calendar, -1)
                return start, period.until
            case AllTime():
                return _EVER, period.until
            case _:
                raise TypeError(f"a report has no window {window!r}")
