"""What has happened of one event as a term: when the last one was, and how many there were when."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from ...engine.core.expr import (
    Absent,
    AllTime,
    Compare,
    Constant,
    Count,
    Default,
    Expr,
    Has,
    In,
    IsMissing,
    IsPresent,
)
from .atoms import sides
from .outcomes import ANY, FALSE, TRUE, UNKNOWN, compared, either
from .stretches import START, Edge, Scale, Stretch, scale, stretch

__all__ = ["Happenings", "counted", "happenings"]

_MOST: Final = 300
"""How many cases of one event are told apart; conditions that need more are left alone."""


class _Past(NamedTuple):
    """What is known of an event's past."""

    last: int | None
    """The place of now on the scale of offsets from the last one; None without one."""
    quiet: int
    """The same from the last one or from first sight: what an absence counts from."""
    counts: tuple[int, ...]
    """How many there were, in each window that is counted."""


def happenings(group: Sequence[Expr]) -> "Happenings | None":
    """Return what atoms about one event may come to, None where its offsets have no sure order."""
    counts = {count for atom in group if (count := counted(atom))}
    timed: dict[Expr, Stretch] = {}
    for one in (*group, *(Has(count.what, count.window) for count in counts)):
        found = stretch(one)
        if found is not None:
            timed[one] = found
    offsets = scale({START, *(edge.offset for one in timed.values() for edge in one.edges())})
    if offsets is None:
        return None
    made = Happenings(group, counts, timed, offsets)
    return made if len(made.values) <= _MOST else None


class Happenings:
    """What atoms about one event may come to."""

    def __init__(
        self,
        group: Sequence[Expr],
        counts: Iterable[Count],
        timed: dict[Expr, Stretch],
        offsets: Scale,
    ) -> None:
        self.timed, self.offsets = timed, offsets
        self.counts = sorted(counts, key=self._end)
        """From the shortest window to all time: each holds all that the one before it holds."""
        self.levels = _levels(group)
        self.absent = any(isinstance(atom, Absent) for atom in group)
        self.values: Sequence[object] = list(islice(self._values(), _MOST + 1))

    def _end(self, count: Count) -> int:
        """Return the place at which the window of a count ends."""
        found = self.timed.get(Has(count.what, count.window))
        return (
            self.offsets.last + 1
            if found is None or found.end is None
            else self.offsets.of(found.end)
        )

    def _values(self) -> Iterator[_Past]:
        places = range(self.offsets.of(Edge(START)), self.offsets.last + 1)
        for last in (None, *places):
            quiet = [place for place in places if last is None or place <= last]
            for place in quiet if self.absent else quiet[-1:]:
                for counts in self._rising(last, 0, 0):
                    yield _Past(last, place, counts)

    def _rising(self, last: int | None, number: int, least: int) -> Iterator[tuple[int, ...]]:
        """Yield every way to count from a window on, when shorter ones hold at least so many."""
        if number == len(self.counts):
            yield ()
            return
        inside = last is not None and last < self._end(self.counts[number])
        for many in self.levels:
            if many >= least and (many > 0) is inside:
                for rest in self._rising(last, number + 1, many):
                    yield (many, *rest)

    def judged(self, atom: Expr, value: object) -> int:
        """Return what an atom may come to with such a past."""
        assert isinstance(value, _Past)  # noqa: S101 - the only values there are
        match atom:
            case Has(_, AllTime()):
                return FALSE if value.last is None else TRUE
            case Has():
                return self._timed(atom, value.last)
            case Absent():
                return self._timed(atom, value.quiet)
            case IsMissing(of) | IsPresent(of):
                absent = value.last is None and not isinstance(of, Count)
                missing = absent and not isinstance(of, Default)
                return TRUE if missing is isinstance(atom, IsMissing) else FALSE
            case Compare() | In():
                return self._valued(atom, value)
            case _:
                return ANY

    def _timed(self, atom: Expr, place: int | None) -> int:
        if place is None:
            return FALSE
        return TRUE if self.offsets.holds(self.timed[atom], place) else FALSE

    def _valued(self, atom: Compare | In, value: _Past) -> int:
        """Return what comes of a number of events, or of the time since the last one."""
        count = counted(atom)
        if count is not None:
            many = value.counts[self.counts.index(count)]
            if isinstance(atom, In):
                return either([compared("==", many, _constant(item)) for item in atom.items])
            found = sides(atom)
            return ANY if found is None else compared(found.op, many, _constant(found.other))
        found = sides(atom) if isinstance(atom, Compare) else None
        if found is None:
            return ANY
        if value.last is not None:
            return self._timed(atom, value.last) if atom in self.timed else ANY
        if found.otherwise is None:
            return UNKNOWN
        return compared(found.op, found.otherwise.value, _constant(found.other))


def counted(atom: Expr) -> Count | None:
    """Return the number of events that an atom is about, None where it is about something else."""
    match atom:
        case In(Count() as count) | In(Default(Count() as count)):
            return count
        case Compare():
            found = sides(atom)
            return found.term if found is not None and isinstance(found.term, Count) else None
        case _:
            return None


def _constant(written: Expr) -> object:
    return written.value if isinstance(written, Constant) else None


def _levels(group: Iterable[Expr]) -> list[int]:
    """Return a number of events for every way in which the counts can come out."""
    written = [part for atom in group if counted(atom) for part in _written(atom)]
    near = {int(level) + step for level in written for step in (-1, 0, 1)}
    return sorted({0, 1, *(one for one in near if one >= 0)})


def _written(atom: Expr) -> Iterator[float]:
    match atom:
        case In(_, items):
            parts: tuple[Expr, ...] = items
        case Compare():
            found = sides(atom)
            parts = () if found is None else (found.other,)
        case _:
            parts = ()
    for part in parts:
        if isinstance(part, Constant) and isinstance(part.value, int | float):
            yield part.value
