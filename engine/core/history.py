"""What history has to be kept, derived from all that a program asks; recording it event by event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .channels import Channel, History, Tally, dig
from .compile import compile_filter
from .duration import DAY, Duration
from .evaluate import Matchers, belongs
from .expr import (
    Absent,
    Ago,
    AllTime,
    Count,
    DaysSinceEvent,
    Expr,
    FirstField,
    Happening,
    Has,
    LastWindow,
    MovedBy,
    Pairs,
    Sequence,
    SinceEvent,
    SinceTrigger,
    Stat,
    TimeSince,
    ValueOf,
    Window,
)
from .follows import FollowReader
from .pairs import MOST_KEPT, WHOLE, channel_of_recent
from .past import Past
from .plan import Calendar
from .reach import LATEST, reach
from .readers import Filter, channel_of, columns_of, is_fixed, path_key
from .reads import nodes
from .say import say, say_name
from .zone import Zone

__all__ = ["History", "HistoryPlan"]

_NO_MATCHERS: Final[Matchers] = {}
_NO_ATTRIBUTES: Final[Mapping[str, object]] = {}
_GRACE: Final = 31 * DAY


@dataclass(slots=True, eq=False)
class _Kept:
    """How one channel is recorded, and how far back its single events are kept."""

    key: str
    event: str
    where: Filter | None = None
    """Which events belong to it, when that is decided by the event alone."""
    events: bool = False
    """Whether single events are kept at all."""
    reach: int = 0
    """Microseconds before the latest event that windows can still ask for."""
    by_run: bool = False
    """Whether runs in flight may ask back to their trigger."""
    since: set[str] = field(default_factory=set)
    """Channels whose last event is what some window begins with."""
    for_ever: bool = False
    columns: set[str] = field(default_factory=set)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Properties with running totals, by the key of their path."""
    follows: list[FollowReader] = field(default_factory=list)
    settles: list[FollowReader] = field(default_factory=list)
    """What has to decide about the oldest events before they are forgotten."""
    most: int | None = None
    """How many single events are kept at most: the newest."""

    def covers(self, other: "_Kept") -> bool:
        """Whether all that the other way of recording keeps is kept in this one."""
        return (
            (self.for_ever or self.reach >= other.reach)
            and (self.events or not other.events)
            and (self.by_run or not other.by_run)
            and (self.for_ever or not other.for_ever)
            and self.since >= other.since
            and self.columns >= other.columns
            and self.paths.keys() >= other.paths.keys()
        )


class HistoryPlan:
    """Everything a set of expressions may ask of history, and nothing else, is recorded.

    `grace` is how long before the latest event a run that starts late may be anchored and still
    ask for what happened since; it bounds what is kept for it, in microseconds.
    """

    def __init__(
        self,
        expressions: Iterable[Expr | Pairs],
        calendar: Calendar,
        matchers: Matchers = _NO_MATCHERS,
        *,
        grace: int = _GRACE,
    ) -> None:
        self._calendar = calendar
        self._matchers = matchers
        self._grace = grace
        self._kept: dict[str, _Kept] = {}
        self._sequences: set[Sequence] = set()
        self.pasts: dict[str, int] = {}
        """Attributes whose earlier values are asked for, and how far back, in microseconds."""
        for expr in expressions:
            for node in nodes(expr):
                self._learn(node)
        self._by_event: dict[str, tuple[_Kept, ...]] = {}
        for kept in self._kept.values():
            self._by_event[kept.event] = (*self._by_event.get(kept.event, ()), kept)

    @property
    def events(self) -> frozenset[str]:
        """The events of which anything is recorded."""
        return frozenset(self._by_event)

    @property
    def channels(self) -> tuple[str, ...]:
        """The kinds of events of which is kept how many there were and when, by their keys."""
        return tuple(sorted(key for key, kept in self._kept.items() if kept.most is None))

    def covers(self, other: "HistoryPlan") -> bool:
        """Whether all that another plan records is recorded by this one, as far back."""
        mine, theirs = self._kept, other._kept  # noqa: SLF001 - another of the same class
        return (
            self._sequences >= other._sequences  # noqa: SLF001
            and all(key in mine and mine[key].covers(kept) for key, kept in theirs.items())
            and all(self.pasts.get(name, -1) >= far for name, far in other.pasts.items())
        )

    def record(
        self,
        h: History,
        event: str,
        at: int,
        seq: int,
        properties: Mapping[str, object],
        z: Zone,
    ) -> None:
        """Remember an event. `seq` is greater than that of every event recorded before.

        One that happened before others already recorded takes its place among them.
        """
        for kept in self._by_event.get(event, ()):
            where = kept.where
            if where is not None and not where(properties, _NO_ATTRIBUTES, h, at, z, None):
                continue
            channel = h.channels.get(kept.key)
            if channel is None:
                channel = h.channels[kept.key] = Channel(0, at, at, seq, seq)
            if kept.paths:
                _tally(channel, kept, at, properties)
            channel.total += 1
            if at >= channel.last_at:
                channel.last_at = at
                channel.last_seq = seq
                if kept.events:
                    channel.ats.append(at)
                    channel.seqs.append(seq)
                    if kept.columns or channel.columns:
                        _keep(channel, kept, len(channel.ats) - 1, properties)
                    size = len(channel.ats)
                    if size >= 16 and not size & (size - 1):
                        for follow in kept.settles:
                            follow.settle(h, z)
                        self._prune(h, channel, kept)
            else:
                _insert(channel, kept, at, seq, properties)
            for follow in kept.follows:
                follow.note(h, z)
            if kept.most is not None and len(channel.ats) > kept.most:
                channel.drop(len(channel.ats) - kept.most)

    def note(self, h: History, values: Mapping[str, object], at: int, now: int) -> tuple[str, ...]:
        """Remember what attributes are from `at` on; return those whose past is now another one."""
        changed = []
        for name in values:
            far = self.pasts.get(name)
            if far is None:
                continue
            past = h.pasts.setdefault(name, Past())
            if past.note(at, values[name], now):
                changed.append(name)
            past.drop_before(now - far)
        return tuple(changed)

    def forget(self, h: History) -> None:
        """Forget what other programs asked for and this one does not."""
        for key in h.channels.keys() - self._kept.keys():
            del h.channels[key]
        for key, channel in h.channels.items():
            kept = self._kept[key]
            channel.columns = {n: one for n, one in channel.columns.items() if n in kept.columns}
            channel.tallies = {p: one for p, one in channel.tallies.items() if p in kept.paths}
            if not kept.events:
                channel.drop(len(channel.ats))
            elif not kept.settles:  # Those are forgotten when they have been decided about.
                self._prune(h, channel, kept)
        asked = {say(one) for one in self._sequences}
        h.sequences &= asked
        h.settled = {key: at for key, at in h.settled.items() if key in asked}
        h.pasts = {name: past for name, past in h.pasts.items() if name in self.pasts}

    # --- what is asked ----------------------------------------------------------------------------

    def _learn(self, node: object) -> None:
        match node:
            case Count(what, window):
                self._window(what, window)
            case Has(what, window):
                self._has(what, window)
            case Stat(_, what, path, window) | ValueOf(_, what, path, window):
                self._window(what, window, path)
            case Absent(what) | TimeSince(_, what) | DaysSinceEvent(_, what):
                self._window(what, AllTime())
            case Ago(value, duration) | MovedBy(value, duration=duration):
                far = reach(duration, self._calendar)[1]
                self.pasts[value.name] = max(self.pasts.get(value.name, 0), far)
            case Sequence() if node not in self._sequences:
                self._sequences.add(node)
                self._sequence(node)
            case Pairs(first, then, within):
                for what in (first, then):
                    self._recent(what, within)
            case _:
                pass  # Nothing else asks for history.

    def _recent(self, what: Happening, within: Duration) -> None:
        """Remember the newest events of a kind with all they carry, for a trigger that pairs them."""
        kept = self._channel(what, channel_of_recent(what))
        kept.events, kept.most = True, MOST_KEPT
        kept.columns.add(WHOLE)
        kept.reach = max(kept.reach, reach(within, self._calendar)[1] + LATEST)

    def _channel(self, what: Happening, key: str = "") -> _Kept:
        key = key or channel_of(what)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(key, what.event)
            if what.where is not None and is_fixed(what.where):
                kept.where = compile_filter(what.where, self._calendar, self._matchers)
        return kept

    def _has(self, what: Happening, window: Window) -> None:
        """Ask whether there is any: the last event tells, except near a window's edge."""
        if not is_fixed(what.where):
            self._window(what, window)
            return
        kept = self._channel(what)
        match window:
            case LastWindow(duration):
                least, most = reach(duration, self._calendar)
                kept.events = kept.events or most > least
                kept.reach = max(kept.reach, most - least)
            case SinceEvent(event):
                self._channel(Happening(event))
            case AllTime() | SinceTrigger():
                pass  # When the last one happened is always known.

    def _window(self, what: Happening, window: Window, path: tuple[str, ...] = ()) -> None:
        kept = self._channel(what)
        if type(window) is AllTime and is_fixed(what.where):
            if path:
                kept.paths[path_key(path)] = path
            return
        kept.events = True
        kept.columns |= columns_of(what, path)
        match window:
            case AllTime():
                kept.for_ever = True
            case LastWindow(duration):
                kept.reach = max(kept.reach, reach(duration, self._calendar)[1])
            case SinceEvent(event):
                kept.since.add(say_name(event))
                self._channel(Happening(event))
            case SinceTrigger():
                kept.by_run = True

    def _sequence(self, node: Sequence) -> None:
        """Ask whether one ever followed the other: noted as it happens, if events alone decide."""
        pairs = belongs(node.then, self._calendar, self._matchers)
        follow = FollowReader(node, self._calendar, None, None, pairs)
        self._channel(node.first).columns |= {
            part.path[0] for part in nodes(node.then) if isinstance(part, FirstField)
        }
        for what in (node.first, node.then):
            kept = self._channel(what)
            kept.events = True
            kept.columns |= columns_of(what)
            if not follow.alone:
                kept.for_ever = True
                continue
            late = LATEST if node.without else 0
            kept.reach = max(kept.reach, reach(node.within, self._calendar)[1] + late)
            minded = kept.settles if node.without else kept.follows
            if follow not in minded:
                minded.append(follow)

    # --- how long it is kept ----------------------------------------------------------------------

    def _prune(self, h: History, channel: Channel, kept: _Kept) -> None:
        """Forget the events that nothing can ask for any more; rarely, because it costs."""
        if kept.for_ever:
            return
        keep_from = channel.last_at - kept.reach
        if kept.by_run:
            newest = channel.last_at - self._grace
            keep_from = min(keep_from, newest if h.floor is None else min(h.floor, newest))
        drop = channel.after(keep_from - 1, channel.last_seq)
        for key in kept.since:
            since = h.channels.get(key)
            if since is not None:
                drop = min(drop, channel.after(since.last_at, since.last_seq))
        channel.drop(drop)


def _tally(channel: Channel, kept: _Kept, at: int, properties: Mapping[str, object]) -> None:
    """Count an event's properties into the running totals, before it is counted itself."""
    first = not channel.total or at < channel.first_at
    last = at >= channel.last_at
    for key, path in kept.paths.items():
        tally = channel.tallies.get(key)
        if tally is None:
            tally = channel.tallies[key] = Tally()
        value = properties.get(path[0])
        tally.take(value if len(path) == 1 else dig(value, path[1:]), first=first, last=last)


def _insert(
    channel: Channel, kept: _Kept, at: int, seq: int, properties: Mapping[str, object]
) -> None:
    """Put a late event in its place; of its instant, it arrived last."""
    if at < channel.first_at:
        channel.first_at, channel.first_seq = at, seq
    if kept.events:
        index = channel.after(at, seq)
        channel.ats.insert(index, at)
        channel.seqs.insert(index, seq)
        _keep(channel, kept, index, properties)


def _keep(channel: Channel, kept: _Kept, index: int, properties: Mapping[str, object]) -> None:
    """Put an event's properties in their place."""
    columns = channel.columns
    if columns.keys() != kept.columns:
        # The program asks for others than it did: what was not kept then is missing now.
        known = len(channel.ats) - 1
        columns = {name: columns.get(name, [None] * known) for name in sorted(kept.columns)}
        channel.columns = columns
    for name, column in columns.items():
        column.insert(index, properties.get(name) if name else dict(properties))
