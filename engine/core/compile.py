"""Conditions ready to be asked many times."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .changes import next_change
from .evaluate import Look, Origin, evaluate
from .expr import Expr
from .history import History
from .plan import Calendar
from .reads import Reads, reads
from .zone import Zone

__all__ = ["Condition", "compile_condition", "compile_filter", "compile_value"]

Matchers = Mapping[Any, Any]


@dataclass(slots=True, eq=False)
class Condition:
    """A condition and what it depends on."""

    expr: Expr
    calendar: Calendar
    matchers: Matchers
    reads: Reads = field(init=False)

    def __post_init__(self) -> None:
        self.reads = reads(self.expr)

    def value(
        self, a: Mapping[str, object], h: History, now: int, z: Zone, t: Origin | None
    ) -> object:
        return evaluate(self.expr, Look(a, h, now, z, t, self.calendar, self.matchers))

    def holds(
        self, a: Mapping[str, object], h: History, now: int, z: Zone, t: Origin | None
    ) -> bool:
        """Whether it is true."""
        return self.value(a, h, now, z, t) is True

    def fails(
        self, a: Mapping[str, object], h: History, now: int, z: Zone, t: Origin | None
    ) -> bool:
        """Whether it is false: not true, and not unknown."""
        return self.value(a, h, now, z, t) is False

    def next_change(
        self, a: Mapping[str, object], h: History, now: int, z: Zone, t: Origin | None
    ) -> int | None:
        """When time alone could change it."""
        return next_change(self.expr, Look(a, h, now, z, t, self.calendar, self.matchers))


def compile_condition(expr: Expr, calendar: Calendar, matchers: Matchers) -> Condition:
    """Return a condition ready to be asked."""
    return Condition(expr, calendar, matchers)


def compile_value(expr: Expr, calendar: Calendar, matchers: Matchers) -> Callable[..., object]:
    """Return a function for the value of an expression."""
    return Condition(expr, calendar, matchers).value


def compile_filter(expr: Expr, calendar: Calendar, matchers: Matchers) -> Callable[..., bool]:
    """Return a function that tells whether an event's properties pass a `where`."""

    def accepts(
        item: Mapping[str, object],
        a: Mapping[str, object],
        h: History,
        now: int,
        z: Zone,
        t: Origin | None,
    ) -> bool:
        return evaluate(expr, Look(a, h, now, z, t, calendar, matchers, item)) is True

    return accepts
