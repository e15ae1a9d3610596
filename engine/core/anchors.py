"""For one instant and one zone: exactly which anchors (a login, a date) make a condition about time true.

Judging a population one by one asks the calendar for each customer. Here it is asked about the few
days that matter, and what it answers are intervals, which a database compares with plain numbers.
"""

from collections.abc import Callable, Iterator
from typing import Final

from .calendar import add, days_since
from .duration import DAY, Duration
from .instant import EARLIEST, LATEST
from .plan import Calendar
from .reach import SLACK, reach
from .zone import Zone

__all__ = ["Intervals", "Passed", "completed", "over", "past", "true_days", "true_instants"]

Intervals = tuple[tuple[int | None, int | None], ...]
"""Where something is true: from the first to the last, both included; None where it has no end."""

Passed = tuple[Callable[[int], bool], int, int]
"""Whether something is true of an anchor, and between which instants that is not yet sure."""


def over(duration: Duration, now: int, zone: Zone, calendar: Calendar, times: int = 1) -> Passed:
    """Return whether an anchor plus a duration (before it, with -1) has been reached at `now`."""
    least, most = reach(duration, calendar)
    ends = sorted((now - times * least, now - times * most))

    def reached(anchor: int) -> bool:
        return add(anchor, duration, zone, calendar, times) <= now

    return reached, ends[0] - 1, ends[1] + 1


def completed(days: int, now: int, zone: Zone) -> Passed:
    """Return whether so many calendar days have been completed since an anchor at `now`."""
    middle = now - days * DAY
    return lambda anchor: days_since(anchor, now, zone) >= days, middle - SLACK, middle + SLACK


def past(now: int) -> Passed:
    """Return whether an anchor is not ahead of `now`."""
    return lambda anchor: anchor <= now, now - 1, now + 1


def true_instants(passed: Passed, zone: Zone) -> Intervals:
    """Return the instants of which it is true.

    Between two midnights, and clock changes, it becomes true or untrue once at most.
    """
    holds, first, last = passed[0], max(passed[1], EARLIEST), min(passed[2], LATEST)
    if first >= last:  # It is about a time that no calendar has: all that is dated is alike.
        return ((None, None),) if holds(min(first, LATEST)) else ()
    found: list[tuple[int, int]] = []
    for start, end in _stretches(first, last, zone):
        found += _inside(holds, start, end)
    return _joined(found, first, last)


def true_days(passed: Passed, zone: Zone) -> Intervals:
    """Return the dates, as days since 1970, of whose first instant it is true."""
    holds, first, last = passed
    days = range((first - SLACK) // DAY - 1, (last + SLACK) // DAY + 2)
    found = [(day, day) for day in days if holds(_start(day, zone))]
    return _joined(found, days[0], days[-1])


def _start(day: int, zone: Zone) -> int:
    return min(max(zone.utc(day * DAY), EARLIEST), LATEST)


def _stretches(first: int, last: int, zone: Zone) -> Iterator[tuple[int, int]]:
    """Cut a stretch of time at each midnight and at each change of the clocks."""
    changes = [at for at in zone.changes(first, last) if at > first]
    for begin, until in zip([first, *changes], [*changes, last + 1], strict=True):
        offset = zone.local(begin) - begin
        here = begin
        while here < until:
            midnight = ((here + offset) // DAY + 1) * DAY - offset
            yield here, min(midnight, until) - 1
            here = midnight


def _inside(holds: Callable[[int], bool], start: int, end: int) -> list[tuple[int, int]]:
    """Return where it is true in a stretch in which that changes once at most."""
    before, after = holds(start), holds(end)
    if before == after:
        return [(start, end)] if before else []
    low, high = start, end
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle) == before:
            low = middle
        else:
            high = middle
    return [(start, low)] if before else [(high, end)]


_AWAY: Final = 1
"""How far from each other intervals are that are one."""


def _joined(found: list[tuple[int, int]], first: int, last: int) -> Intervals:
    """Return intervals as few as they can be; what reaches an end of the unsure has none."""
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start - joined[-1][1] <= _AWAY:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return tuple(
        (None if start == first else start, None if end == last else end) for start, end in joined
    )
