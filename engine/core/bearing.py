"""What one more event can do to a condition: make it true at most, or at most end that it is.

One that is true already, and can only be made true, need not be looked at: at no instant ahead is
it any less true than without the event, so the timer that is set comes too early at most.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Final, Literal

from .channels import History
from .compile import Compiler, Condition
from .duration import HOUR
from .expr import (
    Absent,
    AllTime,
    And,
    Arith,
    Between,
    Compare,
    Constant,
    Count,
    DaysSinceEvent,
    Default,
    DurationOf,
    Expr,
    Has,
    LastWindow,
    Negate,
    Not,
    Or,
    TimeSince,
)
from .readers import channel_of, is_fixed
from .reads import reads
from .relations import MIRRORED
from .zone import Zone

__all__ = ["Bearing", "bearing"]

Way = Literal[-1, 0, 1]
"""Whether an event can lower something only, cannot move it, or can raise it only."""

_LASTING: Final = frozenset({"minute", "hour", "day", "week"})
"""Units of which as many later end later: two days may end one month later at the same instant."""
_CALM: Final = 3 * HOUR
"""How long ago clocks must have been put back for a later event to be the later one on them, too."""
_FAR: Final = 1e100
"""Factors that multiply to more could take a number beyond all numbers."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """What one more event of a kind, which comes in order, can do to a condition."""

    raises: bool = False
    """It ends at no instant that the condition is true."""
    lowers: bool = False
    """It makes the condition true at no instant."""
    gate: Condition | None = None
    """Parts that neither events nor time move, all of which have to be true for it to be."""
    channels: tuple[str, ...] = ()
    """Where it must not be the first that is remembered, for the former two to be so."""
    counted: bool = False
    """Whether they count on clocks that have not just been put back."""

    def leaves(self, known: object, a: Mapping[str, object], h: History, now: int, z: Zone) -> bool:
        """Whether an event, just remembered, leaves a condition as it was known to be."""
        if known is True:
            if not self.raises:
                return False
        elif known is not False:
            return False
        elif not self.lowers:
            return self.gate is not None and not self.gate.holds(a, h, now, z, None)
        for key in self.channels:
            channel = h.channels.get(key)
            if channel is None or channel.total < 2:
                return False
        return not self.counted or z.steady(now - _CALM, now)


def bearing(expr: Expr, event: str, moved: Set[str], compiler: Compiler) -> Bearing | None:
    """Return what an event can do to a condition; None where it has to be looked at in any case.

    `moved` are attributes that the event gives other values, too.
    """
    search = _Search(event, moved)
    way = search.truth(expr)
    if way is not None:
        channels = tuple(sorted(search.channels))
        found = Bearing(way >= 0, way <= 0, channels=channels, counted=search.counted)
        if way <= 0:
            return found
    else:
        found = Bearing()
    legs = [leg for leg in expr.items if _rests(leg, moved)] if isinstance(expr, And) else []
    if not legs:
        return found if way is not None else None
    gate = compiler.condition(legs[0] if len(legs) == 1 else And(tuple(legs)))
    return replace(found, gate=gate)


def _rests(expr: Expr, moved: Set[str]) -> bool:
    """Whether only another value of an attribute can change it, and not one that is moved."""
    found = reads(expr)
    still = not (found.events or found.time or found.trigger or found.past)
    return still and found.attributes.isdisjoint(moved)


@dataclass(slots=True)
class _Search:
    """Finds which way an event moves the parts of a condition; None where that is not certain."""

    event: str
    moved: Set[str]
    channels: set[str] = field(default_factory=set)
    counted: bool = False
    factor: float = 1.0

    def touches(self, expr: Expr) -> bool:
        """Whether the event, or what it moves, is asked for."""
        found = reads(expr)
        return self.event in found.events or not found.attributes.isdisjoint(self.moved)

    def truth(self, expr: Expr) -> Way | None:
        """Return which way a truth is moved."""
        if not self.touches(expr):
            return 0
        match expr:
            case And(items) | Or(items):
                return _together([self.truth(item) for item in items])
            case Not(value):
                return _turned(self.truth(value))
            case Between(value, low, high):
                sides = Compare(">=", value, low), Compare("<=", value, high)
                return _together([self.truth(side) for side in sides])
            case Compare("==" | "!=", Count() as count, Constant(0)):
                return self.truth(Compare("<" if expr.op == "==" else ">=", count, Constant(1)))
            case Compare(op, DurationOf(), TimeSince()) if op in MIRRORED:
                return self.truth(Compare(MIRRORED[op], expr.right, expr.left))
            case Compare("<" | "<=" | ">" | ">=" as op, TimeSince() as since, DurationOf(length)):
                way = self.anchored(since) if length.unit in _LASTING else None
                return way if op in {">", ">="} else _turned(way)
            case Compare("<" | "<=", left, right):
                return _together([_turned(self.value(left)), self.value(right)])
            case Compare(">" | ">=", left, right):
                return _together([self.value(left), _turned(self.value(right))])
            case Has(what, AllTime() | LastWindow()) if not self.inside(what.where):
                return 1
            case Absent(what, duration) if duration.unit in _LASTING and is_fixed(what.where):
                self.counted = self.counted or not duration.exact
                return -1
            case _:
                return None

    def value(self, expr: Expr) -> Way | None:
        """Return which way a number is moved."""
        if not self.touches(expr):
            return 0
        match expr:
            case Count(what, AllTime() | LastWindow()) if not self.inside(what.where):
                return 1
            case DaysSinceEvent():
                return self.anchored(expr)
            case Arith("+", left, right):
                return _together([self.value(left), self.value(right)])
            case Arith("-", left, right):
                return _together([self.value(left), _turned(self.value(right))])
            case Arith("*", Constant(number), value) | Arith("*" | "/", value, Constant(number)):
                return self.times(value, number)
            case Negate(value):
                return _turned(self.value(value))
            case Default(Count() | DaysSinceEvent() as value, _):
                return self.value(value)
            case _:
                return None

    def anchored(self, expr: DaysSinceEvent | TimeSince) -> Way | None:
        """Return which way it is moved how long ago something happened, which it has before."""
        if not is_fixed(expr.what.where):
            return None
        self.channels.add(channel_of(expr.what))
        self.counted = True
        return -1 if expr.which == "last" else 0

    def times(self, value: Expr, number: object) -> Way | None:
        """Return which way a number is moved that is multiplied, or divided."""
        if not isinstance(number, int | float) or not number or not isfinite(number):
            return None
        size = abs(float(number)) if abs(number) < _FAR else _FAR
        self.factor *= max(size, 1 / size)
        if self.factor >= _FAR:
            return None
        way = self.value(value)
        return way if number > 0 else _turned(way)

    def inside(self, where: Expr | None) -> bool:
        """Whether a filter itself asks for the event."""
        return where is not None and self.touches(where)


def _turned(way: Way | None) -> Way | None:
    match way:
        case 1:
            return -1
        case -1:
            return 1
        case _:
            return way


def _together(ways: list[Way | None]) -> Way | None:
    """Return which way a whole is moved by its parts, if none of them is moved the other way."""
    found = {way for way in ways if way != 0}
    if not found:
        return 0
    return found.pop() if len(found) == 1 else None
