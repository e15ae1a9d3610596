"""Whether one event ever followed another in time, or failed to: `has A then B within D`."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from .calendar import add
from .channels import History
from .expr import AllTime
from .expr import Sequence as Following
from .plan import Calendar
from .reach import LATEST, reach
from .readers import Attributes, Filter, Reader, Trigger, is_alone, is_fixed, item_of
from .say import say
from .zone import Zone

__all__ = ["Belongs", "FollowReader"]

Belongs = Callable[[Attributes, Attributes, Attributes, History, int, Zone, Trigger | None], bool]
"""Whether a second is that of a first, called as f(first, then, a, h, now, z, t)."""
_NOTHING: Attributes = {}


class FollowReader:
    """`has A then B within D`, or `without`, ready to be asked about any customer.

    Where the second's filter looks at the first, `belongs` answers for it.
    """

    __slots__ = (
        "_belongs",
        "_calendar",
        "_first",
        "_key",
        "_reach",
        "_then",
        "_within",
        "_without",
        "alone",
    )

    def __init__(
        self,
        what: Following,
        calendar: Calendar,
        first: Filter | None,
        then: Filter | None,
        belongs: Belongs | None,
    ) -> None:
        self._key = say(what)
        self._without = what.without
        self.alone = is_fixed(what.first.where) and is_alone(what.then.where)
        """Whether the events alone decide, so that it is noted when that is certain."""
        self._belongs = belongs
        self._within = what.within
        self._reach = reach(what.within, calendar)
        self._calendar = calendar
        self._first = Reader(what.first, AllTime(), calendar, first)
        self._then = Reader(what.then, AllTime(), calendar, then)

    def has(self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None) -> bool:
        """Return whether it has ever happened."""
        if self.alone and (not self._without or self._key in h.sequences):
            return self._key in h.sequences
        if self._without:
            return any(due <= now for due in self._unmet(a, h, now, z, t))
        firsts = self._first.indices(a, h, now, z, t)
        if self._belongs is not None:
            return self.pairs(h, firsts, a, now, z, t)
        return self.happens(h, firsts, self._then.indices(a, h, now, z, t), z)

    def next_due(
        self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None
    ) -> int | None:
        """Return when the time of the first that waits for its second is over, for `without`."""
        if not self._without or self._key in h.sequences:
            return None
        ahead = (due for due in self._unmet(a, h, now, z, t) if due > now)
        return min(ahead, default=None)

    def _unmet(
        self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None
    ) -> Iterator[int]:
        """Yield when the time is over of each first that no second has followed in it."""
        firsts, settled = self._first.channel(h), h.settled.get(self._key)
        thens = self._then.indices(a, h, now, z, t) if self._belongs is None else ()
        for i in self._first.indices(a, h, now, z, t):
            if settled is not None and firsts.ats[i] < settled:
                continue
            met = (
                self.happens(h, (i,), thens, z)
                if self._belongs is None
                else self.pairs(h, (i,), a, now, z, t)
            )
            if not met:
                yield add(firsts.ats[i], self._within, z, self._calendar)

    def note(self, h: History, z: Zone) -> None:
        """Remember that it has happened, as soon as both its parts are among the kept events."""
        if self._key in h.sequences:
            return
        first, then = self._first.channel(h), self._then.channel(h)
        firsts = range(len(first.ats))
        if (
            self.happens(h, firsts, range(len(then.ats)), z)
            if self._belongs is None
            else self.pairs(h, firsts, _NOTHING, first.last_at, z, None)
        ):
            h.sequences.add(self._key)

    def settle(self, h: History, z: Zone) -> None:
        """Decide for all time about firsts so old that no second of theirs is waited for.

        With them go the seconds of their time: neither is needed any more.
        """
        last = max(self._first.channel(h).last_at, self._then.channel(h).last_at)
        over = last - LATEST
        if any(due <= over for due in self._unmet(_NOTHING, h, over, z, None)):
            h.sequences.add(self._key)
        # Whatever happened before this is over: no more than its reach lies between.
        until = over - self._reach[1]
        h.settled[self._key] = max(until, h.settled.get(self._key, until))

    def pairs(
        self,
        h: History,
        first: Iterable[int],
        a: Attributes,
        now: int,
        z: Zone,
        t: Trigger | None,
    ) -> bool:
        """Return whether one of these firsts has a second of its own after it, and in time."""
        firsts, thens, belongs = self._first.channel(h), self._then.channel(h), self._belongs
        for i in first:
            due = add(firsts.ats[i], self._within, z, self._calendar)
            one = item_of(firsts, i)
            for j in range(thens.after(firsts.ats[i], firsts.seqs[i]), len(thens.ats)):
                if thens.ats[j] >= due:
                    break
                if belongs is not None and belongs(one, item_of(thens, j), a, h, now, z, t):
                    return True
        return False

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
