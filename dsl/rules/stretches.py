"""When a condition about time holds: a stretch between two offsets from a date or from an event.

`renewal_date in next 30 days` holds from 30 days before the date until the date itself. Offsets of
one unit are in a certain order; of others it is only used where no calendar can turn it round (zones
that skipped a whole day are left out of account).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, inf
from typing import Final

from ...engine.core.duration import Duration, Unit
from ...engine.core.expr import (
    Absent,
    Compare,
    Constant,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    DurationOf,
    Expr,
    Has,
    LastWindow,
    Now,
    TimeInStage,
    TimeSince,
    Today,
    WithinLast,
    WithinNext,
)
from ...engine.core.relations import MIRRORED
from .atoms import Sides, sides

__all__ = ["START", "Edge", "Offset", "Scale", "Stretch", "scale", "stretch"]

_FAMILIES: Final[Mapping[Unit, tuple[str, int]]] = {
    "minute": ("minutes", 1),
    "hour": ("minutes", 60),
    "day": ("days", 1),
    "week": ("days", 7),
    "month": ("months", 1),
    "quarter": ("months", 3),
    "year": ("months", 12),
    "business day": ("business days", 1),
}
_HOURS: Final[Mapping[str, tuple[float, float]]] = {
    "minutes": (1 / 60, 1 / 60),
    "days": (24, 24),
    "midnights": (24, 24),
    "months": (28 * 24, 31 * 24),
    "business days": (24, inf),
}
"""How many hours one of each is, at least and at most."""
_CLOCKS: Final = 3
"""By how many hours clocks that are put forward or back can shorten or lengthen what is not exact."""


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed length of time from an anchor, in a unit that all of its family are counted in."""

    family: str
    count: float

    def bounds(self) -> tuple[float, float]:
        """Return how many hours this is at least and at most."""
        least, most = (abs(self.count) * hours for hours in _HOURS[self.family])
        play = 0 if self.family == "minutes" else _CLOCKS
        low, high = max(least - play, 0), most + play
        return (low, high) if self.count > 0 else (-high, -low)

    def before(self, other: "Offset") -> bool:
        """Return whether this certainly comes before another one."""
        if self.family == other.family or not self.count or not other.count:
            return self.count < other.count
        return self.bounds()[1] < other.bounds()[0]


START: Final = Offset("minutes", 0)
"""The anchor itself."""


def _offset(count: float, family: str) -> Offset:
    return Offset(family, count) if count else START


def _of(duration: Duration, sign: int = 1) -> Offset:
    family, times = _FAMILIES[duration.unit]
    return _offset(sign * duration.count * times, family)


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a stretch begins or ends: at an offset, or just after it."""

    offset: Offset
    after: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """From an edge until just before another one (for ever without it), or all but that."""

    begin: Edge
    end: Edge | None = None
    inside: bool = True

    def edges(self) -> tuple[Edge, ...]:
        """Return its edges."""
        return (self.begin,) if self.end is None else (self.begin, self.end)


class Scale:
    """Offsets in order. A place on it is a number: odd on an offset, even between two."""

    __slots__ = ("_places", "last")

    def __init__(self, offsets: list[Offset]) -> None:
        self._places = {offset: 2 * number + 1 for number, offset in enumerate(offsets)}
        self.last = 2 * len(offsets)
        """The place beyond all offsets; the one before them is 0."""

    def of(self, edge: Edge) -> int:
        """Return the first place from an edge on."""
        return self._places[edge.offset] + edge.after

    def holds(self, stretch: Stretch, place: int) -> bool:
        """Return whether a place lies in a stretch."""
        within = place >= self.of(stretch.begin)
        if stretch.end is not None:
            within = within and place < self.of(stretch.end)
        return within is stretch.inside


def scale(offsets: Iterable[Offset]) -> Scale | None:
    """Return offsets in order, None where calendars may have it either way."""
    found = sorted(set(offsets), key=lambda one: (sum(_nominal(one)), one.family))
    certain = all(one.before(other) for one, other in pairwise(found))
    return Scale(found) if certain else None


def _nominal(offset: Offset) -> tuple[float, float]:
    low, high = offset.bounds()
    return (low, high if high < inf else low) if low > -inf else (high, high)


def stretch(atom: Expr, *, dated: bool = False) -> Stretch | None:
    """Return when a condition about one date or one event holds, None when it is not about time.

    `dated` says that what is compared is a date, which alone has a fixed place beside `today`.
    """
    match atom:
        case WithinLast(_, duration) | Has(_, LastWindow(duration)):
            return Stretch(Edge(START), Edge(_of(duration)))
        case WithinNext(_, duration):
            return Stretch(Edge(_of(duration, -1)), Edge(START, after=True))
        case Absent(_, duration):
            return Stretch(Edge(_of(duration)))
        case Compare():
            found = sides(atom)
            return None if found is None else _beside(found, dated=dated)
        case _:
            return None


def _beside(found: Sides, *, dated: bool) -> Stretch | None:
    """Return when a comparison holds; what stands in for a missing term is no part of that."""
    op = found.op
    match found.term, found.other:
        case TimeSince() | TimeInStage(), DurationOf(duration):
            return _passed(op, _of(duration))
        case DaysSince() | DaysSinceEvent() | DaysInStage(), Constant(int() | float() as number):
            return _days(op, number)
        case DaysUntil(), Constant(int() | float() as number):
            return _days(MIRRORED[op], -number)
        case _, Now():
            return _passed(MIRRORED[op], START)
        case _, Today() if dated:
            return _whole(MIRRORED[op], START, Offset("midnights", 1))
        case _:
            return None


def _passed(op: str, offset: Offset) -> Stretch | None:
    """Return when the time since an anchor compares so with an offset."""
    at, after = Edge(offset), Edge(offset, after=True)
    match op:
        case ">=" | "<":
            return Stretch(at, inside=op == ">=")
        case ">" | "<=":
            return Stretch(after, inside=op == ">")
        case _:
            return Stretch(at, after, inside=op == "==")


def _days(op: str, number: float) -> Stretch | None:
    """Return when the completed days since an anchor compare so with a number."""
    if isinstance(number, bool) or abs(number) == inf:
        return None
    if op in (">=", "<"):
        return Stretch(Edge(_offset(ceil(number), "days")), inside=op == ">=")
    if op in (">", "<="):
        return Stretch(Edge(_offset(floor(number) + 1, "days")), inside=op == ">")
    if number != floor(number):
        return None
    return _whole(op, _offset(number, "days"), _offset(number + 1, "days"))


def _whole(op: str, begin: Offset, end: Offset) -> Stretch:
    """Return when what steps at two offsets compares so with what it is between them."""
    match op:
        case ">=" | "<":
            return Stretch(Edge(begin), inside=op == ">=")
        case ">" | "<=":
            return Stretch(Edge(end), inside=op == ">")
        case _:
            return Stretch(Edge(begin), Edge(end), inside=op == "==")
