"""When passing time alone could next change a condition: found leaf by leaf, the earliest counts.

Never too late. Now and then too early, which costs one more look and changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from math import ceil, floor, isfinite
from typing import Final

from .calendar import add, add_days, days_since
from .channels import Channel
from .duration import DAY, Duration
from .earlier import PastReader
from .evaluate import Matchers, World, belongs, entered, evaluate
from .expr import (
    Absent,
    Ago,
    AllTime,
    And,
    Between,
    Compare,
    Constant,
    Count,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    Happening,
    Has,
    In,
    LastWindow,
    MovedBy,
    Now,
    NumberOf,
    Or,
    Quantified,
    Records,
    SinceEvent,
    Stat,
    TimeInStage,
    TimeSince,
    Today,
    ValueOf,
    Window,
    WithinLast,
    WithinNext,
)
from .expr import Sequence as Following
from .follows import FollowReader
from .plan import Calendar
from .readers import Filter, Reader, is_fixed, item_of
from .reads import nodes, parts_of, reads
from .records import items
from .relations import MIRRORED, instant_of
from .zone import put_back

__all__ = ["Changes", "changes", "postpones"]

Changes = Callable[[World], int | None]
"""The earliest instant after `now` at which time alone could change a value, None for never."""

_Days = DaysSince | DaysSinceEvent | DaysUntil | DaysInStage

_ALL_TIME: Final = AllTime()


def changes(expr: Expr, calendar: Calendar, matchers: Matchers) -> Changes | None:
    """Return how to find the next change of `expr`, None when time alone never changes it."""
    return _Finder(calendar, matchers).of(expr)


def postpones(expr: Expr) -> frozenset[str]:
    """Return the events that make `expr` not true and can only put off when it becomes true.

    Such are the events that are asked for by nothing but an absence all of `expr` depends on:
    `no login for 14 days`, alone or beside other conditions that must hold too. While `expr` is
    not true, one more login (in order, not a late one) leaves it so, and a timer that is already
    set may stay: it comes too early, never too late.
    """
    legs = expr.items if isinstance(expr, And) else (expr,)
    absent = Counter(
        leg.what.event
        for leg in legs
        if isinstance(leg, Absent) and _is_plain(leg.what, leg.duration)
    )
    asked = Counter(node.event for node in nodes(expr) if isinstance(node, Happening | SinceEvent))
    return frozenset(event for event, count in absent.items() if asked[event] == count)


def _is_plain(what: Happening, duration: Duration) -> bool:
    """Tell whether a later event surely ends an absence later: months and business days may not."""
    return is_fixed(what.where) and duration.unit in {"minute", "hour", "day", "week"}


class _Finder:
    """Builds the search for one program's conditions."""

    def __init__(self, calendar: Calendar, matchers: Matchers) -> None:
        self._calendar = calendar
        self._matchers = matchers

    def of(self, expr: Expr) -> Changes | None:
        """Return the search for `expr`, None when nothing in it moves with time."""
        if not reads(expr).time:
            return None
        match expr:
            case And(items):
                return self._joined(items, settled=False)
            case Or(items):
                return self._joined(items, settled=True)
            case Between(value, low, high):
                return self.of(And((Compare(">=", value, low), Compare("<=", value, high))))
            case In(value, items, folded) if items:
                return _earliest(self.of(Compare("==", value, item, folded)) for item in items)
            case Compare():
                return self._compare(expr)
            case Count() | Has() | Stat() | ValueOf() | Absent() | Following():
                return self._asked(expr)
            case Quantified(_, records) | NumberOf(records):
                return self._each(records)
            case _:
                return self._value(expr)

    def _value(self, expr: Expr) -> Changes | None:
        match expr:
            case DaysSinceEvent(_, what):
                return _earliest((self._steps(expr), self._filtered(what, _ALL_TIME)))
            case DaysSince(value) | DaysUntil(value):
                return _earliest((self._steps(expr), self.of(value)))
            case WithinNext(value) | WithinLast(value):
                return _earliest((partial(_edges, expr), self.of(value)))
            case DaysInStage():
                return self._steps(expr)
            case Ago(value, duration) | MovedBy(value, duration=duration):
                reader = PastReader(value.name, duration, self._calendar)
                return lambda w: reader.next_change(w.h, w.now, w.z)
            case Today():
                return _midnight
            case _:
                return _earliest(self.of(part) for part in parts_of(expr))

    def _each(self, records: Records) -> Changes | None:
        """Search the filter of a list for each of its items."""
        inside = None if records.where is None else self.of(records.where)
        if inside is None:
            return None

        def search(w: World) -> int | None:
            found = items(evaluate(records.of, w))
            return _first(inside(replace(w, record=item)) for item in found)

        return search

    def _joined(self, items: tuple[Expr, ...], *, settled: bool) -> Changes | None:
        """Search the legs, unless one that time cannot change has already settled the matter."""
        found = [(item, self.of(item)) for item in items]
        fixed = [item for item, search in found if search is None]
        earliest = _earliest(search for _, search in found)
        if earliest is None or not fixed:
            return earliest

        def search(w: World) -> int | None:
            if any(evaluate(item, w) is settled for item in fixed):
                return None
            return earliest(w)

        return search

    # --- comparisons ------------------------------------------------------------------------------

    def _compare(self, expr: Compare) -> Changes | None:
        op, left, right = expr.op, expr.left, expr.right
        if op not in MIRRORED:
            return _earliest((self.of(left), self.of(right)))
        match left, right:
            case (
                Constant() | DurationOf(),
                TimeSince() | TimeInStage() | DaysSince() | DaysSinceEvent() | DaysInStage(),
            ) | (Constant(), DaysUntil()):
                return self.of(Compare(MIRRORED[op], right, left))
            case TimeSince(which, what), DurationOf(duration):
                reader = self._reader(what, _ALL_TIME)
                due = partial(
                    _elapsed, op, lambda w: reader.edge(which, w.a, w.h, w.now, w.z, w.t), duration
                )
                return _earliest((due, self._filtered(what, _ALL_TIME)))
            case TimeInStage(stage), DurationOf(duration):
                return partial(_elapsed, op, partial(entered, stage), duration)
            case (DaysSince() | DaysSinceEvent() | DaysUntil() | DaysInStage()) as days, Constant(
                int() | float() as number
            ) if isfinite(number):
                return self._days(days, op, number)
            case _:
                sides = (self.of(left), self.of(right))
                return _earliest((partial(_passing, expr), *sides))

    def _days(self, days: _Days, op: str, number: float) -> Changes | None:
        if isinstance(days, DaysUntil):
            op, number = MIRRORED[op], -number
        counts = {ceil(number), floor(number) + 1} if op in {"==", "!="} else set()
        counts |= {ceil(number)} if op in {">=", "<"} else {floor(number) + 1}
        inside: Changes | None = None
        if isinstance(days, DaysSinceEvent):
            inside = self._filtered(days.what, _ALL_TIME)
        elif not isinstance(days, DaysInStage):
            inside = self.of(days.value)
        steps = partial(_cut_offs, self._anchor(days), tuple(sorted(counts)))
        return _earliest((steps, inside))

    def _steps(self, days: _Days) -> Changes:
        return partial(_next_step, self._anchor(days))

    def _anchor(self, days: _Days) -> Changes:
        if isinstance(days, DaysInStage):
            return partial(entered, days.stage)
        if isinstance(days, DaysSinceEvent):
            reader, which = self._reader(days.what, _ALL_TIME), days.which
            return lambda w: reader.edge(which, w.a, w.h, w.now, w.z, w.t)
        value = days.value
        return lambda w: instant_of(evaluate(value, w), w.z)

    # --- history ----------------------------------------------------------------------------------

    def _asked(self, expr: Count | Has | Stat | ValueOf | Absent | Following) -> Changes | None:
        match expr:
            case Has(what, LastWindow() as window) if is_fixed(what.where):
                reader = self._reader(what, window)
                return lambda w: reader.has_end(w.h, w.now, w.z)
            case Count(what, window) | Has(what, window):
                return self._window(what, window)
            case Stat(_, what, _, window) | ValueOf(_, what, _, window):
                return self._window(what, window)
            case Absent(what, duration):
                reader = self._reader(what, _ALL_TIME)
                due = partial(_absent, reader, duration)
                return _earliest((due, self._filtered(what, _ALL_TIME)))
            case Following(first, then):
                filters = self._filtered(first, _ALL_TIME), self._followed(first, then)
                return _earliest((self._overdue(expr), *filters))

    def _window(self, what: Happening, window: Window) -> Changes | None:
        filtered = self._filtered(what, window)
        if not isinstance(window, LastWindow):
            return filtered
        reader = self._reader(what, window)
        return _earliest((lambda w: reader.next_end(w.h, w.now, w.z, w.t), filtered))

    def _filtered(self, what: Happening, window: Window) -> Changes | None:
        """Search a filter that moves with time, for each event it is asked about."""
        if what.where is None:
            return None
        inside = self.of(what.where)
        if inside is None:
            return None
        reader = self._reader(what, window)

        def search(w: World) -> int | None:
            channel: Channel = reader.channel(w.h)
            items = (item_of(channel, i) for i in reader.candidates(w.h, w.now, w.z, w.t))
            return _first(inside(replace(w, item=item)) for item in items)

        return search

    def _overdue(self, expr: Following) -> Changes | None:
        """Search when the time is over in which something should have followed."""
        if not expr.without:
            return None
        filters = self._filter(expr.first), self._filter(expr.then)
        pairs = belongs(expr.then, self._calendar, self._matchers)
        reader = FollowReader(expr, self._calendar, *filters, pairs)
        return lambda w: reader.next_due(w.a, w.h, w.now, w.z, w.t)

    def _followed(self, first: Happening, then: Happening) -> Changes | None:
        """Search the filter of a second for each event, beside each that it may follow."""
        if belongs(then, self._calendar, self._matchers) is None or then.where is None:
            return self._filtered(then, _ALL_TIME)
        inside = self.of(then.where)
        if inside is None:
            return None
        readers = self._reader(first, _ALL_TIME), self._reader(then, _ALL_TIME)

        def search(w: World) -> int | None:
            firsts, thens = (
                [item_of(one.channel(w.h), i) for i in one.candidates(w.h, w.now, w.z, w.t)]
                for one in readers
            )
            return _first(inside(replace(w, item=i, first=f)) for f in firsts for i in thens)

        return search

    def _reader(self, what: Happening, window: Window) -> Reader:
        return Reader(what, window, self._calendar, self._filter(what))

    def _filter(self, what: Happening) -> Filter | None:
        where, calendar, matchers = what.where, self._calendar, self._matchers
        if where is None or is_fixed(where):
            return None
        return lambda item, a, h, now, z, t: (
            evaluate(where, World(a, h, now, z, t, calendar, matchers, item)) is True
        )


def _earliest(searches: Iterable[Changes | None]) -> Changes | None:
    """Return the search for the first of several changes."""
    found = tuple(search for search in searches if search is not None)
    if not found:
        return None
    return found[0] if len(found) == 1 else lambda w: _first(search(w) for search in found)


def _first(instants: Iterable[int | None]) -> int | None:
    return min((at for at in instants if at is not None), default=None)


def _after(now: int, instants: Iterable[int]) -> int | None:
    """Return the earliest of some instants that is still ahead."""
    return min((at for at in instants if at > now), default=None)


def _turns(op: str, at: int) -> tuple[int, ...]:
    """Return when `now OP at` changes: what holds strictly after an instant begins 1 µs later."""
    if op in {">=", "<"}:
        return (at,)
    return (at + 1,) if op in {">", "<="} else (at, at + 1)


def _passing(expr: Compare, w: World) -> int | None:
    """Find when `now` passes the other side."""
    left, right = _chosen(expr.left, w), _chosen(expr.right, w)
    if isinstance(left, Now) is isinstance(right, Now):
        return None
    op, other = (expr.op, right) if isinstance(left, Now) else (MIRRORED[expr.op], left)
    at = instant_of(evaluate(other, w), w.z)
    return None if at is None else _after(w.now, _turns(op, at))


def _chosen(expr: Expr, w: World) -> Expr:
    """Return the side of a `default` that counts."""
    while isinstance(expr, Default):
        expr = expr.value if evaluate(expr.value, w) is not None else expr.otherwise
    return expr


def _elapsed(op: str, since: Changes, duration: Duration, w: World) -> int | None:
    at = since(w)
    return None if at is None else _after(w.now, _turns(op, add(at, duration, w.z, w.calendar)))


def _cut_offs(anchor: Changes, counts: tuple[int, ...], w: World) -> int | None:
    """Find the days that matter to a comparison with a number of days."""
    at = anchor(w)
    if at is None:
        return None
    return _after(w.now, (add_days(at, count, w.z) for count in counts))


def _next_step(anchor: Changes, w: World) -> int | None:
    """Find when one more day is completed."""
    at = anchor(w)
    if at is None:
        return None
    due = add_days(at, days_since(at, w.now, w.z) + 1, w.z)
    return due if due > w.now else None


def _edges(expr: WithinNext | WithinLast, w: World) -> int | None:
    if isinstance(_chosen(expr.value, w), Now):
        return None  # Now is always as far from now.
    at = instant_of(evaluate(expr.value, w), w.z)
    if at is None:
        return None
    if isinstance(expr, WithinLast):
        return _after(w.now, (at, add(at, expr.duration, w.z, w.calendar)))
    return _after(w.now, (add(at, expr.duration, w.z, w.calendar, -1), at + 1))


def _absent(reader: Reader, duration: Duration, w: World) -> int | None:
    last = reader.edge("last", w.a, w.h, w.now, w.z, w.t)
    known = [at for at in (last, w.h.first_seen_at) if at is not None]
    if not known:
        return None
    since = max(known)
    due = add(since, duration, w.z, w.calendar)
    back = 0 if duration.exact else put_back(since, w.z)
    # When clocks are about to be put back, an event after that may end its absence before this one.
    return due - back if due - back > w.now else _after(w.now, (due,))


def _midnight(w: World) -> int | None:
    """Find when the next day begins where the customer is."""
    return _after(w.now, (w.z.utc((w.z.local(w.now) // DAY + 1) * DAY),))
