"""Whether one event ever followed another in time: `has A then B within D`."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from .calendar import add
from .channels import History
from .expr import AllTime
from .expr import Sequence as Following
from .plan import Calendar
from .reach import reach
from .readers import Attributes, Filter, Reader, Trigger, is_fixed
from .say import say
from .zone import Zone

__all__ = ["FollowReader"]


class FollowReader:
    """`has A then B within D`, ready to be asked about any customer."""

    __slots__ = ("_calendar", "_first", "_fixed", "_key", "_reach", "_then", "_within")

    def __init__(
        self, what: Following, calendar: Calendar, first: Filter | None, then: Filter | None
    ) -> None:
        self._key = say(what)
        self._fixed = is_fixed(what.first.where) and is_fixed(what.then.where)
        self._within = what.within
        self._reach = reach(what.within, calendar)
        self._calendar = calendar
        self._first = Reader(what.first, AllTime(), calendar, first)
        self._then = Reader(what.then, AllTime(), calendar, then)

    def has(self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None) -> bool:
        """Return whether it has ever happened."""
        if self._fixed:
            return self._key in h.sequences
        return self.happens(
            h,
            self._first.indices(a, h, now, z, t),
            self._then.indices(a, h, now, z, t),
            z,
        )

    def note(self, h: History, z: Zone) -> None:
        """Remember that it has happened, as soon as both its parts are among the kept events."""
        if self._key in h.sequences:
            return
        first, then = self._first.channel(h), self._then.channel(h)
        if self.happens(h, range(len(first.ats)), range(len(then.ats)), z):
            h.sequences.add(self._key)

    def happens(self, h: History, first: Iterable[int], then: Sequence[int], z: Zone) -> bool:
        """Return whether one of these firsts has one of those thens after it, and in time."""
        firsts, thens = self._first.channel(h), self._then.channel(h)
        places = [(thens.ats[i], thens.seqs[i]) for i in then]
        least, most = self._reach
        for i in first:
            at, seq = firsts.ats[i], firsts.seqs[i]
            index = bisect_right(places, (at, seq))
            # Both may be one and the same event, which is not after itself.
            if index == len(places) or places[index][0] >= at + most:
                continue
            then_at = places[index][0]
            if then_at < at + least or then_at < add(at, self._within, z, self._calendar):
                return True
        return False
