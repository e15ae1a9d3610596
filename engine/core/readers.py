"""Questions to a history: which events count, how many, since when, and until when that stays so."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from .calendar import add
from .channels import Channel, History, dig, is_number
from .duration import Duration
from .expr import (
    AllTime,
    Expr,
    FirstField,
    Happening,
    ItemField,
    LastWindow,
    SinceEvent,
    SinceTrigger,
    Window,
)
from .plan import Calendar
from .reach import reach
from .reads import nodes, reads
from .say import say_happening, say_name
from .totals import stat_of, sum_of
from .zone import Zone

__all__ = [
    "Attributes",
    "Cause",
    "Filter",
    "Reader",
    "Trigger",
    "channel_of",
    "columns_of",
    "is_alone",
    "is_fixed",
    "item_of",
    "path_key",
]


class Trigger(Protocol):
    """What a condition sees of the run it belongs to."""

    @property
    def at(self) -> int:
        """The instant of the trigger."""

    @property
    def seq(self) -> int:
        """The number of its arrival."""

    @property
    def event(self) -> Mapping[str, object] | None:
        """The properties of the event, if it was one."""

    @property
    def answers(self) -> Mapping[str, object]:
        """What the actions of its run have answered so far, by the name given with `as:`."""


@dataclass(slots=True)
class Cause:
    """The event that a trigger's conditions look at as what starts them; nothing came after it."""

    at: int
    event: Mapping[str, object] | None
    seq: int = 2**62

    @property
    def answers(self) -> Mapping[str, object]:
        """Nothing: before a run begins, none of its actions can have answered."""
        return _NO_ANSWERS


Attributes = Mapping[str, object]
Filter = Callable[[Mapping[str, object], Attributes, History, int, Zone, Trigger | None], bool]
"""Whether an event's properties are the wanted ones, called as f(item, a, h, now, z, t)."""

_NO_ANSWERS: Final[Mapping[str, object]] = MappingProxyType({})
_EMPTY: Final = Channel()
_NOTHING: Final = range(0)


def is_fixed(where: Expr | None) -> bool:
    """Tell whether a filter looks at nothing but the event itself, so that it is decided once."""
    if where is None:
        return True
    return is_alone(where) and not any(isinstance(node, FirstField) for node in nodes(where))


def is_alone(where: Expr | None) -> bool:
    """Tell whether a filter looks at nothing but events: its own, and the one that it follows."""
    if where is None:
        return True
    found = reads(where)
    return not (found.attributes or found.events or found.time or found.trigger)


def channel_of(what: Happening) -> str:
    """Return the key of the channel that answers for `what`: its own, or that of the bare event."""
    return say_happening(what) if is_fixed(what.where) else say_name(what.event)


def columns_of(what: Happening, path: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the properties to keep of each event, so that `what` can be filtered and `path` read."""
    names = {path[0]} if path else set()
    if what.where is not None and not is_fixed(what.where):
        names |= {node.path[0] for node in nodes(what.where) if isinstance(node, ItemField)}
    return frozenset(names)


def path_key(path: tuple[str, ...]) -> str:
    """Return the key of a property's running totals."""
    return json.dumps(path, ensure_ascii=False, separators=(",", ":"))


class Reader:
    """One kind of event in one window, ready to be asked about any customer.

    `where` is needed only for a filter that looks beyond the event itself.
    Every instant asked for must not lie before the events that are already in the history.
    """

    __slots__ = (
        "_calendar",
        "_duration",
        "_flat",
        "_key",
        "_least",
        "_most",
        "_since",
        "_where",
        "_window",
    )

    def __init__(
        self, what: Happening, window: Window, calendar: Calendar, where: Filter | None
    ) -> None:
        self._key = channel_of(what)
        self._window = window
        self._where = None if is_fixed(what.where) else where
        self._calendar = calendar
        self._since = ""
        self._duration = Duration(0, "minute")
        self._least = self._most = 0
        self._flat: int | None = None
        match window:
            case LastWindow(duration):
                self._duration = duration
                self._least, self._most = reach(duration, calendar)
                self._flat = _flat(duration)
            case SinceEvent(event):
                self._since = say_name(event)
            case AllTime() | SinceTrigger():
                pass  # Neither needs anything looked up in advance.

    # --- which events -----------------------------------------------------------------------------

    def channel(self, h: History) -> Channel:
        """Return the customer's channel, an empty one when nothing was recorded."""
        return h.channels.get(self._key, _EMPTY)

    def indices(
        self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None
    ) -> Sequence[int]:
        """Return which kept events of the channel are inside the window and pass the filter."""
        channel = self.channel(h)
        inside = self._inside(channel, h, now, z, t)
        where = self._where
        if where is None:
            return inside
        return [i for i in inside if where(item_of(channel, i), a, h, now, z, t)]

    def candidates(self, h: History, now: int, z: Zone, t: Trigger | None) -> Sequence[int]:
        """Return which kept events are inside the window, whatever the filter says."""
        return self._inside(self.channel(h), h, now, z, t)

    def _inside(
        self, channel: Channel, h: History, now: int, z: Zone, t: Trigger | None
    ) -> Sequence[int]:
        if self._most:  # Only what lasts has a length, and it is what is asked most.
            return self._inside_last(channel.ats, now, z)
        size = len(channel.ats)
        match self._window:
            case AllTime():
                return range(size)
            case LastWindow():
                return self._inside_last(channel.ats, now, z)
            case SinceEvent():
                since = h.channels.get(self._since)
                if since is None:
                    return _NOTHING
                return range(channel.after(since.last_at, since.last_seq), size)
            case SinceTrigger():
                return _NOTHING if t is None else range(channel.after(t.at, t.seq), size)

    def _inside_last(self, ats: list[int], now: int, z: Zone) -> Sequence[int]:
        """Bisect; only events near the edge need the calendar, for there it may reorder them."""
        size = len(ats)
        if self._flat is not None and (self._most == self._least or z.fixed is not None):
            return range(bisect_right(ats, now - self._flat), size)
        maybe, surely = bisect_right(ats, now - self._most), bisect_right(ats, now - self._least)
        if maybe == surely:
            return range(surely, size)
        if self._flat is not None and self._is_calm(now - self._most, now, z):
            then = now - self._flat
            offset = z.local(then) - then
            return range(bisect_right(ats, z.local(now) - self._flat - offset), size)
        edge = [i for i in range(maybe, surely) if self._end(ats[i], z) > now]
        return [*edge, *range(surely, size)] if edge else range(surely, size)

    def _is_calm(self, begin: int, end: int, z: Zone) -> bool:
        """Whether events close after `begin` leave the window in their order, close to `end`."""
        span = self._most - self._least
        return z.steady(begin, begin + span) and z.steady(end - span, end + span)

    def _end(self, at: int, z: Zone) -> int:
        """Return when an event leaves the window."""
        return add(at, self._duration, z, self._calendar)

    # --- what about them --------------------------------------------------------------------------

    def count(self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None) -> int:
        """Return how many there are."""
        channel = h.channels.get(self._key)
        if channel is None:
            return 0
        if self._where is not None:
            return len(self.indices(a, h, now, z, t))
        if type(self._window) is AllTime:
            return channel.total
        if self._flat is not None and z.fixed is not None:
            return len(channel.ats) - bisect_right(channel.ats, now - self._flat)
        return len(self._inside(channel, h, now, z, t))

    def has(self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None) -> bool:
        """Return whether there is any."""
        if self._where is not None:
            return bool(self.indices(a, h, now, z, t))
        channel = h.channels.get(self._key)
        if channel is None:
            return False
        match self._window:
            case AllTime():
                return True
            case LastWindow():
                end = self._last_end(channel, now, z)
                return end is None or end > now
            case SinceEvent():
                since = h.channels.get(self._since)
                return since is not None and (
                    (channel.last_at, channel.last_seq) > (since.last_at, since.last_seq)
                )
            case SinceTrigger():
                return t is not None and (channel.last_at, channel.last_seq) > (t.at, t.seq)

    def _last_end(self, channel: Channel, now: int, z: Zone) -> int | None:
        """Return when the last event leaves the window, None when that is surely ahead."""
        last = channel.last_at
        if last > now - self._least:
            return None
        return last + self._most if last <= now - self._most else self._latest_end(channel, z)

    def _latest_end(self, channel: Channel, z: Zone) -> int:
        """Return when the last event to leave the window does: near the last one, but any."""
        end = self._end(channel.last_at, z)
        for at in reversed(channel.ats):
            if at + self._most <= end:
                break
            end = max(end, self._end(at, z))
        return end

    def edge(
        self, which: str, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None
    ) -> int | None:
        """Return when the first or last of them happened, None without one."""
        channel = h.channels.get(self._key)
        if channel is None:
            return None
        if self._where is None and type(self._window) is AllTime:
            if not channel.total:
                return None
            return channel.first_at if which == "first" else channel.last_at
        found = self.indices(a, h, now, z, t)
        return channel.ats[found[0 if which == "first" else -1]] if found else None

    def latest(self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None) -> int | None:
        """Return when the last of them happened; asks for no more than `has` does."""
        if self._where is not None:
            return self.edge("last", a, h, now, z, t)
        return self.channel(h).last_at if self.has(a, h, now, z, t) else None

    def value(
        self, which: str, path: tuple[str, ...],
        a: Attributes, h: History, now: int, z: Zone, t: Trigger | None,
    ) -> object:  # fmt: skip
        """Return a property of the first or last of them, None when missing."""
        channel = self.channel(h)
        if self._where is None and type(self._window) is AllTime:
            tally = channel.tallies.get(path_key(path))
            if tally is None:
                return None
            return tally.first if which == "first" else tally.last
        found = self.indices(a, h, now, z, t)
        if not found:
            return None
        column = channel.columns.get(path[0], ())
        return dig(column[found[0 if which == "first" else -1]], path[1:]) if column else None

    def stat(
        self, fn: str, path: tuple[str, ...],
        a: Attributes, h: History, now: int, z: Zone, t: Trigger | None,
    ) -> int | float | None:  # fmt: skip
        """Return the sum, average, least or most of a property's known numbers."""
        channel = self.channel(h)
        if self._where is None and type(self._window) is AllTime:
            tally = channel.tallies.get(path_key(path))
            if tally is None:
                return 0 if fn == "sum" else None
            return stat_of(fn, tally.known, tally.total, tally.least, tally.most)
        column, name = channel.columns.get(path[0], []), path[1:]
        values = [column[i] for i in self.indices(a, h, now, z, t)] if column else []
        if name:
            values = [dig(value, name) for value in values]
        numbers = [value for value in values if is_number(value)]
        match fn:
            case "min":
                return min(numbers, default=None)
            case "max":
                return max(numbers, default=None)
            case _:
                return stat_of(fn, len(numbers), sum_of(numbers), None, None)

    # --- until when -------------------------------------------------------------------------------

    def next_end(self, h: History, now: int, z: Zone, t: Trigger | None) -> int | None:
        """Return when the next event leaves a `last D` window, whatever the filter says."""
        ats = self.channel(h).ats
        inside = self._inside(self.channel(h), h, now, z, t)
        if inside and self._flat is not None:
            end = self._end(ats[inside[0]], z)
            if self._is_calm(ats[inside[0]], end, z):
                return end
        best: int | None = None
        for i in inside:
            if best is not None and ats[i] + self._least >= best:
                break
            end = self._end(ats[i], z)
            best = end if best is None else min(best, end)
        return best

    def falls_below(
        self, levels: Iterable[int],
        a: Attributes, h: History, now: int, z: Zone, t: Trigger | None,
    ) -> int | None:  # fmt: skip
        """Return when there will be fewer than one of these numbers in a `last D` window.

        Its filter, if it has one, is taken to say the same of each event at any time.
        """
        channel = h.channels.get(self._key)
        if channel is None:
            return None
        inside = self.indices(a, h, now, z, t)
        reached = [level for level in levels if 0 < level <= len(inside)]
        if not reached:
            return None
        if self._flat is not None:
            at = channel.ats[inside[len(inside) - max(reached)]]
            end = self._end(at, z)
            if self._is_calm(at, end, z):
                return end  # None that comes after it leaves before it.
        return self.next_end(h, now, z, t)

    def has_end(self, h: History, now: int, z: Zone) -> int | None:
        """Return when the last of all events leaves a `last D` window, None when all have left."""
        channel = h.channels.get(self._key)
        if channel is None:
            return None
        end = self._latest_end(channel, z)
        return end if end > now else None


def item_of(channel: Channel, index: int) -> dict[str, object]:
    """Return what was kept of one event's properties."""
    return {name: column[index] for name, column in channel.columns.items()}


def _flat(duration: Duration) -> int | None:
    """Return the length of a duration that clock changes alone can alter."""
    if duration.exact or (duration.unit in ("day", "week")):
        return duration.microseconds
    return None
