"""Dates and instants as terms: how far they are from now, and how they stand to dates written out."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise, product
from typing import NamedTuple

from ...engine.core.expr import Compare, Constant, DayOf, Expr, In, IsMissing, IsPresent
from .atoms import sides
from .outcomes import ANY, FALSE, TRUE, UNKNOWN, compared, either
from .stretches import START, Edge, Scale, Stretch, scale, stretch

__all__ = ["Moments", "moments"]


class _Moment(NamedTuple):
    """Where a date stands; it may stand in any such place, whatever day it is today."""

    distance: int
    """Its place on the scale of offsets from it: that of now."""
    day: int
    """Its place among the days written out: odd on one, even between two."""


def moments(group: Sequence[Expr], *, dated: bool, since: bool = False) -> "Moments | None":
    """Return what atoms about one date may come to, None where their offsets have no sure order.

    `dated` tells a date, which is a whole day, from an instant; `since`, that it is never ahead.
    """
    stretches = {atom: found for atom in group if (found := stretch(atom, dated=dated))}
    edges = {edge.offset for one in stretches.values() for edge in one.edges()}
    offsets = scale({START, *edges} if since else edges)
    if offsets is None:
        return None
    return Moments(group, stretches, offsets, dated=dated, since=since)


class Moments:
    """What atoms about one date may come to."""

    def __init__(
        self,
        group: Sequence[Expr],
        stretches: dict[Expr, Stretch],
        offsets: Scale,
        *,
        dated: bool,
        since: bool,
    ) -> None:
        self.stretches, self.offsets = stretches, offsets
        self.days = sorted({day for atom in group for day in _days(atom)})
        first = offsets.of(Edge(START)) if since else 0
        distances = range(first, offsets.last + 1)
        places = [_Moment(*one) for one in product(distances, self._places(dated=dated))]
        self.values: Sequence[object] = [None, *places]

    def _places(self, *, dated: bool) -> Iterator[int]:
        """Yield the places among the days; between a day and the next one there is no date."""
        yield 0
        for number, (one, other) in enumerate(pairwise(self.days)):
            yield 2 * number + 1
            gap = date.fromisoformat(other).toordinal() - date.fromisoformat(one).toordinal()
            if gap > 1 or not dated:
                yield 2 * number + 2
        if self.days:
            yield 2 * len(self.days) - 1
            yield 2 * len(self.days)

    def judged(self, atom: Expr, value: object) -> int:
        """Return what an atom may come to where the date stands there; None is a missing one."""
        if isinstance(atom, IsMissing | IsPresent):
            return TRUE if (value is None) is isinstance(atom, IsMissing) else FALSE
        if not isinstance(value, _Moment):
            return _of_missing(atom)
        if atom in self.stretches:
            holds = self.offsets.holds(self.stretches[atom], value.distance)
            return TRUE if holds else FALSE
        match atom:
            case Compare():
                found = sides(atom)
                return ANY if found is None else self._beside(found.op, found.other, value)
            case In(_, items):
                return either([self._beside("==", item, value) for item in items])
            case _:
                return ANY

    def _beside(self, op: str, other: Expr, value: _Moment) -> int:
        """Return how a date compares with one written out."""
        if not isinstance(other, DayOf):
            return ANY
        return compared(op, value.day, 2 * self.days.index(other.iso) + 1)


def _days(atom: Expr) -> Iterator[str]:
    """Yield the days written out beside a date."""
    match atom:
        case Compare():
            found = sides(atom)
            parts: tuple[Expr, ...] = () if found is None else (found.other,)
        case In(_, items):
            parts = items
        case _:
            parts = ()
    yield from (part.iso for part in parts if isinstance(part, DayOf))


def _of_missing(atom: Expr) -> int:
    """Return what an atom comes to without the date: what stands in for a number of days counts."""
    found = sides(atom) if isinstance(atom, Compare) else None
    if found is None or found.otherwise is None:
        return UNKNOWN
    if isinstance(found.other, Constant):
        return compared(found.op, found.otherwise.value, found.other.value)
    return ANY
