"""Instants ahead at which something turns: for one kind of question each, as time alone passes.

Never too late. Now and then too early, which costs one more look and changes nothing.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from .calendar import add, add_days, days_since
from .channels import is_number
from .duration import DAY, Duration
from .evaluate import World, evaluate
from .expr import (
    Arith,
    Compare,
    Constant,
    Count,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    Expr,
    LastWindow,
    Negate,
    Now,
    WithinLast,
    WithinNext,
)
from .readers import Reader
from .reads import reads
from .relations import MIRRORED, instant_of
from .zone import put_back

__all__ = [
    "Changes",
    "Days",
    "Judge",
    "Line",
    "Passing",
    "absent",
    "cut_offs",
    "earliest",
    "edges",
    "elapsed",
    "falling",
    "in_line",
    "joined",
    "leaving",
    "midnight",
    "next_step",
    "numbers_that_pass",
    "on_number",
    "passing",
    "soonest",
    "steps_of",
]

Changes = Callable[[World], int | None]
"""The earliest instant after `now` at which time alone could change a value, None for never."""
Judge = Callable[[World], bool]
"""Whether a part of a condition is now what settles the whole."""

Days = DaysSince | DaysSinceEvent | DaysUntil | DaysInStage
"""A number of completed days, which steps at the instants at which one more is completed."""

Passing = Callable[[Iterable[int], World], int | None]
"""When one of some numbers is passed next."""

_VAGUE: Final = 1e-9
"""By what part a number may be off that was found by dividing, generously."""
_CLEAR: Final = 0.25
"""Within so much of what was found there is one whole number at most."""
_FAR: Final = 1e100
"""Numbers beyond this may become too large for a number later on."""


def earliest(searches: Iterable[Changes | None]) -> Changes | None:
    """Return the search for the first of several changes."""
    found = tuple(search for search in searches if search is not None)
    if not found:
        return None
    return found[0] if len(found) == 1 else lambda w: soonest(search(w) for search in found)


def joined(legs: Iterable[tuple[Judge, Changes | None]], every: Changes) -> Changes:
    """Return the search through what `and` joins, or `or`: whoever settles it has to change first.

    All of those have to, so the last of them counts; without any, `every` change does.
    """
    legs = tuple(legs)

    def search(w: World) -> int | None:
        last: int | None = None
        for settles, changes in legs:
            if settles(w):
                at = changes(w) if changes is not None else None
                if at is None:
                    return None
                if last is None or at > last:
                    last = at
        return every(w) if last is None else last

    return search


def steps_of(op: str, number: float) -> frozenset[int]:
    """Return the whole numbers n for which `x OP number` turns between n - 1 and n."""
    if op in {"==", "!="}:
        return frozenset((ceil(number), floor(number) + 1))
    return frozenset((ceil(number) if op in {">=", "<"} else floor(number) + 1,))


@dataclass(frozen=True, slots=True)
class Line:
    """A comparison of a value that each completed day moves by as much as every other one.

    Or each event in a window: one number more, or one less, always makes the same difference.
    """

    op: str
    passing: Passing
    each: Changes
    """When the number changes."""
    ahead: bool
    """Whether it is told by the days until an instant, rather than since."""
    at_none: Callable[[World], object]
    """The value if the number were 0."""
    at_one: Callable[[World], object]
    level: Callable[[World], object]

    def __call__(self, w: World) -> int | None:
        """Find when the value is taken to the other side; each change where that is not clear."""
        values = self.at_none(w), self.at_one(w), self.level(w)
        numbers = numbers_that_pass(self.op, *values, ahead=self.ahead)
        return self.each(w) if numbers is None else self.passing(numbers, w)


def numbers_that_pass(
    op: str, none: object, one: object, level: object, *, ahead: bool
) -> Set[int] | None:
    """Return the numbers at which a line may pass a level; None where that is not clear.

    The line is `none` at 0 and `one` at 1, or at -1 (`ahead`): on the day before an instant.
    """
    if none is None and one is None:
        return frozenset()
    if not (is_number(none) and is_number(one) and is_number(level)):
        return None
    if max(abs(none), abs(one), abs(level)) > _FAR:
        return None
    rise = one - none
    if not rise:
        return frozenset()
    if all(value.__class__ is int for value in (none, one, level)) and not (level - none) % rise:
        there = (level - none) // rise
        return steps_of(MIRRORED[op] if (rise < 0) is not ahead else op, -there if ahead else there)
    there = (level - none) / rise
    vague = _VAGUE * (1 + abs(there) + abs(none / rise))
    if not vague < _CLEAR:
        return None
    there = -there if ahead else there
    return {ceil(there - vague), floor(there + vague) + 1}


def soonest(instants: Iterable[int | None]) -> int | None:
    """Return the earliest of some instants, None without any."""
    return min((at for at in instants if at is not None), default=None)


def _after(now: int, instants: Iterable[int]) -> int | None:
    """Return the earliest of some instants that is still ahead."""
    return min((at for at in instants if at > now), default=None)


def _turns(op: str, at: int) -> tuple[int, ...]:
    """Return when `now OP at` changes: what holds strictly after an instant begins 1 µs later."""
    if op in {">=", "<"}:
        return (at,)
    return (at + 1,) if op in {">", "<="} else (at, at + 1)


def passing(expr: Compare, w: World) -> int | None:
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


def elapsed(op: str, since: Changes, duration: Duration, w: World) -> int | None:
    """Find when the time since an instant passes a length of time."""
    at = since(w)
    return None if at is None else _after(w.now, _turns(op, add(at, duration, w.z, w.calendar)))


def cut_offs(anchor: Changes, counts: Iterable[int], w: World) -> int | None:
    """Find the days that matter to a comparison with a number of days."""
    at = anchor(w)
    if at is None:
        return None
    return _after(w.now, (add_days(at, count, w.z) for count in counts))


def falling(reader: Reader, counts: Iterable[int], w: World) -> int | None:
    """Find when there are fewer events inside a window than a number that matters."""
    return reader.falls_below(counts, w.a, w.h, w.now, w.z, w.t)


def leaving(reader: Reader, w: World) -> int | None:
    """Find when the next event leaves a window."""
    return reader.next_end(w.h, w.now, w.z, w.t)


def next_step(anchor: Changes, w: World) -> int | None:
    """Find when one more day is completed."""
    at = anchor(w)
    if at is None:
        return None
    due = add_days(at, days_since(at, w.now, w.z) + 1, w.z)
    return due if due > w.now else None


def edges(expr: WithinNext | WithinLast, w: World) -> int | None:
    """Find when an instant comes into a window around now, or leaves it."""
    if isinstance(_chosen(expr.value, w), Now):
        return None  # Now is always as far from now.
    at = instant_of(evaluate(expr.value, w), w.z)
    if at is None:
        return None
    if isinstance(expr, WithinLast):
        return _after(w.now, (at, add(at, expr.duration, w.z, w.calendar)))
    return _after(w.now, (add(at, expr.duration, w.z, w.calendar, -1), at + 1))


def absent(reader: Reader, duration: Duration, w: World) -> int | None:
    """Find when an event will not have happened for a length of time."""
    last = reader.edge("last", w.a, w.h, w.now, w.z, w.t)
    known = [at for at in (last, w.h.first_seen_at) if at is not None]
    if not known:
        return None
    since = max(known)
    due = add(since, duration, w.z, w.calendar)
    back = 0 if duration.exact else put_back(since, w.z)
    # When clocks are about to be put back, an event after that may end its absence before this one.
    return due - back if due - back > w.now else _after(w.now, (due,))


def midnight(w: World) -> int | None:
    """Find when the next day begins where the customer is."""
    return _after(w.now, (w.z.utc((w.z.local(w.now) // DAY + 1) * DAY),))


def in_line(value: Expr) -> Days | Count | None:
    """Return the days, or the events in a window, that move a value, each of them alike."""
    match value:
        case Count(_, LastWindow()) | DaysSince() | DaysSinceEvent() | DaysUntil() | DaysInStage():
            return value
        case Arith("*", left, right) if reads(left).time and reads(right).time:
            return None
        case Arith("/", left) | Negate(left) | Default(left):
            return in_line(left)
        case Arith(_, left, right):
            return in_line(left) or in_line(right)
        case _:
            return None


def on_number(value: Expr, moving: Days | Count, number: int) -> Expr:
    """Return a value as it is when what moves it is a certain number."""
    match value:
        case _ if value is moving:
            return Constant(number)
        case Arith(op, left, right):
            return Arith(op, on_number(left, moving, number), on_number(right, moving, number))
        case Negate(inner):
            return Negate(on_number(inner, moving, number))
        case Default(inner, otherwise):
            return Default(on_number(inner, moving, number), otherwise)
        case _:
            return value
