"""Questions to the past of an attribute: what it was so long ago, and until when that stays so."""

from bisect import bisect_right
from typing import Final

from .calendar import add
from .channels import History
from .duration import Duration
from .past import Past
from .plan import Calendar
from .reach import reach
from .zone import Zone

__all__ = ["PastReader"]

_NONE: Final = Past()


class PastReader:
    """`health_score 30 days ago`, ready to be asked about any customer.

    A value that began at c is the one of 30 days ago from c + 30 days on, until the next one is:
    the days are added once to when it began, as for windows of events.
    """

    __slots__ = ("_calendar", "_duration", "_least", "_most", "_name")

    def __init__(self, name: str, duration: Duration, calendar: Calendar) -> None:
        self._name = name
        self._duration = duration
        self._calendar = calendar
        self._least, self._most = reach(duration, calendar)

    def value(self, h: History, now: int, z: Zone) -> object:
        """Return what the attribute was, None where it was missing or nothing is known."""
        past = h.pasts.get(self._name, _NONE)
        index = self._index(past, now, z)
        return past.values[index] if index >= 0 else None

    def next_change(self, h: History, now: int, z: Zone) -> int | None:
        """Return when another value will be the one of so long ago, None when none is ahead."""
        past = h.pasts.get(self._name, _NONE)
        best: int | None = None
        for at in past.ats[self._index(past, now, z) + 1 :]:
            if best is not None and at + self._least >= best:
                break
            due = self._due(at, z)
            best = due if best is None else min(best, due)
        return best

    def _index(self, past: Past, now: int, z: Zone) -> int:
        """Return the latest value that began so long ago; only near the edge the calendar is asked."""
        surely = bisect_right(past.ats, now - self._most)
        maybe = bisect_right(past.ats, now - self._least)
        for index in range(maybe - 1, surely - 1, -1):
            if self._due(past.ats[index], z) <= now:
                return index
        return surely - 1

    def _due(self, at: int, z: Zone) -> int:
        return add(at, self._duration, z, self._calendar)
