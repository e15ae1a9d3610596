"""When passing time alone could next change a condition: found leaf by leaf, the earliest counts.

Never too late. Now and then too early, which costs one more look and changes nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Final

from .channels import Channel, History
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
from .turning import (
    Changes,
    Days,
    Judge,
    Line,
    Passing,
    absent,
    cut_offs,
    earliest,
    edges,
    elapsed,
    falling,
    in_line,
    joined,
    leaving,
    midnight,
    next_step,
    numbers_that_pass,
    on_number,
    passing,
    soonest,
    steps_of,
)
from .zone import UTC

__all__ = ["Changes", "Compiled", "changes"]

Compiled = Callable[[Expr], tuple[Callable[[World], object], Judge, Judge]]
"""Makes of a part what finds its value, whether it is true, and whether it is false."""

_ALL_TIME: Final = AllTime()
_NOWHERE: Final = World({}, History(), 0, UTC, None, Calendar(), {})
"""Where what depends on nothing is evaluated."""


def changes(
    expr: Expr, calendar: Calendar, matchers: Matchers, compiled: Compiled | None = None
) -> Changes | None:
    """Return how to find the next change of `expr`, None when time alone never changes it.

    `compiled` makes its parts ready to be judged fast; without it they are walked.
    """
    return _Finder(calendar, matchers, compiled or _walked).of(expr)


class _Finder:
    """Builds the search for one program's conditions."""

    def __init__(self, calendar: Calendar, matchers: Matchers, compiled: Compiled) -> None:
        self._calendar = calendar
        self._matchers = matchers
        self._compiled = compiled

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
                return earliest(self.of(Compare("==", value, item, folded)) for item in items)
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
                return earliest((self._steps(expr), self._filtered(what, _ALL_TIME)))
            case DaysSince(value) | DaysUntil(value):
                return earliest((self._steps(expr), self.of(value)))
            case WithinNext(value) | WithinLast(value):
                return earliest((partial(edges, expr), self.of(value)))
            case DaysInStage():
                return self._steps(expr)
            case Ago(value, duration) | MovedBy(value, duration=duration):
                reader = PastReader(value.name, duration, self._calendar)
                return lambda w: reader.next_change(w.h, w.now, w.z)
            case Today():
                return midnight
            case _:
                return earliest(self.of(part) for part in parts_of(expr))

    def _each(self, records: Records) -> Changes | None:
        """Search the filter of a list for each of its items."""
        inside = None if records.where is None else self._one(records.where)
        if inside is None:
            return None

        def search(w: World) -> int | None:
            found = items(evaluate(records.of, w))
            return soonest(inside(replace(w, record=item)) for item in found)

        return search

    def _joined(self, items: tuple[Expr, ...], *, settled: bool) -> Changes | None:
        """Search the legs, unless one that time cannot change has already settled the matter."""
        found = [(item, self.of(item)) for item in items]
        every = earliest(search for _, search in found)
        if every is None:
            return None
        # Those that time cannot change are asked first: they end the search.
        found.sort(key=lambda leg: leg[1] is not None)
        return joined(
            [(self._judge(item, settled=settled), search) for item, search in found], every
        )

    def _judge(self, expr: Expr, *, settled: bool) -> Judge:
        _, true, false = self._compiled(expr)
        return true if settled else false

    # --- comparisons ------------------------------------------------------------------------------

    def _compare(self, expr: Compare) -> Changes | None:
        op, left, right = expr.op, expr.left, expr.right
        if op not in MIRRORED:
            return earliest((self.of(left), self.of(right)))
        match left, right:
            case (
                Constant() | DurationOf(),
                TimeSince() | TimeInStage() | DaysSince() | DaysSinceEvent() | DaysInStage(),
            ) | (Constant(), DaysUntil()):
                return self.of(Compare(MIRRORED[op], right, left))
            case TimeSince(which, what), DurationOf(duration):
                reader = self._reader(what, _ALL_TIME)
                due = partial(
                    elapsed, op, lambda w: reader.edge(which, w.a, w.h, w.now, w.z, w.t), duration
                )
                return earliest((due, self._filtered(what, _ALL_TIME)))
            case TimeInStage(stage), DurationOf(duration):
                return partial(elapsed, op, partial(entered, stage), duration)
            case (DaysSince() | DaysSinceEvent() | DaysUntil() | DaysInStage()) as days, Constant(
                int() | float() as number
            ) if isfinite(number):
                return self._days(days, op, number)
            case Count(what, LastWindow() as window), Constant(int() | float() as number) if (
                isfinite(number) and self._filtered(what, window) is None
            ):
                return partial(falling, self._reader(what, window), steps_of(op, number))
            case Constant(), Count():
                return self.of(Compare(MIRRORED[op], right, left))
            case _:
                return (
                    self._line(op, left, right)
                    or self._line(MIRRORED[op], right, left)
                    or self._sides(expr)
                )

    def _sides(self, expr: Compare) -> Changes | None:
        sides = (self.of(expr.left), self.of(expr.right))
        moves = any(isinstance(node, Now) for node in nodes(expr))
        return earliest((partial(passing, expr) if moves else None, *sides))

    def _line(self, op: str, value: Expr, level: Expr) -> Changes | None:
        """Search for the number at which a value passes a level, if each one more adds as much to it.

        It is a number of days, or of the events that are inside a window.
        """
        moving = in_line(value)
        if moving is None or reads(level).time:
            return None
        none, one = (on_number(value, moving, number) for number in (0, 1))
        if reads(none).time:
            return None
        ahead = isinstance(moving, DaysUntil)
        passing, each, inside = self._moving(moving)
        sides = (none, one, level)
        if any(_asks(expr) for expr in sides):
            values = (self._compiled(expr)[0] for expr in sides)
            line: Changes = Line(op, passing, each, ahead, *values)
        else:
            passed = numbers_that_pass(op, *(evaluate(e, _NOWHERE) for e in sides), ahead=ahead)
            line = each if passed is None else partial(passing, passed)
        return earliest((line, inside))

    def _moving(self, moving: Days | Count) -> tuple[Passing, Changes, Changes | None]:
        """Return the search for when a number is passed, for when it changes, and inside of it."""
        if isinstance(moving, Count):
            reader = self._reader(moving.what, moving.window)
            end = partial(leaving, reader)
            return partial(falling, reader), end, self._filtered(moving.what, moving.window)
        anchor = self._anchor(moving)
        return partial(cut_offs, anchor), partial(next_step, anchor), self._inside(moving)

    def _days(self, days: Days, op: str, number: float) -> Changes | None:
        if isinstance(days, DaysUntil):
            op, number = MIRRORED[op], -number
        steps = partial(cut_offs, self._anchor(days), tuple(sorted(steps_of(op, number))))
        return earliest((steps, self._inside(days)))

    def _inside(self, days: Days) -> Changes | None:
        """Search what the days are counted from."""
        if isinstance(days, DaysSinceEvent):
            return self._filtered(days.what, _ALL_TIME)
        return None if isinstance(days, DaysInStage) else self.of(days.value)

    def _steps(self, days: Days) -> Changes:
        return partial(next_step, self._anchor(days))

    def _anchor(self, days: Days) -> Changes:
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
                due = partial(absent, reader, duration)
                return earliest((due, self._filtered(what, _ALL_TIME)))
            case Following(first, then):
                filters = self._filtered(first, _ALL_TIME), self._followed(first, then)
                return earliest((self._overdue(expr), *filters))

    def _window(self, what: Happening, window: Window) -> Changes | None:
        filtered = self._filtered(what, window)
        if not isinstance(window, LastWindow):
            return filtered
        reader = self._reader(what, window)
        return earliest((partial(leaving, reader), filtered))

    def _filtered(self, what: Happening, window: Window) -> Changes | None:
        """Search a filter that moves with time, for each event it is asked about."""
        if what.where is None:
            return None
        inside = self._one(what.where)
        if inside is None:
            return None
        reader = self._reader(what, window)

        def search(w: World) -> int | None:
            channel: Channel = reader.channel(w.h)
            items = (item_of(channel, i) for i in reader.candidates(w.h, w.now, w.z, w.t))
            return soonest(inside(replace(w, item=item)) for item in items)

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
        inside = self._one(then.where)
        if inside is None:
            return None
        readers = self._reader(first, _ALL_TIME), self._reader(then, _ALL_TIME)

        def search(w: World) -> int | None:
            firsts, thens = (
                [item_of(one.channel(w.h), i) for i in one.candidates(w.h, w.now, w.z, w.t)]
                for one in readers
            )
            return soonest(inside(replace(w, item=i, first=f)) for f in firsts for i in thens)

        return search

    def _one(self, where: Expr) -> Changes | None:
        """Search a filter, which is asked of one event or one record at a time: its parts are walked."""
        return _Finder(self._calendar, self._matchers, _walked).of(where)

    def _reader(self, what: Happening, window: Window) -> Reader:
        return Reader(what, window, self._calendar, self._filter(what))

    def _filter(self, what: Happening) -> Filter | None:
        where, calendar, matchers = what.where, self._calendar, self._matchers
        if where is None or is_fixed(where):
            return None
        return lambda item, a, h, now, z, t: (
            evaluate(where, World(a, h, now, z, t, calendar, matchers, item)) is True
        )


def _walked(expr: Expr) -> tuple[Callable[[World], object], Judge, Judge]:
    """Return what finds the value of a part, and whether it is true or false, by walking it."""
    return (
        lambda w: evaluate(expr, w),
        lambda w: evaluate(expr, w) is True,
        lambda w: evaluate(expr, w) is False,
    )


def _asks(expr: Expr) -> bool:
    """Whether a value depends on anything at all."""
    found = reads(expr)
    return bool(found.attributes or found.events or found.trigger or found.past)
