"""The numbers of a report by their definitions: plain Python over lists, one customer at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from cuebook.engine.core.calendar import add
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.expr import (
    AllTime,
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    Default,
    FirstField,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    LastWindow,
    Negate,
    Not,
    Or,
    Sequence,
    Stat,
    ValueOf,
)
from cuebook.engine.core.kpis import (
    BeforePeriod,
    Calculated,
    Customers,
    CustomerStat,
    InPeriod,
    Number,
    Other,
    TimeBetween,
    TimeFrom,
    Total,
)
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import zone
from cuebook.engine.runtime.figures.kpis_windows import Grid
from cuebook.engine.runtime.figures.spans import Span

__all__ = ["Event", "Life", "reckoned"]


@dataclass(frozen=True)
class Event:
    at: int
    order: int
    name: str
    values: dict[str, Any]


@dataclass
class Life:
    """All that was told of one customer, in order; values as they were declared."""

    events: list[Event] = field(default_factory=list)
    changes: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)

    def known(self, name: str, until: int) -> Any:
        told = [values[name] for at, _, values in sorted(self.changes, key=lambda c: c[:2])
                if at < until and name in values]  # fmt: skip
        return told[-1] if told else None

    def seen(self, until: int) -> bool:
        return any(one.at < until for one in self.events) or any(c[0] < until for c in self.changes)


@dataclass
class Here:
    """One period, and all that was told."""

    project: Project
    grid: Grid
    period: Span
    lives: dict[str, Life]
    known: int

    def span(self, window: object) -> Callable[[Event], bool]:
        until = self.period.until
        match window:
            case InPeriod(after):
                moved = self.grid.moved(self.period, after)
                return lambda one: moved.since <= one.at < moved.until
            case BeforePeriod():
                return lambda one: one.at < self.period.since
            case LastWindow(duration):
                there = zone(self.project.vocabulary.timezone)
                start = add(until, duration, there, self.project.calendar, -1)
                return lambda one: start <= one.at < until
            case AllTime():
                return lambda one: one.at < until
            case _:
                raise TypeError(window)


def reckoned(name: str, by: Any, here: Here) -> float | None:
    """Return what a KPI comes to over the customers of one group."""
    found = {kpi.name: kpi for kpi in here.project.kpis}[name]
    attribute = found.by
    lives = [
        life for life in here.lives.values()
        if not attribute or life.known(attribute, here.period.until) == by
    ]  # fmt: skip
    return _figure(found.figure, lives, here)


def _figure(figure: Any, lives: list[Life], here: Here) -> float | None:
    match figure:
        case Number(value):
            return float(value)
        case Other(name):
            named = {kpi.name: kpi for kpi in here.project.kpis}[name]
            return _figure(named.figure, lives, here)
        case Calculated(op, left, right):
            sides = [_figure(side, lives, here) for side in (left, right)]
            return _arith(op, *sides)
        case Customers(where):
            return float(len(_chosen(where, lives, here)))
        case CustomerStat(fn, attribute, where):
            until = here.period.until
            return _stat(fn, (one.known(attribute, until) for one in _chosen(where, lives, here)))
        case Count(what, window):
            return float(sum(len(_events(what, window, life, here)) for life in lives))
        case Total(fn, what, (name,), window):
            events = [e for life in lives for e in _events(what, window, life, here)]
            return _stat(fn, (one.values.get(name) for one in events))
        case TimeFrom(fn, first, then, within):
            return _stat(fn, (_time_from(life, first, then, within, here) for life in lives))
        case TimeBetween(fn, what):
            return _stat(fn, (gap for life in lives for gap in _gaps(life, what, here)))
        case _:
            raise TypeError(figure)


def _chosen(where: Any, lives: list[Life], here: Here) -> list[Life]:
    seen = [life for life in lives if life.seen(here.period.until)]
    return [life for life in seen if where is None or _value(where, life, here) is True]


def _events(what: Happening, window: object, life: Life, here: Here) -> list[Event]:
    inside = here.span(window)
    return [one for one in _of(what, life) if inside(one)]


def _of(what: Happening, life: Life, first: Event | None = None) -> list[Event]:
    told = sorted(life.events, key=lambda one: (one.at, one.order))
    return [one for one in told if one.name == what.event and (
        what.where is None or _item(what.where, one, first) is True)]  # fmt: skip


def _time_from(life: Life, first: Happening, then: Happening, within: Any, here: Here) -> Any:
    begun = _events(first, InPeriod(), life, here)
    if not begun:
        return None
    a = begun[0]
    later = [b for b in _of(then, life) if (b.at, b.order) > (a.at, a.order)
             and (within is None or b.at < a.at + within.microseconds)]  # fmt: skip
    return (later[0].at - a.at) / DAY if later else None


def _gaps(life: Life, what: Happening, here: Here) -> Iterable[float]:
    told = _of(what, life)
    inside = here.span(InPeriod())
    return [(b.at - a.at) / DAY for a, b in pairwise(told) if inside(b)]


def _stat(fn: str, values: Iterable[Any]) -> float | None:
    known = [one for one in values if one is not None]
    if fn == "sum":
        return float(sum(known))
    if not known:
        return None
    mean = lambda them: sum(them) / len(them)  # noqa: E731
    return float({"avg": mean, "min": min, "max": max, "median": median}[fn](known))  # type: ignore[operator]


# --- conditions ---------------------------------------------------------------------------------


def _value(expr: Any, life: Life, here: Here) -> Any:
    def leaf(one: Any) -> Any:
        match one:
            case Attribute(name):
                return life.known(name, here.period.until)
            case Has(what, window):
                return bool(_events(what, window, life, here))
            case Count(what, window):
                return len(_events(what, window, life, here))
            case Stat(fn, what, (name,), window):
                return _stat(fn, (e.values.get(name) for e in _events(what, window, life, here)))
            case ValueOf(which, what, (name,), window):
                told = _events(what, window, life, here)
                return told[-1 if which == "last" else 0].values.get(name) if told else None
            case Sequence(first, then, within, without):
                return any(
                    (not any(_follows(a, b, within) for b in _of(then, life, a))) == without
                    and (not without or a.at + within.microseconds <= here.known)
                    for a in _events(first, InPeriod(), life, here)
                )
            case _:
                raise TypeError(one)

    return _kleene(expr, leaf)


def _follows(a: Event, b: Event, within: Any) -> bool:
    return (b.at, b.order) > (a.at, a.order) and b.at < a.at + within.microseconds


def _item(expr: Any, event: Event, first: Event | None) -> Any:
    def leaf(one: Any) -> Any:
        match one:
            case ItemField((name,)):
                return event.values.get(name)
            case FirstField((name,)):
                assert first is not None
                return first.values.get(name)
            case _:
                raise TypeError(one)

    return _kleene(expr, leaf)


def _kleene(expr: Any, leaf: Callable[[Any], Any]) -> Any:
    """Return true, false or None for unknown; a value, or None for missing."""
    match expr:
        case And(items):
            found = [_kleene(item, leaf) for item in items]
            return False if False in found else None if None in found else True
        case Or(items):
            found = [_kleene(item, leaf) for item in items]
            return True if True in found else None if None in found else False
        case Not(value):
            found = _kleene(value, leaf)
            return None if found is None else not found
        case IsMissing(value):
            return _kleene(value, leaf) is None
        case IsPresent(value):
            return _kleene(value, leaf) is not None
        case Constant(value):
            return value
        case Default(value, otherwise):
            found = _kleene(value, leaf)
            return _kleene(otherwise, leaf) if found is None else found
        case Negate(value):
            found = _kleene(value, leaf)
            return None if found is None else -found
        case Arith(op, left, right):
            return _arith(op, _kleene(left, leaf), _kleene(right, leaf))
        case Between(value, low, high):
            return _kleene(And((Compare(">=", value, low), Compare("<=", value, high))), leaf)
        case In(value, items):
            return _kleene(Or(tuple(Compare("==", value, item) for item in items)), leaf)
        case Compare(op, left, right):
            sides = _kleene(left, leaf), _kleene(right, leaf)
            return None if None in sides else _OPS[op](*sides)
        case _:
            return leaf(expr)


_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "contains": lambda a, b: b in a,
    "starts with": lambda a, b: a.startswith(b),
    "ends with": lambda a, b: a.endswith(b),
}


def _arith(op: str, left: Any, right: Any) -> Any:
    if left is None or right is None or (op == "/" and right == 0):
        return None
    return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
            "/": lambda: left / right}[op]()  # fmt: skip
